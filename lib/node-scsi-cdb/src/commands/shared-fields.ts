/**
 * Fields that stand in the same place in many CDBs of one length. Not rows: each family's file puts
 * them together. [SPC-4 4.2.2, SBC-3 4.2.3]
 */
import { type Field, bits, flag, uint } from "../fields";

const LBA = "LOGICAL BLOCK ADDRESS";
const GROUP = "GROUP NUMBER";

interface BlockRange {
  readonly lba: Field<number>;
  readonly blockCount: Field<number>;
  readonly group: Field<number>;
}

/** LBA, count and group of a 10-byte CDB; the count's label differs between commands. */
export function blocks10(countLabel = "TRANSFER LENGTH"): BlockRange {
  return { lba: uint(2, 4, LBA), group: bits(6, 4, 0, GROUP), blockCount: uint(7, 2, countLabel) };
}

/** The same of a 12-byte CDB. */
export function blocks12(countLabel = "TRANSFER LENGTH"): BlockRange {
  return { lba: uint(2, 4, LBA), blockCount: uint(6, 4, countLabel), group: bits(10, 4, 0, GROUP) };
}

/** The same of a 16-byte CDB. */
export function blocks16(countLabel = "TRANSFER LENGTH"): BlockRange {
  return {
    lba: uint(2, 8, LBA),
    blockCount: uint(10, 4, countLabel),
    group: bits(14, 4, 0, GROUP),
  };
}

/** The 21-bit address and 8-bit count of READ (6) and WRITE (6). `blocksOf6` reads the count. */
export const blocks6 = {
  lba: uint(1, 3, LBA, { high: 4 }),
  blockCount: uint(4, 1, "TRANSFER LENGTH"),
};

/** Blocks that READ (6) or WRITE (6) moves: a TRANSFER LENGTH of 0 means 256. [SBC-2 READ (6)] */
export function blocksOf6(cdb: { readonly blockCount: number }): number {
  return cdb.blockCount === 0 ? 256 : cdb.blockCount;
}

/** DPO and FUA; FUA_NV went obsolete and does nothing. */
export const cacheControl = {
  dpo: flag(1, 4, "DPO"),
  fua: flag(1, 3, "FUA"),
  fuaNv: flag(1, 1, "FUA_NV (obsolete)", { ignored: true }),
};

/** Relative addressing of linked commands went obsolete; without a link the bit means nothing. */
export const reladr = { reladr: flag(1, 0, "RELADR (obsolete)", { ignored: true }) };

export const allocationLength = (byte: number, length: number): Field<number> =>
  uint(byte, length, "ALLOCATION LENGTH");

export const parameterListLength = (byte: number, length: number): Field<number> =>
  uint(byte, length, "PARAMETER LIST LENGTH");

/** For reading by hand. */
export function getU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function getU32(bytes: Uint8Array, at: number): number {
  return getU16(bytes, at) * 0x1_0000 + getU16(bytes, at + 2);
}

/**
 * Exact up to 2^53. Without the test a small number would come out of a multiplication, and so be
 * kept as another kind of number than one of READ (10): a cost to all who have both in one field.
 */
export function getU64(bytes: Uint8Array, at: number): number {
  const high = getU32(bytes, at);
  const low = getU32(bytes, at + 4);
  return high === 0 ? low : high * 0x1_0000_0000 + low;
}
