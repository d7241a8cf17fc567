/**
 * All that the controllers of a logical unit keep alike, as bytes, and taken over from bytes: for a
 * controller that was away while actions were applied. Blocks are not part of it, tasks neither.
 *
 *   flags 1 | generation 4 | length 2 of the mode pages | length 4 of the ACA conditions
 *   mode pages | ACA conditions | reservations: the rest
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
import { AcaConditions } from "./aca";
import type { LogicalUnit } from "./logical-unit";
import type { Reservation } from "./reservation";

const header = format({
  name: "State of a unit",
  length: 11,
  fields: {
    isMediumPresent: flag(0, 1, "medium present"),
    isStopped: flag(0, 0, "stopped"),
    generation: uint(1, 4, "generation"),
    modePagesLength: uint(5, 2, "length of the mode pages"),
    acaLength: uint(7, 4, "length of the ACA conditions"),
  },
});

export function snapshotOf(unit: LogicalUnit): Uint8Array {
  const { isMediumPresent, isStopped, generation } = unit;
  const modePages = unit.modePages.snapshot();
  const aca = unit.aca.snapshot();
  const head = header.encode({
    isMediumPresent,
    isStopped,
    generation,
    modePagesLength: modePages.length,
    acaLength: aca.length,
  });
  return Buffer.concat([head, modePages, aca, unit.reservation.snapshot()]);
}

/**
 * Takes over a snapshot and tells the nexuses of this controller what is new to them. False: it is
 * none, and nothing has changed.
 */
export function restoreSnapshot(unit: LogicalUnit, snapshot: Uint8Array): boolean {
  if (snapshot.length < header.length) return false;
  const head = header.decode(snapshot);
  const { isMediumPresent, isStopped, generation } = head;
  const pagesEnd = header.length + head.modePagesLength;
  const acaEnd = pagesEnd + head.acaLength;
  const pages = unit.modePages.parseSnapshot(snapshot.subarray(header.length, pagesEnd));
  const conditions =
    acaEnd > snapshot.length ? null : AcaConditions.parse(snapshot.subarray(pagesEnd, acaEnd));
  if (pages === null || conditions === null) return false;
  if (!restoreReservations(unit, snapshot.subarray(acaEnd))) return false;
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
  unit.aca.restore(conditions);
  unit.acaChanged();
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
