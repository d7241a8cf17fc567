/**
 * REGISTER, REGISTER AND IGNORE EXISTING KEY, and REGISTER AND MOVE, as changes of the
 * registrations. The parameter lists have been parsed; nothing here knows their bytes but for where
 * the fields stand that it refuses. [SPC-4 5.13.7, 5.13.8, 5.13.11.2.3]
 */
import {
  type FieldPointer,
  INSUFFICIENT_REGISTRATION_RESOURCES,
  RESERVATIONS_RELEASED,
  type Sense,
  invalidFieldInCdb,
  invalidFieldInParameterList,
} from "node-scsi-cdb";
import type { ActionOutcome } from "../unit-action";
import { outcome } from "./outcome";
import { NO_KEY, type Registrations, type ReservationKey } from "./registrations";

/** A nexus that a parameter list names, and where it does. */
export interface NamedNexus {
  readonly name: string;
  readonly at: FieldPointer;
}

export interface RegisterRequest {
  /** The nexus that the command came in by. */
  readonly nexus: string;
  /** All nexuses to register of the port that asks: more than one with ALL_TG_PT. */
  readonly own: readonly string[];
  /** Those of the ports that TransportIDs name; null: SPEC_I_PT is 0. */
  readonly specified: readonly NamedNexus[] | null;
  readonly newKey: ReservationKey;
}

const SPEC_I_PT: FieldPointer = { byte: 20, bit: 3 };
const NEW_KEY: FieldPointer = { byte: 8, bit: 7 };
const SERVICE_ACTION: FieldPointer = { byte: 1, bit: 4 };

/** Whether REGISTER has the right key: that of the nexus, or zero if it is not registered. */
export function hasRegisterKey(
  registrations: Registrations,
  { nexus, key }: { readonly nexus: string; readonly key: ReservationKey },
): boolean {
  return (registrations.keyOf(nexus) ?? NO_KEY) === key;
}

/**
 * Registers, changes keys or unregisters; the key has been found right or is ignored. Of several
 * own nexuses each is treated as if the command had come in by it, with the key of the one that it
 * did come in by taken for right. [SPC-4 tables 67, 68, 69]
 */
export function register(registrations: Registrations, request: RegisterRequest): ActionOutcome {
  const { nexus, own, specified, newKey } = request;
  if (specified !== null && registrations.keyOf(nexus) !== null) return refusal(SPEC_I_PT);
  if (newKey === NO_KEY) return unregister(registrations, { nexus, names: own });
  const others = specified ?? [];
  const taken = others.find(({ name }) => registrations.keyOf(name) !== null);
  if (taken !== undefined) return refusal(taken.at);
  const names = [...own, ...others.map(({ name }) => name)];
  if (!registrations.hasRoomFor(names))
    return { answer: { code: INSUFFICIENT_REGISTRATION_RESOURCES } };
  for (const name of names) registrations.register(name, newKey);
  registrations.countChange();
  return outcome();
}

/** Without effect, and no error, for a nexus that is not registered. */
function unregister(
  registrations: Registrations,
  { nexus, names }: { readonly nexus: string; readonly names: readonly string[] },
): ActionOutcome {
  const registered = names.filter((name) => registrations.keyOf(name) !== null);
  if (registered.length === 0) return outcome();
  const released = registered
    .map((name) => registrations.unregister(name))
    .find((type) => type !== null);
  registrations.countChange();
  const isTold = released?.lets === "registrants-only";
  return outcome([isTold ? registrations.names(nexus) : [], RESERVATIONS_RELEASED]);
}

export interface MoveRequest {
  readonly nexus: string;
  readonly newKey: ReservationKey;
  /** The nexus to move to; its initiator port is another than that of the nexus that asks. */
  readonly destination: string;
  readonly unregisters: boolean;
}

/**
 * Why a registered nexus with the right key may not move the reservation, whatever the rest of the
 * list says: null if it may. [SPC-4 table 70]
 */
export function moveRefusal(
  registrations: Registrations,
  nexus: string,
): "conflict" | Sense | null {
  const { reservation } = registrations;
  if (reservation === null) return invalidFieldInCdb(SERVICE_ACTION);
  return reservation.holder === nexus ? null : "conflict";
}

/** `moveRefusal` has been asked. */
export function registerAndMove(registrations: Registrations, request: MoveRequest): ActionOutcome {
  const { nexus, newKey, destination, unregisters } = request;
  const { reservation } = registrations;
  if (newKey === NO_KEY || reservation === null) return refusal(NEW_KEY);
  const isFull = !registrations.hasRoomFor([destination]);
  if (isFull) return { answer: { code: INSUFFICIENT_REGISTRATION_RESOURCES } };
  registrations.register(destination, newKey);
  registrations.reserve(reservation.type, destination);
  if (unregisters) registrations.unregister(nexus);
  registrations.countChange();
  return outcome();
}

function refusal(at: FieldPointer): ActionOutcome {
  return { answer: invalidFieldInParameterList(at) };
}
