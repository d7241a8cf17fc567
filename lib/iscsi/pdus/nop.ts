/** NOP-Out and NOP-In: pings both ways and their answers. [RFC7143 11.18, 11.19] */
import { octets, uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const nopOut = pdu({
  name: "NOP-Out",
  opcode: 0x00,
  from: "initiator",
  fields: {
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag"),
    cmdSN: uint(24, 4, "CmdSN"),
    expStatSN: uint(28, 4, "ExpStatSN"),
  },
});

export const nopIn = pdu({
  name: "NOP-In",
  opcode: 0x20,
  from: "target",
  fields: {
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
  },
});
