/**
 * PRE-FETCH (10) and (16): blocks that will be asked for soon are read, which brings them into the
 * operating system's cache. What it keeps of them nobody here knows, so the status is GOOD, never
 * CONDITION MET. [SBC-3 PRE-FETCH]
 */
import { preFetch10, preFetch16 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import { prefetchBlockCountMax } from "../vpd/block-limits";
import { looksAtNothing, scan } from "./scan";
import { checkRange, refuse, toTheEnd } from "./transfer";

function preFetch(row: typeof preFetch10 | typeof preFetch16): Command {
  return command({
    row,
    reservation: "read",
    needsMedium: true,
    writes: false,
    check(cdb, unit) {
      const outOfRange = checkRange(toTheEnd(cdb, unit), unit);
      if (outOfRange !== null) return outOfRange;
      return cdb.blockCount <= prefetchBlockCountMax(unit) ? null : refuse(row, "blockCount");
    },
    // IMMED too waits for the reads: after the status nobody could abort them.
    execute(cdb, task, unit) {
      const { lba, blockCount: asked } = toTheEnd(cdb, unit);
      // Of "all to the end" no more than can be asked for by number; GOOD says so.
      const blockCount = Math.min(asked, prefetchBlockCountMax(unit));
      scan({ task, unit }, { lba, blockCount }, looksAtNothing, () => unit.good(task));
    },
  });
}

export const preFetchCommands: readonly Command[] = [preFetch(preFetch10), preFetch(preFetch16)];
