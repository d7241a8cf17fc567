/**
 * All that the controllers of a logical unit keep alike, as bytes, and taken over from bytes: for a
 * controller that was away while actions were applied. Blocks are not part of it, tasks neither.
 *
 *   flags 1 | generation 4 | timestamp 6 | sections, each: length 4, bytes
 *
 * flags: bit 0 stopped, bit 1 medium present, bit 2 timestamp set. Sections: mode pages; memory,
 * which is what outlives the controllers; ACA conditions; the operation on the medium; who prevents
 * its removal; reservations.
 */
import {
  MODE_PARAMETERS_CHANGED,
  NOT_READY_TO_READY_CHANGE_MEDIUM_MAY_HAVE_CHANGED,
  REGISTRATIONS_PREEMPTED,
  RESERVATIONS_RELEASED,
  flag,
  format,
  uint,
} from "node-scsi-cdb";
import { getU32, putU32 } from "../base/bytes";
import { AcaConditions } from "./aca";
import type { LogicalUnit } from "./logical-unit";
import type { Reservation } from "./reservation";
import { parseSharedMemory, sharedMemoryOf } from "./unit-memory";

const header = format({
  name: "State of a unit",
  length: 11,
  fields: {
    isMediumPresent: flag(0, 1, "medium present"),
    isTimestampSet: flag(0, 2, "timestamp set"),
    isStopped: flag(0, 0, "stopped"),
    generation: uint(1, 4, "generation"),
    timestamp: uint(5, 6, "timestamp, if it was set"),
  },
});

const LENGTH = 4;

/** Mode pages, memory, ACA conditions, operation, prevented removal, reservations. */
type Sections = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const SECTIONS: Sections["length"] = 6;

function section(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(LENGTH);
  putU32(length, 0, bytes.length);
  return Buffer.concat([length, bytes]);
}

/** `count` sections, and nothing behind them; null: they are not there. */
function parseSections(bytes: Uint8Array, count: number): readonly Uint8Array[] | null {
  const sections: Uint8Array[] = [];
  let at = 0;
  while (sections.length < count) {
    if (bytes.length < at + LENGTH) return null;
    const start = at + LENGTH;
    at = start + getU32(bytes, at);
    if (bytes.length < at) return null;
    sections.push(bytes.subarray(start, at));
  }
  return at === bytes.length ? sections : null;
}

export function snapshotOf(unit: LogicalUnit): Uint8Array {
  const { isMediumPresent, isStopped, generation } = unit;
  const isTimestampSet = unit.records.timestamp.origin === "set";
  const timestamp = isTimestampSet ? unit.records.timestamp.nowMs : 0;
  return Buffer.concat([
    header.encode({ isMediumPresent, isStopped, generation, isTimestampSet, timestamp }),
    section(unit.modePages.snapshot()),
    section(sharedMemoryOf(unit)),
    section(unit.aca.snapshot()),
    section(unit.operation.snapshot()),
    section(unit.removal.snapshot()),
    section(unit.reservation.snapshot()),
  ]);
}

/**
 * Takes over a snapshot and tells the nexuses of this controller what is new to them. False: it is
 * none, and nothing has changed. Nobody waits for it to be kept: the controller that gave it has.
 */
export function restoreSnapshot(unit: LogicalUnit, snapshot: Uint8Array): boolean {
  if (snapshot.length < header.length) return false;
  const head = header.decode(snapshot);
  const { isMediumPresent, isStopped, generation, isTimestampSet, timestamp } = head;
  const sections = parseSections(snapshot.subarray(header.length), SECTIONS);
  if (sections === null) return false;
  const [modePages, memory, aca, operation, removal, reservations] = sections as Sections;
  const pages = unit.modePages.parseSnapshot(modePages);
  const recall = parseSharedMemory(memory);
  const conditions = AcaConditions.parse(aca);
  const takeOperation = unit.operation.parseSnapshot(operation);
  const takeRemoval = unit.removal.parseSnapshot(removal);
  if (pages === null || recall === null || conditions === null) return false;
  if (takeOperation === null || takeRemoval === null) return false;
  if (!restoreReservations(unit, reservations)) return false;
  recall(unit);
  takeOperation();
  takeRemoval();
  if (unit.modePages.write(pages)) {
    unit.unitAttentions.establishForAll({ code: MODE_PARAMETERS_CHANGED }, null);
  }
  if (isMediumPresent && !unit.isMediumPresent) {
    const code = NOT_READY_TO_READY_CHANGE_MEDIUM_MAY_HAVE_CHANGED;
    unit.unitAttentions.establishForAll({ code }, null);
  }
  unit.isMediumPresent = isMediumPresent;
  unit.isStopped = isStopped;
  unit.generation = generation;
  if (isTimestampSet) unit.records.timestamp.set(timestamp);
  else unit.records.timestamp.unset();
  unit.keeper.keep(unit, () => undefined);
  unit.aca.restore(conditions);
  unit.acaChanged();
  unit.work.changed();
  unit.work.begin();
  return true;
}

/** What a nexus has by reservations. */
interface Standing {
  readonly isRegistered: boolean;
  /** Which reservation it holds or is let in by; null: none. */
  readonly reserved: string | null;
}

function standingOf(reservation: Reservation, name: string): Standing {
  const { registrations } = reservation;
  const isRegistered = registrations.keyOf(name) !== null;
  if (reservation.holdsSpc2(name)) return { isRegistered, reserved: "RESERVE" };
  const type = registrations.isLetIn(name) ? registrations.reservation?.type.text : undefined;
  return { isRegistered, reserved: type ?? null };
}

function restoreReservations(unit: LogicalUnit, snapshot: Uint8Array): boolean {
  const { reservation, unitAttentions } = unit;
  const before = unitAttentions.names().map((name) => ({
    name,
    ...standingOf(reservation, name),
  }));
  if (!reservation.restore(snapshot)) return false;
  for (const { name, isRegistered, reserved } of before) {
    const now = standingOf(reservation, name);
    if (isRegistered && !now.isRegistered) {
      unitAttentions.establishFor(name, { code: REGISTRATIONS_PREEMPTED });
    } else if (reserved !== null && now.reserved !== reserved) {
      unitAttentions.establishFor(name, { code: RESERVATIONS_RELEASED });
    }
  }
  return true;
}
