/**
 * SCSI Command and SCSI Response. The rows are the truth; the hand-written reader and writer are
 * for the hot path and proven equal to them. [RFC7143 11.3, 11.4; RFC7144]
 */
import { bits, flag, octets, uint } from "node-scsi-cdb";
import { getU32, putU32 } from "../../base/bytes";
import { type Pdu, pdu } from "../pdu";

export const scsiCommand = pdu({
  name: "SCSI Command",
  opcode: 0x01,
  from: "initiator",
  fields: {
    read: flag(1, 6, "R"),
    write: flag(1, 5, "W"),
    attribute: bits(1, 2, 0, "ATTR"),
    /** Which of several SIMPLE tasks to prefer; here they all run at once. [SAM-5 8.7] */
    priority: bits(2, 7, 4, "PRI"),
    lun: octets(8, 8, "LUN"),
    expectedDataTransferLength: uint(20, 4, "Expected Data Transfer Length"),
    cmdSN: uint(24, 4, "CmdSN"),
    expStatSN: uint(28, 4, "ExpStatSN"),
    cdb: octets(32, 16, "SCSI Command Descriptor Block"),
  },
});

/** Values of ATTR. [RFC7143 11.3.1] */
export const TaskAttributeCode = {
  UNTAGGED: 0,
  SIMPLE: 1,
  ORDERED: 2,
  HEAD_OF_QUEUE: 3,
  ACA: 4,
} as const;

export const scsiResponse = pdu({
  name: "SCSI Response",
  opcode: 0x21,
  from: "target",
  fields: {
    bidirectionalReadOverflow: flag(1, 4, "o"),
    bidirectionalReadUnderflow: flag(1, 3, "u"),
    overflow: flag(1, 2, "O"),
    underflow: flag(1, 1, "U"),
    response: uint(2, 1, "Response"),
    status: uint(3, 1, "Status"),
    /** 0: nothing is said of when to try again. [SAM-5 5.3.2] */
    statusQualifier: uint(8, 2, "Status Qualifier"),
    snackTag: uint(20, 4, "SNACK Tag"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
    expDataSN: uint(36, 4, "ExpDataSN"),
    bidirectionalReadResidualCount: uint(40, 4, "Bidirectional Read Residual Count"),
    residualCount: uint(44, 4, "Residual Count"),
  },
});

/** Values of Response. [RFC7143 11.4.3] */
export const ScsiResponseCode = {
  COMMAND_COMPLETED_AT_TARGET: 0x00,
  TARGET_FAILURE: 0x01,
} as const;

/** The Extended CDB additional header segment. [RFC7143 11.2.2.3] */
const AHS_EXTENDED_CDB = 0x01;
/** The Bidirectional Read Expected Data Transfer Length segment. [RFC7143 11.2.2.4] */
const AHS_BIDIRECTIONAL_READ_LENGTH = 0x02;

/** Where the LUN field stands in every header that has one. */
export const LUN_OFFSET = 8;

/** What the hot path reads of a SCSI Command but for the LUN; `cdb` is a view. */
export interface ScsiCommandBhs {
  readonly final: boolean;
  readonly read: boolean;
  readonly write: boolean;
  readonly attribute: number;
  readonly initiatorTaskTag: number;
  readonly expectedDataTransferLength: number;
  readonly cmdSN: number;
  readonly expStatSN: number;
  readonly cdb: Uint8Array;
}

/** Reads a SCSI Command's header, as `scsiCommand.decode` does. */
export function readScsiCommand(bhs: Uint8Array): ScsiCommandBhs {
  const flags = bhs[1] as number;
  return {
    final: (flags & 0x80) !== 0,
    read: (flags & 0x40) !== 0,
    write: (flags & 0x20) !== 0,
    attribute: flags & 0x07,
    initiatorTaskTag: getU32(bhs, 16),
    expectedDataTransferLength: getU32(bhs, 20),
    cmdSN: getU32(bhs, 24),
    expStatSN: getU32(bhs, 28),
    cdb: bhs.subarray(32, 48),
  };
}

/** Additional header segments of a SCSI Command, taken apart. */
export interface CommandAhs {
  /** The CDB's bytes from the 17th on, without padding; null when the BHS holds all of it. */
  readonly extendedCdb: Uint8Array | null;
  /** Bytes the initiator is ready to read in a bidirectional command, or null. */
  readonly bidirectionalReadLength: number | null;
}

/** Reads additional header segments; null when they are malformed. [RFC7143 11.2.2] */
export function readCommandAhs(ahs: NonNullable<Pdu["ahs"]>): CommandAhs | null {
  let extendedCdb: Uint8Array | null = null;
  let bidirectionalReadLength: number | null = null;
  let at = 0;
  while (at + 4 <= ahs.length) {
    const length = ((ahs[at] as number) << 8) | (ahs[at + 1] as number);
    const end = at + 3 + length;
    if (length === 0 || end > ahs.length) return null;
    const type = ahs[at + 2];
    if (type === AHS_EXTENDED_CDB && extendedCdb === null) {
      extendedCdb = ahs.subarray(at + 4, end);
    } else if (
      type === AHS_BIDIRECTIONAL_READ_LENGTH &&
      bidirectionalReadLength === null &&
      length === 5
    ) {
      bidirectionalReadLength = getU32(ahs, at + 4);
    } else {
      return null;
    }
    at = (end + 3) & ~3;
  }
  return at >= ahs.length ? { extendedCdb, bidirectionalReadLength } : null;
}

/**
 * Writes a SCSI Response without bidirectional residuals into a zeroed header, as
 * `scsiResponse.encode` does. At most one of `overflow` and `underflow`.
 */
export function writeScsiResponse(
  bhs: Uint8Array,
  fields: {
    readonly overflow: boolean;
    readonly underflow: boolean;
    readonly response: number;
    readonly status: number;
    readonly initiatorTaskTag: number;
    readonly statSN: number;
    readonly expCmdSN: number;
    readonly maxCmdSN: number;
    readonly expDataSN: number;
    readonly residualCount: number;
  },
): void {
  bhs[0] = scsiResponse.opcode;
  bhs[1] = 0x80 | (fields.overflow ? 0x04 : 0) | (fields.underflow ? 0x02 : 0);
  bhs[2] = fields.response;
  bhs[3] = fields.status;
  putU32(bhs, 16, fields.initiatorTaskTag);
  putU32(bhs, 24, fields.statSN);
  putU32(bhs, 28, fields.expCmdSN);
  putU32(bhs, 32, fields.maxCmdSN);
  putU32(bhs, 36, fields.expDataSN);
  putU32(bhs, 44, fields.residualCount);
}
