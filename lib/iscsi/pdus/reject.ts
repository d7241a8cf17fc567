/** Reject: gives back the header of a PDU that could not be taken. [RFC7143 11.17] */
import { uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const reject = pdu({
  name: "Reject",
  opcode: 0x3f,
  from: "target",
  fields: {
    reason: uint(2, 1, "Reason"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
    dataSN: uint(36, 4, "DataSN/R2TSN"),
  },
});

/** Values of Reason. [RFC7143 11.17.1] */
export const RejectReason = {
  DATA_DIGEST_ERROR: 0x02,
  SNACK_REJECT: 0x03,
  PROTOCOL_ERROR: 0x04,
  COMMAND_NOT_SUPPORTED: 0x05,
  IMMEDIATE_COMMAND_REJECT: 0x06,
  TASK_IN_PROGRESS: 0x07,
  INVALID_DATA_ACK: 0x08,
  INVALID_PDU_FIELD: 0x09,
  LONG_OP_REJECT: 0x0a,
  NEGOTIATION_RESET: 0x0b,
  WAITING_FOR_LOGOUT: 0x0c,
} as const;
export type RejectReason = (typeof RejectReason)[keyof typeof RejectReason];
