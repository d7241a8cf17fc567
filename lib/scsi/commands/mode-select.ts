/**
 * MODE SELECT (6) and (10): changes mode pages, all that the list names or none. What may stand in
 * the list is `mode-pages/mode-parameter-list.ts`. [SPC-4 MODE SELECT]
 */
import { MODE_PARAMETERS_CHANGED, modeSelect10 as row10, modeSelect6 as row6 } from "node-scsi-cdb";
import { gather } from "../../base/bytes";
import { type Command, command } from "../command";
import { type ModeHeader, modeHeader10, modeHeader6 } from "../mode-pages/mode-parameters";
import { type ModeChanges, parseModeParameterList } from "../mode-pages/mode-parameter-list";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

/** Applies the changes and tells the other nexuses, if anything did change. */
function apply(changes: ModeChanges, task: Task, unit: Unit): void {
  const { modePages } = unit;
  const isChange = [...changes].some(
    ([page, bytes]) => Buffer.compare(bytes, modePages.read(page, "current")) !== 0,
  );
  if (!isChange) return unit.good(task);
  const hadWriteCache = modePages.hasWriteCache;
  modePages.write(changes);
  unit.attentionForAll({ code: MODE_PARAMETERS_CHANGED }, task.nexus);
  if (!hadWriteCache || modePages.hasWriteCache) return unit.good(task);
  // Without a write cache nothing may be left in it. [SBC-3 Caching mode page]
  unit.run(task, { op: "flush", lba: 0, blockCount: 0 }, () => unit.good(task));
}

function modeSelect(row: typeof row6 | typeof row10, header: ModeHeader): Command {
  return command({
    row,
    reservation: "conflict",
    needsMedium: false,
    writes: false,
    check(cdb) {
      // Without PF the pages would be vendor specific; nothing can be saved.
      if (!cdb.pf) return refuse(row, "pf");
      return cdb.sp ? refuse(row, "sp") : null;
    },
    dataOutLength: (cdb) => cdb.parameterListLength,
    execute(cdb, task, unit) {
      const list = gather(task.dataOut).subarray(0, cdb.parameterListLength);
      const parsed = parseModeParameterList(list, {
        header,
        pages: unit.modePages,
        geometry: unit.device.geometry,
      });
      if ("refusal" in parsed) return unit.fail(task, parsed.refusal);
      apply(parsed.changes, task, unit);
    },
  });
}

export const modeSelectCommands: readonly Command[] = [
  modeSelect(row6, modeHeader6),
  modeSelect(row10, modeHeader10),
];
