/** Logout Request and Logout Response. [RFC7143 11.14, 11.15] */
import { bits, uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const logoutRequest = pdu({
  name: "Logout Request",
  opcode: 0x06,
  from: "initiator",
  fields: {
    reason: bits(1, 6, 0, "Reason Code"),
    cid: uint(20, 2, "CID"),
    cmdSN: uint(24, 4, "CmdSN"),
    expStatSN: uint(28, 4, "ExpStatSN"),
  },
});

export const logoutResponse = pdu({
  name: "Logout Response",
  opcode: 0x26,
  from: "target",
  fields: {
    response: uint(2, 1, "Response"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
    time2Wait: uint(40, 2, "Time2Wait"),
    time2Retain: uint(42, 2, "Time2Retain"),
  },
});

/** Values of Reason Code. [RFC7143 11.14.1] */
export const LogoutReason = {
  CLOSE_SESSION: 0,
  CLOSE_CONNECTION: 1,
  REMOVE_CONNECTION_FOR_RECOVERY: 2,
} as const;

/** Values of Response. [RFC7143 11.15.1] */
export const LogoutResponseCode = {
  CLOSED_SUCCESSFULLY: 0,
  CID_NOT_FOUND: 1,
  CONNECTION_RECOVERY_NOT_SUPPORTED: 2,
  CLEANUP_FAILED: 3,
} as const;
