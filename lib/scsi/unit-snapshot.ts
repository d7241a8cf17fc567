/**
 * All that the controllers of a logical unit keep alike, as bytes, and taken over from bytes: for a
 * controller that was away while actions were applied. Blocks are not part of it, tasks neither.
 *
 *   flags 1 | generation 4 | lengths: mode pages 2, operation 2, removal 4
 *   mode pages | operation on the medium | who prevents its removal | reservations: the rest
 *
 * flags: bit 0 stopped, bit 1 medium present.
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

const header = format({
  name: "State of a unit",
  length: 13,
  fields: {
    isMediumPresent: flag(0, 1, "medium present"),
    isStopped: flag(0, 0, "stopped"),
    generation: uint(1, 4, "generation"),
    modePagesLength: uint(5, 2, "length of the mode pages"),
    operationLength: uint(7, 2, "length of the operation"),
    removalLength: uint(9, 4, "length of who prevents the removal"),
  },
});

export function snapshotOf(unit: LogicalUnit): Uint8Array {
  const { isMediumPresent, isStopped, generation } = unit;
  const modePages = unit.modePages.snapshot();
  const operation = unit.operation.snapshot();
  const removal = unit.removal.snapshot();
  const fields = {
    ...{ isMediumPresent, isStopped, generation, modePagesLength: modePages.length },
    ...{ operationLength: operation.length, removalLength: removal.length },
  };
  const parts = [modePages, operation, removal, unit.reservation.snapshot()];
  return Buffer.concat([header.encode(fields), ...parts]);
}

/**
 * Takes over a snapshot and tells the nexuses of this controller what is new to them. False: it is
 * none, and nothing has changed.
 */
export function restoreSnapshot(unit: LogicalUnit, snapshot: Uint8Array): boolean {
  if (snapshot.length < header.length) return false;
  const { isMediumPresent, isStopped, generation, ...lengths } = header.decode(snapshot);
  const pagesEnd = header.length + lengths.modePagesLength;
  const operationEnd = pagesEnd + lengths.operationLength;
  const removalEnd = operationEnd + lengths.removalLength;
  const pages = unit.modePages.parseSnapshot(snapshot.subarray(header.length, pagesEnd));
  const operation = unit.operation.parseSnapshot(snapshot.subarray(pagesEnd, operationEnd));
  const removal = unit.removal.parseSnapshot(snapshot.subarray(operationEnd, removalEnd));
  if (pages === null || operation === null || removal === null) return false;
  if (!restoreReservations(unit, snapshot.subarray(removalEnd))) return false;
  operation();
  removal();
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
