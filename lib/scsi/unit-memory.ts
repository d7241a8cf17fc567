/**
 * What of a logical unit, beside its blocks, outlives the process and a loss of power: one value,
 * made from the unit and taken over when it begins again. Where it is kept is not known here.
 *
 *   version 1 | parts, each: kind 1 | length 4 | bytes
 *
 * A part that has nothing to keep is left out. A new part is a row of the table.
 */
import { format, uint } from "node-scsi-cdb";
import { assert } from "../base/assert";
import { limits } from "../base/limits";
import { parseInformation } from "./identifying-information";
import type { LogicalUnit } from "./logical-unit";
import { parsePages } from "./mode-pages/mode-pages";
import { isOperationSnapshot } from "./operations/unit-operation";
import { decodeReservations, encodePersistent } from "./reservations/snapshot";

/** Keeps one value of one unit. */
export interface UnitMemory {
  /** What was kept last, as it was found; empty: nothing. */
  readonly found: Uint8Array;
  /**
   * Keeps `bytes` in place of what it has. `done`, possibly before this returns: whether they
   * outlive from now on what the unit's blocks outlive. Of several each is done in its turn.
   */
  save(bytes: Uint8Array, done: (isKept: boolean) => void): void;
}

/** Of a unit whose blocks do not outlive the process either. */
export const NO_MEMORY: UnitMemory = {
  found: new Uint8Array(0),
  save: (_bytes, done) => done(true),
};

/** Gives a unit what bytes say. */
export type Recall = (unit: LogicalUnit) => void;

/** For a unit that begins: it has none of it yet. */
const NOTHING_TO_RECALL: Recall = () => undefined;

interface Part {
  readonly kind: number;
  /** Empty: nothing to keep. */
  encode(unit: LogicalUnit): Uint8Array;
  /** What makes a unit have this and nothing else; null: not what `encode` makes. */
  parse(bytes: Uint8Array): Recall | null;
}

const VERSION = 1;
const NOTHING = new Uint8Array(0);

const partHeader = format({
  name: "Part of a unit's memory",
  length: 5,
  fields: { kind: uint(0, 1, "kind"), length: uint(1, 4, "length") },
});

/** Registrations and the reservation, with APTPL. [SPC-4 5.13.6] */
const reservations: Part = {
  kind: 1,
  encode: (unit) => encodePersistent(unit.reservation.registrations),
  parse(bytes) {
    if (bytes.length === 0) return NOTHING_TO_RECALL;
    const state = decodeReservations(bytes);
    const isPersistent = state?.spc2Holder === null && state.registrations.persistsPowerLoss;
    return isPersistent ? (unit) => void unit.reservation.restore(bytes) : null;
  },
};

/** Mode pages, as far as MODE SELECT saved them. [SPC-4 MODE SELECT, SP] */
const savedModePages: Part = {
  kind: 2,
  encode: (unit) => unit.modePages.savedPages(),
  parse(bytes) {
    const pages = parsePages(bytes);
    return pages === null ? null : (unit) => unit.modePages.restoreSaved(pages);
  },
};

const identifyingInformation: Part = {
  kind: 3,
  encode: (unit) => unit.records.identifyingInformation.encode(),
  parse(bytes) {
    const all = parseInformation(bytes);
    return all === null ? null : (unit) => unit.records.identifyingInformation.replace(all);
  },
};

/** An operation on the whole medium begins its pass anew; one that has failed has. [SBC-4 4.33] */
const operation: Part = {
  kind: 4,
  encode: (unit) => (unit.operation.current === null ? NOTHING : unit.operation.snapshot("stable")),
  parse(bytes) {
    if (bytes.length === 0) return NOTHING_TO_RECALL;
    return isOperationSnapshot(bytes) ? (unit) => unit.operation.parseSnapshot(bytes)?.() : null;
  },
};

/** What all controllers have alike that a snapshot has no section of its own for. */
const SHARED: readonly Part[] = [savedModePages, identifyingInformation];
const ALL: readonly Part[] = [reservations, operation, ...SHARED];

/** What is to be kept of a unit now. */
export function memoryOf(unit: LogicalUnit): Uint8Array {
  const bytes = encode(unit, ALL);
  assert(bytes.length <= limits.unitMemoryMax, "what a unit remembers has its bound");
  return bytes;
}

/** Ready to be given to a unit; null: `memoryOf` never made these bytes, nor are they empty. */
export function parseMemory(bytes: Uint8Array): Recall | null {
  return bytes.length === 0 ? NOTHING_TO_RECALL : parse(bytes, ALL);
}

/** The part of it that stands in a snapshot beside the whole of the reservations. */
export function sharedMemoryOf(unit: LogicalUnit): Uint8Array {
  return encode(unit, SHARED);
}

export function parseSharedMemory(bytes: Uint8Array): Recall | null {
  return parse(bytes, SHARED);
}

function encode(unit: LogicalUnit, parts: readonly Part[]): Uint8Array {
  const encoded = parts.flatMap(({ kind, encode: encodePart }) => {
    const bytes = encodePart(unit);
    return bytes.length === 0 ? [] : [partHeader.encode({ kind, length: bytes.length }), bytes];
  });
  return Buffer.concat([Buffer.of(VERSION), ...encoded]);
}

function parse(bytes: Uint8Array, parts: readonly Part[]): Recall | null {
  if (bytes[0] !== VERSION) return null;
  const found = new Map<Part, Uint8Array>();
  for (let at = 1; at < bytes.length;) {
    if (bytes.length < at + partHeader.length) return null;
    const { kind, length } = partHeader.decode(bytes, at);
    const start = at + partHeader.length;
    at = start + length;
    const part = parts.find((each) => each.kind === kind);
    if (part === undefined || found.has(part) || length === 0 || at > bytes.length) return null;
    found.set(part, Uint8Array.from(bytes.subarray(start, at)));
  }
  const recalls = parts.map((part) => part.parse(found.get(part) ?? new Uint8Array(0)));
  if (recalls.includes(null)) return null;
  return (unit) => {
    for (const recall of recalls) recall?.(unit);
  };
}
