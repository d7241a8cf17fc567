/**
 * WRITE ATOMIC (16): blocks from the initiator that are written as a whole or not at all, whatever
 * ends the process, the power or one controller of a pair. That nobody reads half of them is true
 * of every write here. [SBC-4 WRITE ATOMIC (16)]
 */
import { type Cdb, type Sense, writeAtomic16 as row } from "node-scsi-cdb";
import { command } from "../command";
import type { Unit } from "../unit";
import { atomicBlockCountMax } from "../vpd/block-limits";
import { checkRange, mustBeStable, refuse } from "./transfer";

function dataOutLength({ blockCount }: Cdb<typeof row>, unit: Unit): number {
  return blockCount * unit.device.geometry.blockSize;
}

export const writeAtomic = command({
  row,
  supported: ({ device }) => device.can.atomicWrites,
  reservation: "conflict",
  needsMedium: true,
  writes: true,
  check(cdb, unit, task): Sense | null {
    if (cdb.wrprotect !== 0) return refuse(row, "wrprotect");
    // MAXIMUM ATOMIC BOUNDARY SIZE is 0.
    if (cdb.atomicBoundary !== 0) return refuse(row, "atomicBoundary");
    const outOfRange = checkRange(cdb, unit);
    if (outOfRange !== null) return outOfRange;
    // As many blocks as came, which is what other writes do with less data, would be a part.
    const isWhole = task.dataOutMax >= dataOutLength(cdb, unit);
    const isBounded = cdb.blockCount <= atomicBlockCountMax(unit);
    return isWhole && isBounded ? null : refuse(row, "blockCount");
  },
  dataOutLength,
  execute({ lba, blockCount, fua }, task, unit) {
    if (blockCount === 0) return unit.good(task);
    const request = { lba, blockCount, data: task.dataOut, fua: mustBeStable(fua, unit) };
    unit.run(task, { op: "write-atomic", ...request }, () => unit.good(task));
  },
});
