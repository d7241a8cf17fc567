/**
 * REQUEST SENSE: the unit attention that waits for this nexus, as parameter data and thereby
 * reported; else how far an operation on the medium is, or that it failed; else NO SENSE, for all
 * other sense comes with its status. [SPC-4 REQUEST SENSE, SBC-4 4.11.2, 4.33]
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
  const waiting = unit.unitAttentions.take(task.nexus.id) ?? unit.operation.sense;
  return waiting ?? { code: NO_ADDITIONAL_SENSE_INFORMATION };
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
