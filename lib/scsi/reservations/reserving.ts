/**
 * RESERVE, RELEASE and CLEAR, as changes of the registrations. The nexus is registered and its key
 * has been found right. [SPC-4 5.13.9, 5.13.11.2.2, 5.13.11.2.7]
 */
import {
  type FieldPointer,
  INVALID_RELEASE_OF_PERSISTENT_RESERVATION,
  RESERVATIONS_PREEMPTED,
  RESERVATIONS_RELEASED,
  type Sense,
  invalidFieldInCdb,
} from "node-scsi-cdb";
import type { ActionOutcome } from "../unit-action";
import { outcome } from "./outcome";
import type { Registrations } from "./registrations";
import { type PersistentType, persistentType } from "./rules";

/** SCOPE and TYPE as the CDB has them. */
export interface ScopeAndType {
  readonly scope: number;
  readonly type: number;
}

/** The one SCOPE there is. [SPC-4 6.15.3.3] */
export const LU_SCOPE = 0;

const SCOPE: FieldPointer = { byte: 2, bit: 7 };
const TYPE: FieldPointer = { byte: 2, bit: 3 };

/** The type of a reservation to be made, if there is one of that scope and type. */
export function parseType({
  scope,
  type: code,
}: ScopeAndType): { readonly type: PersistentType } | { readonly refusal: Sense } {
  if (scope !== LU_SCOPE) return { refusal: invalidFieldInCdb(SCOPE) };
  const type = persistentType(code);
  return type === null ? { refusal: invalidFieldInCdb(TYPE) } : { type };
}

/** By a holder once more, and alike, it changes nothing. */
export function reserve(
  registrations: Registrations,
  nexus: string,
  asked: ScopeAndType,
): ActionOutcome {
  const { reservation } = registrations;
  if (reservation !== null && !registrations.isHolder(nexus)) return { answer: "conflict" };
  const parsed = parseType(asked);
  if ("refusal" in parsed) return { answer: parsed.refusal };
  if (reservation === null) registrations.reserve(parsed.type, nexus);
  else if (parsed.type !== reservation.type) return { answer: "conflict" };
  return outcome();
}

/** Without effect, and no error, by who is registered and holds nothing. */
export function release(
  registrations: Registrations,
  nexus: string,
  asked: ScopeAndType,
): ActionOutcome {
  const { reservation } = registrations;
  if (reservation === null || !registrations.isHolder(nexus)) return outcome();
  const { type } = reservation;
  if (asked.scope !== LU_SCOPE || asked.type !== type.code) {
    return { answer: { code: INVALID_RELEASE_OF_PERSISTENT_RESERVATION } };
  }
  registrations.release();
  return outcome([type.lets === "holder" ? [] : registrations.names(nexus), RESERVATIONS_RELEASED]);
}

export function clear(registrations: Registrations, nexus: string): ActionOutcome {
  const others = registrations.names(nexus);
  registrations.clear();
  registrations.countChange();
  return outcome([others, RESERVATIONS_PREEMPTED]);
}
