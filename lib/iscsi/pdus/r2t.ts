/** Ready To Transfer: the target asks for a part of a command's data. [RFC7143 11.8] */
import { octets, uint } from "node-scsi-cdb";
import { putU32 } from "../../base/bytes";
import { pdu } from "../pdu";

export const r2t = pdu({
  name: "Ready To Transfer",
  opcode: 0x31,
  from: "target",
  fields: {
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
    r2tSN: uint(36, 4, "R2TSN"),
    bufferOffset: uint(40, 4, "Buffer Offset"),
    desiredDataTransferLength: uint(44, 4, "Desired Data Transfer Length"),
  },
});

/** Writes an R2T into a zeroed header, as `r2t.encode` does. `lun` is the command's LUN field. */
export function writeR2t(
  bhs: Uint8Array,
  fields: {
    readonly lun: Uint8Array;
    readonly initiatorTaskTag: number;
    readonly targetTransferTag: number;
    /** The next StatSN; an R2T does not use it up. */
    readonly statSN: number;
    readonly expCmdSN: number;
    readonly maxCmdSN: number;
    readonly r2tSN: number;
    readonly bufferOffset: number;
    readonly desiredDataTransferLength: number;
  },
): void {
  bhs[0] = r2t.opcode;
  bhs[1] = 0x80;
  bhs.set(fields.lun, 8);
  putU32(bhs, 16, fields.initiatorTaskTag);
  putU32(bhs, 20, fields.targetTransferTag);
  putU32(bhs, 24, fields.statSN);
  putU32(bhs, 28, fields.expCmdSN);
  putU32(bhs, 32, fields.maxCmdSN);
  putU32(bhs, 36, fields.r2tSN);
  putU32(bhs, 40, fields.bufferOffset);
  putU32(bhs, 44, fields.desiredDataTransferLength);
}
