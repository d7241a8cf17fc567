/**
 * PREEMPT and PREEMPT AND ABORT, as changes of the registrations: somebody's key names whose
 * registrations go, and with the holder's the reservation passes on. The nexus that asks is
 * registered and its own key has been found right. Ending tasks is up to the unit.
 * [SPC-4 5.13.11.2.4 to 5.13.11.2.6]
 */
import {
  type FieldPointer,
  REGISTRATIONS_PREEMPTED,
  RESERVATIONS_RELEASED,
  invalidFieldInParameterList,
} from "node-scsi-cdb";
import type { ActionOutcome } from "../unit-action";
import { outcome } from "./outcome";
import { NO_KEY, type Registrations, type ReservationKey } from "./registrations";
import { type ScopeAndType, parseType } from "./reserving";
import type { PersistentType } from "./rules";

export interface PreemptRequest {
  readonly nexus: string;
  /** SERVICE ACTION RESERVATION KEY: whom to preempt. */
  readonly key: ReservationKey;
  /** Of the reservation to be made; ignored where only registrations go. */
  readonly asked: ScopeAndType;
  /** PREEMPT AND ABORT */
  readonly aborts: boolean;
}

const KEY: FieldPointer = { byte: 8, bit: 7 };

/** [SPC-4 table 72] */
export function preempt(registrations: Registrations, request: PreemptRequest): ActionOutcome {
  const { nexus, key, asked, aborts } = request;
  const { reservation } = registrations;
  const areAllHolders = reservation !== null && reservation.holder === null;
  if (key === NO_KEY && !areAllHolders) return { answer: invalidFieldInParameterList(KEY) };
  const preempted = key === NO_KEY ? registrations.names() : registrations.namesOf(key);
  if (preempted.length === 0) return { answer: "conflict" };
  const abort = aborts ? preempted : [];
  if (reservation === null || !passesOn(registrations, key)) {
    return { ...removeRegistrations(registrations, nexus, preempted), abort };
  }
  const parsed = parseType(asked);
  if ("refusal" in parsed) return { answer: parsed.refusal };
  const { type } = parsed;
  return { ...passOn(registrations, { nexus, preempted, type, before: reservation.type }), abort };
}

/** Whether the key is that of who holds the reservation; that of all registrants is zero. */
function passesOn(registrations: Registrations, key: ReservationKey): boolean {
  const holder = registrations.reservation?.holder ?? null;
  return key === (holder === null ? NO_KEY : registrations.keyOf(holder));
}

/** The nexus that asks may remove its own registration so, and is not told. [5.13.11.2.5] */
function removeRegistrations(
  registrations: Registrations,
  nexus: string,
  preempted: readonly string[],
): ActionOutcome {
  for (const name of preempted) registrations.unregister(name);
  registrations.countChange();
  return outcome([preempted.filter((name) => name !== nexus), REGISTRATIONS_PREEMPTED]);
}

/** The nexus that asks stays registered, even where it preempts itself. [5.13.11.2.4.3] */
function passOn(
  registrations: Registrations,
  change: {
    readonly nexus: string;
    readonly preempted: readonly string[];
    readonly type: PersistentType;
    readonly before: PersistentType;
  },
): ActionOutcome {
  const { nexus, preempted, type, before } = change;
  const removed = preempted.filter((name) => name !== nexus);
  for (const name of removed) registrations.unregister(name);
  registrations.reserve(type, nexus);
  registrations.countChange();
  const others = type === before ? [] : registrations.names(nexus);
  return outcome([removed, REGISTRATIONS_PREEMPTED], [others, RESERVATIONS_RELEASED]);
}
