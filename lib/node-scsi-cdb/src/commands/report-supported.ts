/** REPORT SUPPORTED OPERATION CODES and REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";
import { allocationLength } from "./shared-fields";

export const reportSupportedOperationCodes = command({
  name: "REPORT SUPPORTED OPERATION CODES",
  opcode: 0xa3,
  serviceAction: 0x0c,
  length: 12,
  reference: "SPC-4 REPORT SUPPORTED OPERATION CODES",
  direction: "in",
  fields: {
    rctd: flag(2, 7, "RCTD"),
    reportingOptions: bits(2, 2, 0, "REPORTING OPTIONS"),
    requestedOperationCode: uint(3, 1, "REQUESTED OPERATION CODE"),
    requestedServiceAction: uint(4, 2, "REQUESTED SERVICE ACTION"),
    allocationLength: allocationLength(6, 4),
  },
});

export const reportSupportedTaskManagementFunctions = command({
  name: "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS",
  opcode: 0xa3,
  serviceAction: 0x0d,
  length: 12,
  reference: "SPC-4 REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS",
  direction: "in",
  fields: { repd: flag(2, 7, "REPD"), allocationLength: allocationLength(6, 4) },
});
