/**
 * COMPARE AND WRITE: writes blocks if they still are what the initiator thinks they are, and nobody
 * comes between; the test-and-set of cluster file systems. [SBC-3 COMPARE AND WRITE]
 */
import { type Cdb, compareAndWrite as row } from "node-scsi-cdb";
import { command } from "../command";
import type { Unit } from "../unit";
import { compareAndWriteBlockCountMax } from "../vpd/block-limits";
import { checkRange, mustBeStable, refuse } from "./transfer";

/** Bytes of both halves: the blocks to compare with, then the blocks to write. */
function dataOutLength({ blockCount }: Cdb<typeof row>, unit: Unit): number {
  return 2 * blockCount * unit.device.geometry.blockSize;
}

export const compareAndWrite = command({
  row,
  reservation: "conflict",
  needsMedium: true,
  writes: true,
  check(cdb, unit, task) {
    if (cdb.wrprotect !== 0) return refuse(row, "wrprotect");
    const outOfRange = checkRange(cdb, unit);
    if (outOfRange !== null) return outOfRange;
    // Where the second half begins is not known if the data is of another length.
    const isWhole = task.dataOutMax === dataOutLength(cdb, unit);
    const isBounded = cdb.blockCount <= compareAndWriteBlockCountMax;
    return isWhole && isBounded ? null : refuse(row, "blockCount");
  },
  dataOutLength,
  execute({ lba, blockCount, fua }, task, unit) {
    if (blockCount === 0) return unit.good(task);
    const data = task.dataOut;
    const request = { lba, blockCount, data, fua: mustBeStable(fua, unit) };
    unit.run(task, { op: "compare-and-write", ...request }, () => unit.good(task));
  },
});
