/** Task Management Function Request and Response. [RFC7143 11.5, 11.6; RFC7144 4.2] */
import { bits, octets, uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const taskManagementRequest = pdu({
  name: "Task Management Function Request",
  opcode: 0x02,
  from: "initiator",
  fields: {
    function: bits(1, 6, 0, "Function"),
    lun: octets(8, 8, "LUN"),
    referencedTaskTag: uint(20, 4, "Referenced Task Tag"),
    cmdSN: uint(24, 4, "CmdSN"),
    expStatSN: uint(28, 4, "ExpStatSN"),
    refCmdSN: uint(32, 4, "RefCmdSN"),
    expDataSN: uint(36, 4, "ExpDataSN"),
  },
});

export const taskManagementResponse = pdu({
  name: "Task Management Function Response",
  opcode: 0x22,
  from: "target",
  fields: {
    response: uint(2, 1, "Response"),
    additionalResponseInformation: octets(8, 3, "Additional Response Information"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
  },
});

/** Values of Function. [RFC7143 11.5.1, RFC7144 4.2.1] */
export const TaskManagementFunctionCode = {
  ABORT_TASK: 1,
  ABORT_TASK_SET: 2,
  CLEAR_ACA: 3,
  CLEAR_TASK_SET: 4,
  LOGICAL_UNIT_RESET: 5,
  TARGET_WARM_RESET: 6,
  TARGET_COLD_RESET: 7,
  TASK_REASSIGN: 8,
  QUERY_TASK: 9,
  QUERY_TASK_SET: 10,
  I_T_NEXUS_RESET: 11,
  QUERY_ASYNCHRONOUS_EVENT: 12,
} as const;

/** Values of Response. [RFC7143 11.6.1, RFC7144 4.2.2] */
export const TaskManagementResponseCode = {
  FUNCTION_COMPLETE: 0,
  TASK_DOES_NOT_EXIST: 1,
  LUN_DOES_NOT_EXIST: 2,
  TASK_STILL_ALLEGIANT: 3,
  TASK_ALLEGIANCE_REASSIGNMENT_NOT_SUPPORTED: 4,
  TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED: 5,
  FUNCTION_AUTHORIZATION_FAILED: 6,
  FUNCTION_SUCCEEDED: 7,
  FUNCTION_REJECTED: 255,
} as const;
