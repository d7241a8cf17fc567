/**
 * PERSISTENT RESERVE IN: tells which nexuses are registered, who holds the unit reserved, and which
 * kinds of persistent reservations there are. Changes nothing. [SPC-4 6.15]
 */
import {
  bits,
  flag,
  format,
  octets,
  persistentReserveInReadFullStatus,
  persistentReserveInReadKeys,
  persistentReserveInReadReservation,
  persistentReserveInReportCapabilities,
  uint,
} from "node-scsi-cdb";
import { assert } from "../../base/assert";
import { type Command, command } from "../command";
import { parseNexusName } from "../reservations/nexus-names";
import { NO_KEY, type Registrations } from "../reservations/registrations";
import { LU_SCOPE } from "../reservations/reserving";
import { PERSISTENT_TYPES } from "../reservations/rules";
import { encodeTransportId } from "../reservations/transport-id";

const header = format({
  name: "PERSISTENT RESERVE IN parameter data",
  length: 8,
  fields: {
    generation: uint(0, 4, "PRGENERATION"),
    additionalLength: uint(4, 4, "ADDITIONAL LENGTH"),
  },
});

const reservationDescriptor = format({
  name: "READ RESERVATION parameter data",
  length: 16,
  fields: {
    key: octets(0, 8, "RESERVATION KEY"),
    scope: bits(13, 7, 4, "SCOPE"),
    type: bits(13, 3, 0, "TYPE"),
  },
});

/** ALL_TG_PT stays 0: each nexus has a descriptor of its own. */
const fullStatusDescriptor = format({
  name: "READ FULL STATUS descriptor",
  length: 24,
  fields: {
    key: octets(0, 8, "RESERVATION KEY"),
    allTgPt: flag(12, 1, "ALL_TG_PT"),
    rHolder: flag(12, 0, "R_HOLDER"),
    scope: bits(13, 7, 4, "SCOPE"),
    type: bits(13, 3, 0, "TYPE"),
    relativeTargetPort: uint(18, 2, "RELATIVE TARGET PORT IDENTIFIER"),
    additionalLength: uint(20, 4, "ADDITIONAL DESCRIPTOR LENGTH"),
  },
});

const capabilities = format({
  name: "REPORT CAPABILITIES parameter data",
  length: 8,
  fields: {
    length: uint(0, 2, "LENGTH"),
    rlrC: flag(2, 7, "RLR_C"),
    crh: flag(2, 4, "CRH"),
    sipC: flag(2, 3, "SIP_C"),
    atpC: flag(2, 2, "ATP_C"),
    ptplC: flag(2, 0, "PTPL_C"),
    tmv: flag(3, 7, "TMV"),
    allowCommands: bits(3, 6, 4, "ALLOW COMMANDS"),
    ptplA: flag(3, 0, "PTPL_A"),
    typeMask: octets(4, 2, "PERSISTENT RESERVATION TYPE MASK"),
  },
});

/** The rules are the standard's own, which allow all that may be allowed. [SPC-4 tables 65, 208] */
const ALLOW_COMMANDS = 4;

function behindHeader(registrations: Registrations, parts: readonly Uint8Array[]): Uint8Array {
  const list = Buffer.concat(parts);
  const { generation } = registrations;
  return Buffer.concat([header.encode({ generation, additionalLength: list.length }), list]);
}

function readKeys(registrations: Registrations): Uint8Array {
  const keys = [...registrations.entries()].map(([, key]) => Buffer.from(key, "hex"));
  return behindHeader(registrations, keys);
}

/** What all registrants hold has no key. [SPC-4 6.15.3.2] */
function readReservation(registrations: Registrations): Uint8Array {
  const { reservation } = registrations;
  if (reservation === null) return behindHeader(registrations, []);
  const { holder, type } = reservation;
  const key = holder === null ? null : registrations.keyOf(holder);
  return behindHeader(registrations, [
    reservationDescriptor.encode({
      key: Buffer.from(key ?? NO_KEY, "hex"),
      scope: LU_SCOPE,
      type: type.code,
    }),
  ]);
}

function readFullStatus(registrations: Registrations): Uint8Array {
  const parts = [...registrations.entries()].flatMap(([name, key]) => {
    const ports = parseNexusName(name);
    assert(ports !== null, "what is registered is a nexus");
    const transportId = encodeTransportId(ports.initiatorPort);
    const rHolder = registrations.isHolder(name);
    const descriptor = fullStatusDescriptor.encode({
      key: Buffer.from(key, "hex"),
      rHolder,
      scope: LU_SCOPE,
      type: rHolder ? (registrations.reservation?.type.code ?? 0) : 0,
      relativeTargetPort: ports.relativeTargetPort,
      additionalLength: transportId.length,
    });
    return [descriptor, transportId];
  });
  return behindHeader(registrations, parts);
}

/** TYPE n is bit n of the mask, counted from the right of its first byte and on into the second. */
function typeMask(): Uint8Array {
  const mask = new Uint8Array(2);
  for (const { code } of PERSISTENT_TYPES) {
    mask[code >> 3] = (mask[code >> 3] as number) | (1 << (code & 7));
  }
  return mask;
}

function reportCapabilities({ persistsPowerLoss }: Registrations): Uint8Array {
  return capabilities.encode({
    length: capabilities.length,
    crh: true,
    sipC: true,
    atpC: true,
    ptplC: true,
    tmv: true,
    allowCommands: ALLOW_COMMANDS,
    ptplA: persistsPowerLoss,
    typeMask: typeMask(),
  });
}

function serviceAction(
  row: typeof persistentReserveInReadKeys,
  encode: (registrations: Registrations) => Uint8Array,
): Command {
  return command({
    row,
    reservation: "persistent",
    needsMedium: false,
    writes: false,
    execute(cdb, task, unit) {
      unit.goodWithData(task, encode(unit.reservation.registrations), cdb.allocationLength);
    },
  });
}

export const persistentReserveInCommands: readonly Command[] = [
  serviceAction(persistentReserveInReadKeys, readKeys),
  serviceAction(persistentReserveInReadReservation, readReservation),
  serviceAction(persistentReserveInReportCapabilities, reportCapabilities),
  serviceAction(persistentReserveInReadFullStatus, readFullStatus),
];
