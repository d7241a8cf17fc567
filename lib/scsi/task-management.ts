/**
 * The task management functions: which units and tasks each covers, and when it is answered: when
 * every task it covers has ended. What concerns the tasks of one nexus is done here; what concerns
 * those of all is an action for all controllers of the unit. [SAM-5 7, RFC7143 11.5.1]
 */
import { unreachable } from "../base/assert";
import type { LogicalUnit } from "./logical-unit";
import type { Task } from "./task";
import type { TaskManagement, TaskManagementResponse } from "./transport";
import type { ActionAnswer, ResetKind, UnitAction } from "./unit-action";

/** Carries out a function on the units of a target, by LUN. */
export function manageTasks(
  request: TaskManagement,
  units: ReadonlyMap<number, LogicalUnit>,
): void {
  const { nexus } = request;
  const unit = request.lun === null ? undefined : units.get(request.lun);
  switch (request.function) {
    case "target-warm-reset":
      resetUnits(request, [...units.values()], "target-warm");
      break;
    case "target-cold-reset":
      resetUnits(request, [...units.values()], "target-cold");
      break;
    case "logical-unit-reset":
      if (unit === undefined) request.onDone("lun-does-not-exist");
      else resetUnits(request, [unit], "logical-unit");
      break;
    case "clear-task-set":
    case "clear-aca":
      if (unit === undefined) request.onDone("lun-does-not-exist");
      else proposeToAll(request, [unit], { type: request.function, nexus });
      break;
    case "abort-task":
    case "abort-task-set":
      if (unit === undefined) request.onDone("lun-does-not-exist");
      else abortTasks(request, unit, COVERED[request.function]);
      break;
    default:
      unreachable(request.function);
  }
}

/** The tasks of a unit that a function covers. */
type Covered = (task: Task, request: TaskManagement) => boolean;

const COVERED = {
  "abort-task": (task, { nexus, referencedTag }) =>
    task.nexus.id === nexus.id && task.tag === referencedTag,
  "abort-task-set": (task, { nexus }) => task.nexus.id === nexus.id,
} satisfies Record<string, Covered>;

function abortTasks(request: TaskManagement, unit: LogicalUnit, isCovered: Covered): void {
  const { nexus, onDone } = request;
  const covered = unit.select((task) => isCovered(task, request));
  if (request.function === "abort-task" && covered.length === 0) {
    // Whether it has been there and ended, the transport knows. [RFC7143 11.6.1]
    onDone("task-does-not-exist");
    return;
  }
  const how = { by: nexus.name, isTold: false, isOrdered: false };
  unit.abort(covered, how, () => onDone("function-complete"));
}

function resetUnits(request: TaskManagement, units: readonly LogicalUnit[], kind: ResetKind): void {
  proposeToAll(request, units, { type: "reset", nexus: request.nexus, kind });
}

/** Answers when the action is done at every unit; a unit that cannot have it makes it rejected. */
function proposeToAll(
  { onDone }: TaskManagement,
  units: readonly LogicalUnit[],
  action: UnitAction,
): void {
  let response: TaskManagementResponse = "function-complete";
  let busy = units.length;
  if (busy === 0) onDone(response);
  const done = (answer: ActionAnswer | "unavailable"): void => {
    if (answer !== "good") response = "function-rejected";
    if (--busy === 0) onDone(response);
  };
  for (const unit of units) unit.propose(action, done);
}
