/**
 * All of a unit's reservations as bytes and back: for the other controller, and as far as they
 * persist through power loss. What is read back is checked whole before it counts.
 *
 *   header         version 1 | TYPE 1 | registrations 2 | PRGENERATION 4 | holder 2 | PTPL_A 1
 *   SPC-2 holder   length 2 | name
 *   registrations  key 8 | length 2 | name
 *
 * TYPE 0: nobody holds a persistent reservation. `holder` counts the registrations from 1; 0: none
 * of them, or all. Names are of I_T nexuses, in UTF-8.
 */
import { flag, format, octets, uint } from "node-scsi-cdb";
import { limits } from "../../base/limits";
import { parseNexusName } from "./nexus-names";
import { NO_KEY, Registrations } from "./registrations";
import { persistentType } from "./rules";

export interface ReservationState {
  readonly registrations: Registrations;
  /** Name of the nexus that RESERVE holds the unit for. */
  readonly spc2Holder: string | null;
}

const VERSION = 2;

const header = format({
  name: "Reservations",
  length: 11,
  fields: {
    version: uint(0, 1, "version"),
    type: uint(1, 1, "TYPE"),
    count: uint(2, 2, "registrations"),
    generation: uint(4, 4, "PRGENERATION"),
    holder: uint(8, 2, "holder"),
    ptplA: flag(10, 0, "PTPL_A"),
  },
});

const nameLength = format({
  name: "Length of a name",
  length: 2,
  fields: { length: uint(0, 2, "length") },
});

const keyField = format({ name: "Key", length: 8, fields: { key: octets(0, 8, "key") } });

function behindLength(name: string): Uint8Array[] {
  const bytes = Buffer.from(name);
  return [nameLength.encode({ length: bytes.length }), bytes];
}

export function encodeReservations(state: ReservationState): Uint8Array {
  return encode(state, state.registrations.generation);
}

/**
 * What a loss of power leaves: nothing unless APTPL asked for it, never what RESERVE made, and
 * PRGENERATION begins at 0 again. [SPC-4 5.13.6, 6.15.2]
 */
export function encodePersistent(registrations: Registrations): Uint8Array {
  if (!registrations.persistsPowerLoss) return new Uint8Array(0);
  return encode({ registrations, spc2Holder: null }, 0);
}

function encode({ registrations, spc2Holder }: ReservationState, generation: number): Uint8Array {
  const { reservation, persistsPowerLoss: ptplA } = registrations;
  const entries = [...registrations.entries()];
  const holder = reservation?.holder ?? null;
  return Buffer.concat([
    header.encode({
      version: VERSION,
      type: reservation?.type.code ?? 0,
      count: entries.length,
      generation,
      holder: entries.findIndex(([name]) => name === holder) + 1,
      ptplA,
    }),
    ...behindLength(spc2Holder ?? ""),
    ...entries.flatMap(([name, key]) => [Buffer.from(key, "hex"), ...behindLength(name)]),
  ]);
}

/** What was encoded; null for all that `encodeReservations` never makes. */
export function decodeReservations(bytes: Uint8Array): ReservationState | null {
  if (bytes.length < header.length) return null;
  const { version, type, count, generation, holder, ptplA } = header.decode(bytes);
  if (version !== VERSION || count > limits.registrationsMax) return null;
  if (header.firstReservedBit(bytes) !== null) return null;
  const registrations = new Registrations(generation);
  registrations.persistsPowerLoss = ptplA;
  const spc2 = readName(bytes, header.length);
  let at = spc2?.end ?? bytes.length + 1;
  for (let index = 0; index < count; index++) {
    const entry = readEntry(bytes, at);
    if (entry === null || registrations.keyOf(entry.name) !== null) return null;
    registrations.register(entry.name, entry.key);
    at = entry.end;
  }
  if (spc2 === null || at !== bytes.length) return null;
  if (!restoreReservation(registrations, { type, holder })) return null;
  if (spc2.name === "") return { registrations, spc2Holder: null };
  // Whoever is registered keeps RESERVE out, and RESERVE keeps registering out.
  const isHolder = parseNexusName(spc2.name) !== null && count === 0;
  return isHolder ? { registrations, spc2Holder: spc2.name } : null;
}

/** False: the holder is not one that a reservation of the type can have. */
function restoreReservation(
  registrations: Registrations,
  fields: { readonly type: number; readonly holder: number },
): boolean {
  if (fields.type === 0) return fields.holder === 0;
  const type = persistentType(fields.type);
  const isOfAll = type?.lets === "all-registrants";
  const name = registrations.names()[isOfAll ? 0 : fields.holder - 1];
  if (type === null || name === undefined || (isOfAll && fields.holder !== 0)) return false;
  registrations.reserve(type, name);
  return true;
}

function readEntry(
  bytes: Uint8Array,
  at: number,
): { readonly name: string; readonly key: string; readonly end: number } | null {
  if (at + keyField.length > bytes.length) return null;
  const key = Buffer.from(keyField.decode(bytes, at).key).toString("hex");
  const named = readName(bytes, at + keyField.length);
  if (named === null || key === NO_KEY || parseNexusName(named.name) === null) return null;
  return { ...named, key };
}

/** Bytes that are no UTF-8 are no name. */
function readName(
  bytes: Uint8Array,
  at: number,
): { readonly name: string; readonly end: number } | null {
  const start = at + nameLength.length;
  if (start > bytes.length) return null;
  const end = start + nameLength.decode(bytes, at).length;
  if (end > bytes.length) return null;
  const held = Buffer.from(bytes.subarray(start, end));
  const name = held.toString();
  return Buffer.compare(Buffer.from(name), held) === 0 ? { name, end } : null;
}
