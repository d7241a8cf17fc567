/**
 * All that the controllers of a logical unit keep alike, as bytes, and taken over from bytes: for a
 * controller that was away while actions were applied. Blocks are not part of it, tasks neither.
 *
 *   flags 1 | generation 4 | length of mode pages 2 | length of memory 4 | timestamp 6
 *   mode pages | memory: what outlives the controllers | reservations: the rest
 *
 * flags: bit 0 stopped, bit 1 medium present, bit 2 timestamp set.
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
import type { LogicalUnit } from "./logical-unit";
import type { Reservation } from "./reservation";
import { parseSharedMemory, sharedMemoryOf } from "./unit-memory";

const header = format({
  name: "State of a unit",
  length: 17,
  fields: {
    isMediumPresent: flag(0, 1, "medium present"),
    isTimestampSet: flag(0, 2, "timestamp set"),
    isStopped: flag(0, 0, "stopped"),
    generation: uint(1, 4, "generation"),
    modePagesLength: uint(5, 2, "length of the mode pages"),
    memoryLength: uint(7, 4, "length of what outlives the controllers"),
    timestamp: uint(11, 6, "timestamp, if it was set"),
  },
});

export function snapshotOf(unit: LogicalUnit): Uint8Array {
  const { isMediumPresent, isStopped, generation } = unit;
  const modePages = unit.modePages.snapshot();
  const memory = sharedMemoryOf(unit);
  const lengths = { modePagesLength: modePages.length, memoryLength: memory.length };
  const isTimestampSet = unit.records.timestamp.origin === "set";
  const timestamp = isTimestampSet ? unit.records.timestamp.nowMs : 0;
  const clock = { isTimestampSet, timestamp };
  const fields = { isMediumPresent, isStopped, generation, ...clock, ...lengths };
  return Buffer.concat([header.encode(fields), modePages, memory, unit.reservation.snapshot()]);
}

/**
 * Takes over a snapshot and tells the nexuses of this controller what is new to them. False: it is
 * none, and nothing has changed. Nobody waits for it to be kept: the controller that gave it has.
 */
export function restoreSnapshot(unit: LogicalUnit, snapshot: Uint8Array): boolean {
  if (snapshot.length < header.length) return false;
  const { isMediumPresent, isStopped, generation, ...rest } = header.decode(snapshot);
  const { isTimestampSet, timestamp, modePagesLength, memoryLength } = rest;
  const pagesEnd = header.length + modePagesLength;
  const memoryEnd = pagesEnd + memoryLength;
  const pages = unit.modePages.parseSnapshot(snapshot.subarray(header.length, pagesEnd));
  const recall = parseSharedMemory(snapshot.subarray(pagesEnd, memoryEnd));
  if (pages === null || recall === null) return false;
  if (!restoreReservations(unit, snapshot.subarray(memoryEnd))) return false;
  recall(unit);
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
