/**
 * The parameter lists of PERSISTENT RESERVE OUT: their fields, and the TransportIDs behind them.
 * What is done with them is `persistent-reserve-out.ts`. [SPC-4 6.16.3, 6.16.4]
 */
import {
  type FieldPointer,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  flag,
  format,
  invalidFieldInParameterList,
  octets,
  uint,
} from "node-scsi-cdb";
import type { Registrations, ReservationKey } from "../reservations/registrations";
import { parseNexusName } from "../reservations/nexus-names";
import { type TransportId, initiatorNameOf, parseTransportId } from "../reservations/transport-id";

const keys = {
  reservationKey: octets(0, 8, "RESERVATION KEY"),
  serviceActionKey: octets(8, 8, "SERVICE ACTION RESERVATION KEY"),
};

/** For every service action but REGISTER AND MOVE. */
export const basicList = format({
  name: "PERSISTENT RESERVE OUT parameter list",
  length: 24,
  fields: {
    ...keys,
    scopeSpecificAddress: octets(16, 4, "Obsolete", { ignored: true }),
    specIPt: flag(20, 3, "SPEC_I_PT"),
    allTgPt: flag(20, 2, "ALL_TG_PT"),
    aptpl: flag(20, 0, "APTPL"),
    extentLength: octets(22, 2, "Obsolete", { ignored: true }),
  },
});

export const moveList = format({
  name: "REGISTER AND MOVE parameter list",
  length: 24,
  fields: {
    ...keys,
    unreg: flag(17, 1, "UNREG"),
    aptpl: flag(17, 0, "APTPL"),
    relativeTargetPort: uint(18, 2, "RELATIVE TARGET PORT IDENTIFIER"),
    transportIdLength: uint(20, 4, "TRANSPORTID LENGTH"),
  },
});

const specifiedPorts = format({
  name: "Specify initiator ports additional parameter data",
  length: 4,
  fields: { dataLength: uint(0, 4, "TRANSPORTID PARAMETER DATA LENGTH") },
});

export const LENGTH_ERROR: Sense = { code: PARAMETER_LIST_LENGTH_ERROR };

export function keyOf(octets: Uint8Array): ReservationKey {
  return Buffer.from(octets).toString("hex");
}

/** A TransportID, and the place in the list where it stands. */
export interface PlacedTransportId {
  readonly id: TransportId;
  readonly at: FieldPointer;
}

type Parsed<T> = { readonly ids: T } | { readonly refusal: Sense };

/** TransportIDs from `start` to the end of the list, which has `length` bytes of them or more. */
function parseIds(
  list: Uint8Array,
  { start, length }: { readonly start: number; readonly length: number },
): Parsed<readonly PlacedTransportId[]> {
  if (start + length > list.length) return { refusal: LENGTH_ERROR };
  const end = start + length;
  const ids: PlacedTransportId[] = [];
  for (let at = start; at < end;) {
    const parsed = parseTransportId(list.subarray(at, end));
    const place = { byte: at, bit: 7 };
    if (parsed === "truncated") return { refusal: LENGTH_ERROR };
    if (parsed === "invalid") return { refusal: invalidFieldInParameterList(place) };
    ids.push({ id: parsed.id, at: place });
    at += parsed.length;
  }
  return { ids };
}

/** What stands behind a basic list with SPEC_I_PT. */
export function parseSpecifiedPorts(list: Uint8Array): Parsed<readonly PlacedTransportId[]> {
  const start = basicList.length + specifiedPorts.length;
  if (list.length < start) return { refusal: LENGTH_ERROR };
  const { dataLength } = specifiedPorts.decode(list, basicList.length);
  return parseIds(list, { start, length: dataLength });
}

/** The one TransportID of REGISTER AND MOVE. */
export function parseDestination(list: Uint8Array): Parsed<PlacedTransportId> {
  const { transportIdLength: length } = moveList.decode(list);
  const parsed = parseIds(list, { start: moveList.length, length });
  if ("refusal" in parsed) return parsed;
  const [id, ...others] = parsed.ids;
  if (id === undefined || others.length > 0) {
    return { refusal: invalidFieldInParameterList(moveList.pointer("transportIdLength")) };
  }
  return { ids: id };
}

/**
 * The initiator ports that a TransportID stands for. One of an initiator device stands for all of
 * its ports known here, and known are those that are registered by whatever target port: sessions,
 * which every controller has others of, are not asked. Without any the TransportID is to be
 * refused, as the standard allows. [SPC-4 7.6.4.6]
 */
export function portsOf({ initiatorName, port }: TransportId, known: Registrations): string[] {
  if (port !== null) return [port];
  const ports = known.names().flatMap((name) => parseNexusName(name)?.initiatorPort ?? []);
  return [...new Set(ports)].filter((each) => initiatorNameOf(each) === initiatorName);
}
