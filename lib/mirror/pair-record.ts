/**
 * What a side must know of its pair after its process has ended, as bytes and as a value. The store
 * checksums what it keeps; here it only has to be of a form that is known.
 */
import { format, octets, uint } from "node-scsi-cdb";
import { assert } from "../base/assert";
import type { Role, Side } from "./config";
import { PAIR_STATES } from "./pair-state";
import type { PairState } from "./pair-state";

/** Who may acknowledge writes in an epoch. */
export type Members = "both" | "first" | "second";

export interface PairRecord {
  /** 16 bytes, drawn when the pair is made. */
  readonly pairId: Uint8Array;
  /** Rises whenever who may serve hosts changes; 0: the pair is not made yet. */
  readonly epoch: number;
  readonly members: Members;
  readonly role: Role;
  readonly state: PairState;
  /** False: a resync into this copy has begun and not ended, so it is of no use alone. */
  readonly isConsistent: boolean;
  /** Rises with every record saved. */
  readonly generation: number;
}

const VERSION = 1;
export const PAIR_ID_LENGTH = 16;
const RECORD_LENGTH = 48;
const MEMBERS: readonly Members[] = ["both", "first", "second"];
const ROLES: readonly Role[] = ["main", "sub"];

const recordFormat = format({
  name: "pair record",
  length: RECORD_LENGTH,
  fields: {
    version: uint(0, 4, "VERSION"),
    members: uint(4, 1, "MEMBERS"),
    role: uint(5, 1, "ROLE"),
    state: uint(6, 1, "STATE"),
    isConsistent: uint(7, 1, "CONSISTENT"),
    pairId: octets(8, PAIR_ID_LENGTH, "PAIR ID"),
    epoch: uint(24, 8, "EPOCH"),
    generation: uint(32, 8, "GENERATION"),
  },
});

export function membersOf(side: Side): Members {
  return side === 1 ? "first" : "second";
}

export function encodeRecord(record: PairRecord): Uint8Array {
  assert(record.pairId.length === PAIR_ID_LENGTH, "a pair's name has 16 bytes");
  return recordFormat.encode({
    version: VERSION,
    members: MEMBERS.indexOf(record.members),
    role: ROLES.indexOf(record.role),
    state: PAIR_STATES.indexOf(record.state),
    isConsistent: record.isConsistent ? 1 : 0,
    pairId: Uint8Array.from(record.pairId),
    epoch: record.epoch,
    generation: record.generation,
  });
}

/** Null: none yet. "damaged": there is something that is no record this version knows. */
export function decodeRecord(bytes: Uint8Array): PairRecord | null | "damaged" {
  if (bytes.every((byte) => byte === 0)) return null;
  if (bytes.length < RECORD_LENGTH) return "damaged";
  const fields = recordFormat.decode(bytes);
  const members = MEMBERS[fields.members];
  const role = ROLES[fields.role];
  const state = PAIR_STATES[fields.state];
  if (fields.version !== VERSION || fields.isConsistent > 1) return "damaged";
  if (members === undefined || role === undefined || state === undefined) return "damaged";
  const { epoch, generation } = fields;
  const pairId = Uint8Array.from(fields.pairId);
  const isConsistent = fields.isConsistent === 1;
  return { pairId, epoch, members, role, state, isConsistent, generation };
}
