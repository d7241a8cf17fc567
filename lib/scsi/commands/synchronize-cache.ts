/** SYNCHRONIZE CACHE (10) and (16): what was written is stable. [SBC-3 SYNCHRONIZE CACHE] */
import { synchronizeCache10, synchronizeCache16 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import { checkRange, toTheEnd } from "./transfer";

function synchronizeCache(row: typeof synchronizeCache10 | typeof synchronizeCache16): Command {
  return command({
    row,
    reservation: "conflict",
    needsMedium: true,
    writes: false,
    check: (cdb, unit) => checkRange(toTheEnd(cdb, unit), unit),
    // IMMED too waits for the flush: a failure after the status would have no task to tell it.
    execute({ lba, blockCount }, task, unit) {
      unit.run(task, { op: "flush", lba, blockCount }, () => unit.good(task));
    },
  });
}

export const synchronizeCacheCommands: readonly Command[] = [
  synchronizeCache(synchronizeCache10),
  synchronizeCache(synchronizeCache16),
];
