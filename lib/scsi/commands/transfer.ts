/**
 * What commands on a range of blocks have in common: where the range lies, how much may move at
 * once, what must be on stable storage. One place for each of these rules, no command.
 */
import {
  type FieldPointer,
  LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE,
  type Sense,
  invalidFieldInCdb,
} from "node-scsi-cdb";
import { lengthOf } from "../../base/bytes";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { transferBlockCountMax } from "../vpd/block-limits";

export interface BlockRange {
  /** First block. */
  readonly lba: number;
  readonly blockCount: number;
}

/** A row, as far as it tells where its fields stand. */
interface Pointing<Name extends string> {
  pointer(field: Name): FieldPointer;
}

/** INVALID FIELD IN CDB, with the place of the field. */
export function refuse<Name extends string>(row: Pointing<Name>, field: Name): Sense {
  return invalidFieldInCdb(row.pointer(field));
}

/** No block of the range, nor an empty range, may lie beyond the capacity. */
export function checkRange({ lba, blockCount }: BlockRange, unit: Unit): Sense | null {
  if (lba + blockCount <= unit.device.geometry.blockCount) return null;
  return { code: LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE };
}

/** A range of commands for which 0 blocks mean all blocks from the first on. */
export function toTheEnd({ lba, blockCount }: BlockRange, unit: Unit): BlockRange {
  if (blockCount !== 0) return { lba, blockCount };
  // At least the first has to be there.
  return { lba, blockCount: Math.max(1, unit.device.geometry.blockCount - lba) };
}

/**
 * The checks of READ and WRITE: the range goes before its length. `expectedLength` is what the
 * initiator expects to move, in bytes. [SBC-3 Block Limits VPD page]
 */
export function checkTransfer(
  row: Pointing<"blockCount">,
  range: BlockRange,
  { unit, expectedLength }: { readonly unit: Unit; readonly expectedLength: number },
): Sense | null {
  const outOfRange = checkRange(range, unit);
  if (outOfRange !== null) return outOfRange;
  const length = range.blockCount * unit.device.geometry.blockSize;
  // What overflows is a residual count, or by profile an error. [RFC7143 11.4.5.1]
  const isRefused = unit.profile.refusesOverflow === true && length > expectedLength;
  const isTooLong = range.blockCount > transferBlockCountMax(unit);
  return isTooLong || isRefused ? refuse(row, "blockCount") : null;
}

/**
 * An initiator may announce less data than its CDB asks for: as many whole blocks as came are
 * written, or compared, and the residual count tells the rest. [RFC7143 11.4.5.1]
 */
export function blocksThatCame(asked: number, { dataOut }: Task, unit: Unit): number {
  return Math.min(asked, Math.floor(lengthOf(dataOut) / unit.device.geometry.blockSize));
}

/** Whether a write has to be on stable storage before it ends: FUA, or no write cache. */
export function mustBeStable(fua: boolean, unit: Unit): boolean {
  return fua || !unit.modePages.hasWriteCache;
}
