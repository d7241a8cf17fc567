/**
 * Block Limits, B0h, and the limits themselves: the commands that enforce a limit take it from
 * here, so that what the page tells is what holds. [SBC-3 Block Limits VPD page]
 */
import { flag, format, uint } from "node-scsi-cdb";
import { limits } from "../../base/limits";
import type { Unit } from "../unit";
import { isThin } from "./logical-block-provisioning";
import type { VpdPage } from "./vpd-page";

/** MAXIMUM COMPARE AND WRITE LENGTH in blocks: as many as the CDB can say. */
export const compareAndWriteBlockCountMax = 255;
/** MAXIMUM UNMAP LBA COUNT: blocks of all descriptors of one UNMAP together. */
export const unmapBlockCountMax = 0x10_0000;
/** MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT. */
export const unmapDescriptorCountMax = 256;
/** MAXIMUM WRITE SAME LENGTH in blocks. */
export const writeSameBlockCountMax = 0x8000;

/**
 * WSNZ: WRITE SAME of 0 blocks is refused. Only a fully provisioned unit takes 0 for all blocks to
 * the end; on a thin one a stray 0 would give them all back.
 */
export function refusesZeroBlocks(unit: Unit): boolean {
  return isThin(unit);
}

/** What a sparse store gives back at least. */
const UNMAP_GRANULE_BYTES = 4096;
const OPTIMAL_TRANSFER_BYTES = 1024 * 1024;

/** MAXIMUM TRANSFER LENGTH in blocks. */
export function transferBlockCountMax(unit: Unit): number {
  return limits.transferMax / unit.device.geometry.blockSize;
}

/** MAXIMUM PREFETCH LENGTH in blocks. */
export function prefetchBlockCountMax(unit: Unit): number {
  return transferBlockCountMax(unit);
}

/** MAXIMUM ATOMIC TRANSFER LENGTH in blocks: 0 where no write is atomic. */
export function atomicBlockCountMax(unit: Unit): number {
  const { can, geometry } = unit.device;
  return can.atomicWrites ? limits.atomicWriteMax / geometry.blockSize : 0;
}

const page = format({
  name: "Block Limits",
  length: 64,
  fields: {
    wsnz: flag(4, 0, "WSNZ"),
    maximumCompareAndWriteLength: uint(5, 1, "MAXIMUM COMPARE AND WRITE LENGTH"),
    optimalTransferLengthGranularity: uint(6, 2, "OPTIMAL TRANSFER LENGTH GRANULARITY"),
    maximumTransferLength: uint(8, 4, "MAXIMUM TRANSFER LENGTH"),
    optimalTransferLength: uint(12, 4, "OPTIMAL TRANSFER LENGTH"),
    maximumPrefetchLength: uint(16, 4, "MAXIMUM PREFETCH LENGTH"),
    maximumUnmapLbaCount: uint(20, 4, "MAXIMUM UNMAP LBA COUNT"),
    maximumUnmapBlockDescriptorCount: uint(24, 4, "MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT"),
    optimalUnmapGranularity: uint(28, 4, "OPTIMAL UNMAP GRANULARITY"),
    // An alignment of 0, which the page has where this is set: granules begin at block 0.
    ugaValid: flag(32, 7, "UGAVALID"),
    unmapGranularityAlignment: uint(32, 4, "UNMAP GRANULARITY ALIGNMENT", { high: 6 }),
    maximumWriteSameLength: uint(36, 8, "MAXIMUM WRITE SAME LENGTH"),
    maximumAtomicTransferLength: uint(44, 4, "MAXIMUM ATOMIC TRANSFER LENGTH"),
    atomicAlignment: uint(48, 4, "ATOMIC ALIGNMENT"),
    atomicTransferLengthGranularity: uint(52, 4, "ATOMIC TRANSFER LENGTH GRANULARITY"),
    maximumAtomicTransferLengthWithBoundary: uint(
      56,
      4,
      "MAXIMUM ATOMIC TRANSFER LENGTH WITH ATOMIC BOUNDARY",
    ),
    maximumAtomicBoundarySize: uint(60, 4, "MAXIMUM ATOMIC BOUNDARY SIZE"),
  },
});

export const blockLimits: VpdPage = {
  name: page.name,
  pageCode: 0xb0,
  encode(unit) {
    const { blockSize } = unit.device.geometry;
    const physicalBlock = 2 ** unit.profile.physicalBlockExponent;
    return page.encode({
      wsnz: refusesZeroBlocks(unit),
      maximumCompareAndWriteLength: compareAndWriteBlockCountMax,
      optimalTransferLengthGranularity: physicalBlock,
      maximumTransferLength: transferBlockCountMax(unit),
      optimalTransferLength: OPTIMAL_TRANSFER_BYTES / blockSize,
      maximumPrefetchLength: prefetchBlockCountMax(unit),
      maximumWriteSameLength: writeSameBlockCountMax,
      // Anywhere and of any length, but never cut at boundaries: the other limits are 0.
      maximumAtomicTransferLength: atomicBlockCountMax(unit),
      ...(isThin(unit) && {
        maximumUnmapLbaCount: unmapBlockCountMax,
        maximumUnmapBlockDescriptorCount: unmapDescriptorCountMax,
        ugaValid: true,
        optimalUnmapGranularity: Math.max(physicalBlock, UNMAP_GRANULE_BYTES / blockSize),
      }),
    });
  },
};
