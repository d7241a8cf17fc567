/**
 * REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS: the table of `task-management.ts`, bit by bit.
 * [SPC-4 REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS]
 */
import { flag, format, reportSupportedTaskManagementFunctions as row, uint } from "node-scsi-cdb";
import { command } from "../command";
import { taskManagementFunctions } from "../task-management";
import { refuse } from "./transfer";

/** REPD: the extended data adds timeouts; zeros name none. */
const extendedData = format({
  name: "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS extended parameter data",
  length: 16,
  fields: {
    ats: flag(0, 7, "ATS"),
    atss: flag(0, 6, "ATSS"),
    cacas: flag(0, 5, "CACAS"),
    ctss: flag(0, 4, "CTSS"),
    lurs: flag(0, 3, "LURS"),
    qts: flag(0, 2, "QTS"),
    trs: flag(0, 1, "TRS"),
    qaes: flag(1, 2, "QAES"),
    qtss: flag(1, 1, "QTSS"),
    itnrs: flag(1, 0, "ITNRS"),
    additionalLength: uint(3, 1, "ADDITIONAL LENGTH"),
    tmftmov: flag(4, 0, "TMFTMOV"),
    longTimeout: uint(8, 4, "TASK MANAGEMENT FUNCTIONS LONG TIMEOUT"),
    shortTimeout: uint(12, 4, "TASK MANAGEMENT FUNCTIONS SHORT TIMEOUT"),
  },
});

const BASIC_LENGTH = 4;

/** The bits of the functions there are. */
const functions: Readonly<Record<string, boolean>> = Object.fromEntries(
  Object.values(taskManagementFunctions).map(({ bit }) => [bit, true]),
);

export const reportSupportedTaskManagementFunctions = command({
  row,
  reservation: "read",
  needsMedium: false,
  writes: false,
  check: (cdb) => (cdb.allocationLength < BASIC_LENGTH ? refuse(row, "allocationLength") : null),
  execute(cdb, task, unit) {
    const length = cdb.repd ? extendedData.length : BASIC_LENGTH;
    const data = extendedData.encode({ ...functions, additionalLength: length - BASIC_LENGTH });
    unit.goodWithData(task, data.subarray(0, length), cdb.allocationLength);
  },
});
