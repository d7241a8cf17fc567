/**
 * The task management functions: which units and tasks each covers, and who is told of it. Each is
 * answered when every task it covers has ended. [SAM-5 7, RFC7143 11.5.1]
 */
import {
  BUS_DEVICE_RESET_FUNCTION_OCCURRED,
  COMMANDS_CLEARED_BY_ANOTHER_INITIATOR,
  POWER_ON_OCCURRED,
  SCSI_BUS_RESET_OCCURRED,
  type SenseCode,
} from "node-scsi-cdb";
import { unreachable } from "../base/assert";
import type { LogicalUnit } from "./logical-unit";
import type { Task } from "./task";
import type { TaskManagement } from "./transport";

/** Carries out a function on the units of a target, by LUN. */
export function manageTasks(
  request: TaskManagement,
  units: ReadonlyMap<number, LogicalUnit>,
): void {
  const unit = request.lun === null ? undefined : units.get(request.lun);
  switch (request.function) {
    case "target-warm-reset":
      resetUnits(request, [...units.values()], SCSI_BUS_RESET_OCCURRED);
      break;
    case "target-cold-reset":
      resetUnits(request, [...units.values()], POWER_ON_OCCURRED);
      break;
    case "logical-unit-reset":
      if (unit === undefined) request.onDone("lun-does-not-exist");
      else resetUnits(request, [unit], BUS_DEVICE_RESET_FUNCTION_OCCURRED);
      break;
    case "abort-task":
    case "abort-task-set":
    case "clear-task-set":
      if (unit === undefined) request.onDone("lun-does-not-exist");
      else abortTasks(request, unit, COVERED[request.function]);
      break;
    case "clear-aca":
      // NormACA is 0: the unit knows no auto contingent allegiance. [SAM-5 7.4]
      request.onDone("function-not-supported");
      break;
    default:
      unreachable(request.function);
  }
}

/** The tasks of a unit that a function covers. TST is 000b: one task set for all. [SPC-4 7.5.8] */
type Covered = (task: Task, request: TaskManagement) => boolean;

const COVERED = {
  "abort-task": (task, { nexus, referencedTag }) =>
    task.nexus.id === nexus.id && task.tag === referencedTag,
  "abort-task-set": (task, { nexus }) => task.nexus.id === nexus.id,
  "clear-task-set": () => true,
} satisfies Record<string, Covered>;

function abortTasks(request: TaskManagement, unit: LogicalUnit, isCovered: Covered): void {
  const { nexus, onDone } = request;
  const covered = unit.select((task) => isCovered(task, request));
  if (request.function === "abort-task" && covered.length === 0) {
    // Whether it has been there and ended, the transport knows. [RFC7143 11.6.1]
    onDone("task-does-not-exist");
    return;
  }
  // Others learn of it by TASK ABORTED or by a unit attention, never by both. [SAM-5 5.6]
  if (!unit.modePages.hasTaskAbortedStatus) {
    const affected = new Set(covered.map(({ task }) => task.nexus.id));
    affected.delete(nexus.id);
    for (const nexusId of affected) {
      unit.unitAttentions.establish(nexusId, { code: COMMANDS_CLEARED_BY_ANOTHER_INITIATOR });
    }
  }
  unit.abort(covered, nexus, () => onDone("function-complete"));
}

function resetUnits(
  request: TaskManagement,
  units: readonly LogicalUnit[],
  attention: SenseCode,
): void {
  let busy = units.length;
  if (busy === 0) request.onDone("function-complete");
  for (const unit of units) {
    unit.reset({ code: attention }, request.nexus, () => {
      if (--busy === 0) request.onDone("function-complete");
    });
  }
}
