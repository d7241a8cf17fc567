/** START STOP UNIT: starts, stops, loads and ejects. [SBC-3 START STOP UNIT] */
import {
  MEDIUM_NOT_PRESENT,
  NOT_READY_TO_READY_CHANGE_MEDIUM_MAY_HAVE_CHANGED,
  startStopUnit as row,
} from "node-scsi-cdb";
import { command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

function start(loads: boolean, task: Task, unit: Unit): void {
  if (!unit.isMediumPresent && !loads) return unit.fail(task, { code: MEDIUM_NOT_PRESENT });
  if (!unit.isMediumPresent) {
    unit.isMediumPresent = true;
    const code = NOT_READY_TO_READY_CHANGE_MEDIUM_MAY_HAVE_CHANGED;
    unit.attentionForAll({ code }, task.nexus);
  }
  unit.isStopped = false;
  unit.good(task);
}

/** A removable medium is there or not there, and ready while it is: only a fixed one is stopped. */
function stop(ejects: boolean, task: Task, unit: Unit): void {
  if (ejects) unit.isMediumPresent = false;
  else unit.isStopped = !unit.profile.removable;
  unit.good(task);
}

export const startStopUnit = command({
  row,
  reservation: "conflict",
  needsMedium: false,
  writes: false,
  check: ({ powerCondition, loej }, unit) =>
    powerCondition === 0 && loej && !unit.profile.removable ? refuse(row, "loej") : null,
  // IMMED too waits for the flush: a failure after the status would have no task to tell it.
  execute({ powerCondition, noFlush, loej, start: starts }, task, unit) {
    // A power condition has START and LOEJ mean nothing, and there is no power to save here.
    if (powerCondition !== 0) return unit.good(task);
    if (starts) return start(loej, task, unit);
    if (noFlush || !unit.isMediumPresent) return stop(loej, task, unit);
    unit.run(task, { op: "flush", lba: 0, blockCount: 0 }, () => stop(loej, task, unit));
  },
});
