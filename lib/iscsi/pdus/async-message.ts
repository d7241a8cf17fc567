/** Asynchronous Message: the target tells or asks something on its own. [RFC7143 11.9] */
import { octets, uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const asyncMessage = pdu({
  name: "Asynchronous Message",
  opcode: 0x32,
  from: "target",
  fields: {
    lun: octets(8, 8, "LUN"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
    asyncEvent: uint(36, 1, "AsyncEvent"),
    asyncVCode: uint(37, 1, "AsyncVCode"),
    parameter1: uint(38, 2, "Parameter1"),
    parameter2: uint(40, 2, "Parameter2"),
    parameter3: uint(42, 2, "Parameter3"),
  },
});

/** Values of AsyncEvent. [RFC7143 11.9.1] */
export const AsyncEvent = {
  SCSI_EVENT: 0,
  LOGOUT_REQUEST: 1,
  CONNECTION_DROP: 2,
  SESSION_DROP: 3,
  NEGOTIATION_REQUEST: 4,
  TASK_TERMINATION: 5,
  VENDOR_SPECIFIC: 255,
} as const;
