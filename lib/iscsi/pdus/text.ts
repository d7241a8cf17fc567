/** Text Request and Text Response. [RFC7143 11.10, 11.11] */
import { flag, octets, uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const textRequest = pdu({
  name: "Text Request",
  opcode: 0x04,
  from: "initiator",
  fields: {
    continue: flag(1, 6, "C"),
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag"),
    cmdSN: uint(24, 4, "CmdSN"),
    expStatSN: uint(28, 4, "ExpStatSN"),
  },
});

export const textResponse = pdu({
  name: "Text Response",
  opcode: 0x24,
  from: "target",
  fields: {
    continue: flag(1, 6, "C"),
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
  },
});
