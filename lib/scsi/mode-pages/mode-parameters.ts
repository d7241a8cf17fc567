/**
 * What stands around the mode pages in a mode parameter list: the header, which the 6-byte and the
 * 10-byte commands have each in their own form, and the block descriptor.
 * [SPC-4 Mode parameter list format, SBC-3 Mode parameter block descriptors]
 */
import { type Values, flag, format, uint } from "node-scsi-cdb";
import type { Geometry } from "../../block/device";

const SHORT_BLOCK_COUNT_MAX = 0xffff_ffff;

export const modeHeader6 = format({
  name: "Mode parameter header (6)",
  length: 4,
  fields: {
    modeDataLength: uint(0, 1, "MODE DATA LENGTH"),
    mediumType: uint(1, 1, "MEDIUM TYPE"),
    wp: flag(2, 7, "WP"),
    dpofua: flag(2, 4, "DPOFUA"),
    blockDescriptorLength: uint(3, 1, "BLOCK DESCRIPTOR LENGTH"),
  },
});

export const modeHeader10 = format({
  name: "Mode parameter header (10)",
  length: 8,
  fields: {
    modeDataLength: uint(0, 2, "MODE DATA LENGTH"),
    mediumType: uint(2, 1, "MEDIUM TYPE"),
    wp: flag(3, 7, "WP"),
    dpofua: flag(3, 4, "DPOFUA"),
    longlba: flag(4, 0, "LONGLBA"),
    blockDescriptorLength: uint(6, 2, "BLOCK DESCRIPTOR LENGTH"),
  },
});

export type ModeHeader = typeof modeHeader6 | typeof modeHeader10;

export const shortBlockDescriptor = format({
  name: "Short LBA mode parameter block descriptor",
  length: 8,
  fields: {
    blockCount: uint(0, 4, "NUMBER OF LOGICAL BLOCKS"),
    blockSize: uint(5, 3, "LOGICAL BLOCK LENGTH"),
  },
});

export const longBlockDescriptor = format({
  name: "Long LBA mode parameter block descriptor",
  length: 16,
  fields: {
    blockCount: uint(0, 8, "NUMBER OF LOGICAL BLOCKS"),
    blockSize: uint(12, 4, "LOGICAL BLOCK LENGTH"),
  },
});

export type BlockDescriptor = typeof shortBlockDescriptor | typeof longBlockDescriptor;

/** A capacity that its field cannot hold is reported as all ones. */
export function blockDescriptorOf(
  descriptor: BlockDescriptor,
  { blockCount, blockSize }: Geometry,
): Values<BlockDescriptor["fields"]> {
  const isTooMany = descriptor === shortBlockDescriptor && blockCount > SHORT_BLOCK_COUNT_MAX;
  return { blockCount: isTooMany ? SHORT_BLOCK_COUNT_MAX : blockCount, blockSize };
}
