/**
 * REQUEST SENSE: the unit attention that waits for this nexus, as parameter data and thereby
 * reported; NO SENSE when none waits, for all other sense comes with its status.
 * [SPC-4 REQUEST SENSE]
 */
import {
  LOGICAL_UNIT_NOT_SUPPORTED,
  NO_ADDITIONAL_SENSE_INFORMATION,
  type Sense,
  encodeSense,
  requestSense as row,
} from "node-scsi-cdb";
import { command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";

function pendingSense(task: Task, unit: Unit): Sense {
  if (unit.isVacant) return { code: LOGICAL_UNIT_NOT_SUPPORTED };
  return unit.unitAttentions.take(task.nexus.id) ?? { code: NO_ADDITIONAL_SENSE_INFORMATION };
}

export const requestSense = command({
  row,
  reservation: "allowed",
  needsMedium: false,
  writes: false,
  bypassesUnitAttention: true,
  runsWithoutUnit: true,
  execute(cdb, task, unit) {
    const data = encodeSense(pendingSense(task, unit), cdb.desc ? "descriptor" : "fixed");
    unit.goodWithData(task, data, cdb.allocationLength);
  },
});
