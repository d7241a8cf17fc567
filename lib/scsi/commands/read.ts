/** READ (6), (10), (12) and (16): blocks to the initiator. [SBC-3 READ] */
import { type Cdb, blocksOf6, read10, read12, read16, read6 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import { type BlockRange, checkTransfer, refuse } from "./transfer";

interface Read extends BlockRange {
  readonly rdprotect: number;
  readonly fua: boolean;
}

function shortRead(cdb: BlockRange): Read {
  return { lba: cdb.lba, blockCount: blocksOf6(cdb), rdprotect: 0, fua: false };
}

function longRead(cdb: Read): Read {
  return cdb;
}

function readCommand<R extends Command["row"]>(row: R, parse: (cdb: Cdb<R>) => Read): Command {
  return command({
    row,
    reservation: "read",
    needsMedium: true,
    writes: false,
    check(cdb, unit, task) {
      const read = parse(cdb);
      if (read.rdprotect !== 0) return refuse(row, "rdprotect");
      return checkTransfer(row, read, { unit, expectedLength: task.dataInMax });
    },
    execute(cdb, task, unit) {
      const { lba, blockCount, fua } = parse(cdb);
      if (blockCount === 0) return unit.good(task);
      const read = (): void => unit.read(task, lba, blockCount, () => unit.good(task));
      const { readsMedium, hasWriteCache } = unit.modePages;
      if (!(fua || readsMedium) || !hasWriteCache) return read();
      // FUA and RCD read the medium: what only the cache holds goes there first. [SBC-3 READ (10)]
      unit.run(task, { op: "flush", lba, blockCount }, read);
    },
  });
}

export const readCommands: readonly Command[] = [
  readCommand(read6, shortRead),
  readCommand(read10, longRead),
  readCommand(read12, longRead),
  readCommand(read16, longRead),
];
