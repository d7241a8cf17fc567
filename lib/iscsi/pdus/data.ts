/**
 * SCSI Data-Out and SCSI Data-In. The rows are the truth; the hand-written reader and writer are
 * for the hot path and proven equal to them. [RFC7143 11.7]
 */
import { flag, octets, uint } from "node-scsi-cdb";
import { getU32, putU32 } from "../../base/bytes";
import { NO_TAG, pdu } from "../pdu";

export const dataOut = pdu({
  name: "SCSI Data-Out",
  opcode: 0x05,
  from: "initiator",
  fields: {
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag"),
    expStatSN: uint(28, 4, "ExpStatSN"),
    dataSN: uint(36, 4, "DataSN"),
    bufferOffset: uint(40, 4, "Buffer Offset"),
  },
});

export const dataIn = pdu({
  name: "SCSI Data-In",
  opcode: 0x25,
  from: "target",
  fields: {
    acknowledge: flag(1, 6, "A"),
    overflow: flag(1, 2, "O"),
    underflow: flag(1, 1, "U"),
    hasStatus: flag(1, 0, "S"),
    status: uint(3, 1, "Status"),
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
    dataSN: uint(36, 4, "DataSN"),
    bufferOffset: uint(40, 4, "Buffer Offset"),
    residualCount: uint(44, 4, "Residual Count"),
  },
});

/** What the hot path reads of a Data-Out; its LUN says nothing that its tags do not. */
export interface DataOutBhs {
  readonly final: boolean;
  readonly initiatorTaskTag: number;
  readonly targetTransferTag: number;
  readonly expStatSN: number;
  readonly dataSN: number;
  readonly bufferOffset: number;
}

/** Reads a Data-Out's header, as `dataOut.decode` does. */
export function readDataOut(bhs: Uint8Array): DataOutBhs {
  return {
    final: ((bhs[1] as number) & 0x80) !== 0,
    initiatorTaskTag: getU32(bhs, 16),
    targetTransferTag: getU32(bhs, 20),
    expStatSN: getU32(bhs, 28),
    dataSN: getU32(bhs, 36),
    bufferOffset: getU32(bhs, 40),
  };
}

/**
 * Writes a Data-In that asks for no acknowledgement (LUN reserved, no Target Transfer Tag) over all
 * bytes of a header, as `dataIn.encode` does into zeros. `status`, `statSN`, `overflow`,
 * `underflow` and `residualCount` are 0 or false unless `hasStatus`. [RFC7143 11.7.3]
 */
export function writeDataIn(
  bhs: Uint8Array,
  fields: {
    readonly final: boolean;
    readonly overflow: boolean;
    readonly underflow: boolean;
    readonly hasStatus: boolean;
    readonly status: number;
    readonly initiatorTaskTag: number;
    readonly statSN: number;
    readonly expCmdSN: number;
    readonly maxCmdSN: number;
    readonly dataSN: number;
    readonly bufferOffset: number;
    readonly residualCount: number;
  },
): void {
  bhs[0] = dataIn.opcode;
  bhs[1] =
    (fields.final ? 0x80 : 0) |
    (fields.overflow ? 0x04 : 0) |
    (fields.underflow ? 0x02 : 0) |
    (fields.hasStatus ? 0x01 : 0);
  bhs[2] = 0;
  bhs[3] = fields.status;
  putU32(bhs, 4, 0);
  putU32(bhs, 8, 0);
  putU32(bhs, 12, 0);
  putU32(bhs, 16, fields.initiatorTaskTag);
  putU32(bhs, 20, NO_TAG);
  putU32(bhs, 24, fields.statSN);
  putU32(bhs, 28, fields.expCmdSN);
  putU32(bhs, 32, fields.maxCmdSN);
  putU32(bhs, 36, fields.dataSN);
  putU32(bhs, 40, fields.bufferOffset);
  putU32(bhs, 44, fields.residualCount);
}

/** Makes a written Data-In ask for acknowledgement: A, and what a DataACK repeats. */
export function askForAcknowledgement(
  bhs: Uint8Array,
  fields: { readonly lun: Uint8Array; readonly targetTransferTag: number },
): void {
  bhs[1] = (bhs[1] as number) | 0x40;
  bhs.set(fields.lun, 8);
  putU32(bhs, 20, fields.targetTransferTag);
}
