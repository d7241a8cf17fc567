/** START STOP UNIT: starts, stops, loads and ejects. [SBC-3 START STOP UNIT] */
import {
  type Cdb,
  MEDIUM_NOT_PRESENT,
  MEDIUM_REMOVAL_PREVENTED,
  NOT_READY_TO_READY_CHANGE_MEDIUM_MAY_HAVE_CHANGED,
  startStopUnit as row,
} from "node-scsi-cdb";
import { command } from "../command";
import type { Unit } from "../unit";
import type { ActionOutcome } from "../unit-action";
import { refuse } from "./transfer";

const GOOD: ActionOutcome = { answer: "good" };
const MEDIUM_CHANGED = { code: NOT_READY_TO_READY_CHANGE_MEDIUM_MAY_HAVE_CHANGED };

function start(loads: boolean, unit: Unit): ActionOutcome {
  if (!unit.isMediumPresent && !loads) return { answer: { code: MEDIUM_NOT_PRESENT } };
  const isLoaded = !unit.isMediumPresent;
  if (unit.isStopped) unit.records.counters.starts++;
  unit.isMediumPresent = true;
  unit.isStopped = false;
  if (!isLoaded) return GOOD;
  return { answer: "good", attentions: [{ to: "others", sense: MEDIUM_CHANGED }] };
}

/** A removable medium is there or not there, and ready while it is: only a fixed one is stopped. */
function stop(ejects: boolean, unit: Unit): ActionOutcome {
  if (ejects && unit.removal.isPrevented) return { answer: { code: MEDIUM_REMOVAL_PREVENTED } };
  if (ejects) unit.isMediumPresent = false;
  else unit.isStopped = !unit.profile.removable;
  return GOOD;
}

/** What is cached is to be stable before the unit stops. */
function flushesFirst(cdb: Cdb<typeof row>, unit: Unit): boolean {
  const { powerCondition, noFlush, start: starts } = cdb;
  return powerCondition === 0 && !starts && !noFlush && unit.isMediumPresent;
}

export const startStopUnit = command({
  row,
  reservation: "conflict",
  // To start a unit takes nothing from whoever reserved it. [SBC-3 reservations, SPC-2 B.1]
  reservationBy: ({ powerCondition, start: starts }) =>
    starts && powerCondition === 0 ? "allowed" : "conflict",
  needsMedium: false,
  writes: false,
  check: ({ powerCondition, loej }, unit) =>
    powerCondition === 0 && loej && !unit.profile.removable ? refuse(row, "loej") : null,
  // IMMED too waits for the flush: a failure after the status would have no task to tell it.
  prepare(cdb, task, unit, then) {
    if (flushesFirst(cdb, unit)) unit.run(task, { op: "flush", lba: 0, blockCount: 0 }, then);
    else then();
  },
  apply({ powerCondition, loej, start: starts }, _action, unit) {
    // A power condition has START and LOEJ mean nothing, and there is no power to save here.
    if (powerCondition !== 0) return GOOD;
    return starts ? start(loej, unit) : stop(loej, unit);
  },
});
