/**
 * REPORT SUPPORTED OPERATION CODES: the command table, as this unit supports it. Nothing is listed
 * here: what is reported is what dispatch would run. [SPC-4 REPORT SUPPORTED OPERATION CODES]
 */
import {
  type Cdb,
  bits,
  flag,
  format,
  reportSupportedOperationCodes as row,
  uint,
} from "node-scsi-cdb";
import { type Command, command } from "../command";
import { isSupported } from "../command-table";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

const ReportingOptions = {
  ALL: 0,
  OPERATION_CODE: 1,
  SERVICE_ACTION: 2,
  OPERATION_CODE_AND_SERVICE_ACTION: 3,
} as const;

/** SUPPORT: not at all, or as the standard has it. */
const Support = { NONE: 1, STANDARD: 3 } as const;

const allHeader = format({
  name: "All commands parameter data",
  length: 4,
  fields: { commandDataLength: uint(0, 4, "COMMAND DATA LENGTH") },
});

const commandDescriptor = format({
  name: "Command descriptor",
  length: 8,
  fields: {
    opcode: uint(0, 1, "OPERATION CODE"),
    serviceAction: uint(2, 2, "SERVICE ACTION"),
    ctdp: flag(5, 1, "CTDP"),
    servactv: flag(5, 0, "SERVACTV"),
    cdbLength: uint(6, 2, "CDB LENGTH"),
  },
});

const oneHeader = format({
  name: "One command parameter data",
  length: 4,
  fields: {
    ctdp: flag(1, 7, "CTDP"),
    support: bits(1, 2, 0, "SUPPORT"),
    cdbSize: uint(2, 2, "CDB SIZE"),
  },
});

/** Zeros: this target names no timeouts. */
const timeoutsDescriptor = format({
  name: "Command timeouts descriptor",
  length: 12,
  fields: {
    descriptorLength: uint(0, 2, "DESCRIPTOR LENGTH"),
    commandSpecific: uint(3, 1, "COMMAND SPECIFIC"),
    nominalTimeout: uint(4, 4, "NOMINAL COMMAND PROCESSING TIMEOUT"),
    recommendedTimeout: uint(8, 4, "RECOMMENDED COMMAND TIMEOUT"),
  },
});

type Ask = Cdb<typeof row>;

function timeouts({ rctd }: Ask): Uint8Array {
  if (!rctd) return Buffer.alloc(0);
  return timeoutsDescriptor.encode({ descriptorLength: timeoutsDescriptor.length - 2 });
}

function describe(cdb: Ask, { row: { opcode, serviceAction, length } }: Command): Uint8Array {
  const descriptor = commandDescriptor.encode({
    opcode,
    serviceAction: serviceAction ?? 0,
    ctdp: cdb.rctd,
    servactv: serviceAction !== null,
    cdbLength: length,
  });
  return Buffer.concat([descriptor, timeouts(cdb)]);
}

function encodeAll(cdb: Ask, unit: Unit): Uint8Array {
  const descriptors = unit.commands.supported(unit).map((each) => describe(cdb, each));
  const list = Buffer.concat(descriptors);
  return Buffer.concat([allHeader.encode({ commandDataLength: list.length }), list]);
}

/** The mask of meaningful bits, with the operation code and the service action as they are. */
function usageData(each: Command, unit: Unit): Uint8Array {
  const { row: asked } = each;
  const mask = Uint8Array.from(asked.usageMask);
  return asked.encode({}, each.usage?.(mask, unit) ?? mask);
}

function encodeOne(cdb: Ask, unit: Unit): Uint8Array {
  const found = find(cdb, unit);
  if (found === null) return oneHeader.encode({ support: Support.NONE });
  const head = { ctdp: cdb.rctd, support: Support.STANDARD, cdbSize: found.row.length };
  return Buffer.concat([oneHeader.encode(head), usageData(found, unit), timeouts(cdb)]);
}

/** The one command asked for, if the unit supports it; 0 stands for "no service action". */
function find(cdb: Ask, unit: Unit): Command | null {
  const { requestedOperationCode, requestedServiceAction } = cdb;
  const isByCodeAlone = cdb.reportingOptions === ReportingOptions.OPERATION_CODE;
  const serviceAction = isByCodeAlone ? 0 : requestedServiceAction;
  const found = unit.commands
    .byOpcode(requestedOperationCode)
    .find((each) => (each.row.serviceAction ?? 0) === serviceAction);
  return found !== undefined && isSupported(found, unit) ? found : null;
}

/** Whether the option fits the operation code: one with service actions, or one without. */
function isOptionValid(cdb: Ask, unit: Unit): boolean {
  const { reportingOptions, requestedOperationCode } = cdb;
  const isKnown = unit.commands.byOpcode(requestedOperationCode).length > 0;
  const hasServiceActions = unit.commands.hasServiceActions(requestedOperationCode);
  if (reportingOptions === ReportingOptions.OPERATION_CODE) return !hasServiceActions;
  if (reportingOptions === ReportingOptions.SERVICE_ACTION) return hasServiceActions || !isKnown;
  return reportingOptions <= ReportingOptions.OPERATION_CODE_AND_SERVICE_ACTION;
}

export const reportSupportedOperationCodes = command({
  row,
  reservation: "read",
  needsMedium: false,
  writes: false,
  check: (cdb, unit) => (isOptionValid(cdb, unit) ? null : refuse(row, "reportingOptions")),
  execute(cdb, task, unit) {
    const isAll = cdb.reportingOptions === ReportingOptions.ALL;
    const data = isAll ? encodeAll(cdb, unit) : encodeOne(cdb, unit);
    unit.goodWithData(task, data, cdb.allocationLength);
  },
});
