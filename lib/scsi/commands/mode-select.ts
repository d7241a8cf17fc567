/**
 * MODE SELECT (6) and (10): changes mode pages, all that the list names or none, and with SP saves
 * all there are. What may stand in the list is `mode-pages/mode-parameter-list.ts`.
 * [SPC-4 MODE SELECT]
 */
import { MODE_PARAMETERS_CHANGED, modeSelect10 as row10, modeSelect6 as row6 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import { type ModeHeader, modeHeader10, modeHeader6 } from "../mode-pages/mode-parameters";
import { parseModeParameterList } from "../mode-pages/mode-parameter-list";
import type { Unit } from "../unit";
import type { ActionOutcome } from "../unit-action";
import { refuse } from "./transfer";

const CHANGED = { code: MODE_PARAMETERS_CHANGED };

/** Applies a list and tells the other nexuses, if anything did change. */
function select(
  { list, sp }: { readonly list: Uint8Array; readonly sp: boolean },
  header: ModeHeader,
  unit: Unit,
): ActionOutcome {
  const { modePages, device } = unit;
  const { geometry } = device;
  const parsed = parseModeParameterList(list, { header, pages: modePages, geometry });
  if ("refusal" in parsed) return { answer: parsed.refusal };
  const isChanged = modePages.write(parsed.changes);
  if (sp) modePages.save();
  if (!isChanged) return { answer: "good" };
  return { answer: "good", attentions: [{ to: "others", sense: CHANGED }] };
}

function modeSelect(row: typeof row6 | typeof row10, header: ModeHeader): Command {
  return command({
    row,
    reservation: "conflict",
    needsMedium: false,
    writes: false,
    check(cdb) {
      // Without PF the pages would be vendor specific.
      return cdb.pf ? null : refuse(row, "pf");
    },
    dataOutLength: (cdb) => cdb.parameterListLength,
    apply: ({ sp }, { data }, unit) => select({ list: data, sp }, header, unit),
    // Without a write cache nothing may be left in it, whether this list turned it off or one that
    // came at the same time. [SBC-3 Caching mode page]
    conclude(_cdb, task, unit) {
      const { can } = unit.device;
      if (!can.volatileCache || unit.modePages.hasWriteCache) return unit.good(task);
      unit.run(task, { op: "flush", lba: 0, blockCount: 0 }, () => unit.good(task));
    },
  });
}

export const modeSelectCommands: readonly Command[] = [
  modeSelect(row6, modeHeader6),
  modeSelect(row10, modeHeader10),
];
