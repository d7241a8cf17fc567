/** WRITE (6), (10), (12) and (16): blocks from the initiator. [SBC-3 WRITE] */
import { type Cdb, blocksOf6, write10, write12, write16, write6 } from "node-scsi-cdb";
import { sliceChunks } from "../../base/bytes";
import { type Command, command } from "../command";
import { type BlockRange, blocksThatCame, checkTransfer, mustBeStable, refuse } from "./transfer";

interface Write extends BlockRange {
  readonly wrprotect: number;
  readonly fua: boolean;
}

function shortWrite(cdb: BlockRange): Write {
  return { lba: cdb.lba, blockCount: blocksOf6(cdb), wrprotect: 0, fua: false };
}

function longWrite(cdb: Write): Write {
  return cdb;
}

function writeCommand<R extends Command["row"]>(row: R, parse: (cdb: Cdb<R>) => Write): Command {
  return command({
    row,
    reservation: "conflict",
    needsMedium: true,
    writes: true,
    check(cdb, unit, task) {
      const write = parse(cdb);
      if (write.wrprotect !== 0) return refuse(row, "wrprotect");
      return checkTransfer(row, write, { unit, expectedLength: task.dataOutMax });
    },
    dataOutLength: (cdb, unit) => parse(cdb).blockCount * unit.device.geometry.blockSize,
    execute(cdb, task, unit) {
      const { blockSize } = unit.device.geometry;
      const { lba, blockCount: asked, fua } = parse(cdb);
      const blockCount = blocksThatCame(asked, task, unit);
      if (blockCount === 0) return unit.good(task);
      const data = sliceChunks(task.dataOut, 0, blockCount * blockSize);
      const job = { op: "write", lba, blockCount, data, fua: mustBeStable(fua, unit) } as const;
      unit.run(task, job, () => unit.good(task));
    },
  });
}

export const writeCommands: readonly Command[] = [
  writeCommand(write6, shortWrite),
  writeCommand(write10, longWrite),
  writeCommand(write12, longWrite),
  writeCommand(write16, longWrite),
];
