/**
 * ORWRITE (16): sets the bits in blocks that are set in the data from the initiator, and nobody
 * comes between what is read and what is written. [SBC-3 ORWRITE (16)]
 */
import { orwrite16 as row } from "node-scsi-cdb";
import { sliceChunks } from "../../base/bytes";
import { command } from "../command";
import { blocksThatCame, checkTransfer, mustBeStable, refuse } from "./transfer";

export const orwrite = command({
  row,
  reservation: "conflict",
  needsMedium: true,
  writes: true,
  check(cdb, unit, task) {
    if (cdb.orprotect !== 0) return refuse(row, "orprotect");
    return checkTransfer(row, cdb, { unit, expectedLength: task.dataOutMax });
  },
  dataOutLength: ({ blockCount }, unit) => blockCount * unit.device.geometry.blockSize,
  execute({ lba, blockCount: asked, fua }, task, unit) {
    const blockCount = blocksThatCame(asked, task, unit);
    if (blockCount === 0) return unit.good(task);
    const data = sliceChunks(task.dataOut, 0, blockCount * unit.device.geometry.blockSize);
    const request = { lba, blockCount, data, fua: mustBeStable(fua, unit) };
    unit.run(task, { op: "or-write", ...request }, () => unit.good(task));
  },
});
