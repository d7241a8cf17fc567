/**
 * The task management functions, one row each: which units and tasks each covers, and when it is
 * answered: when every task it covers has ended. What concerns the tasks of one nexus is done here;
 * what concerns those of all is an action for all controllers of the unit. [SAM-5 7, RFC7143
 * 11.5.1, RFC7144 4.2.1]
 */
import { I_T_NEXUS_LOSS_OCCURRED, bits, format, uint } from "node-scsi-cdb";
import type { LogicalUnit } from "./logical-unit";
import type { Task } from "./task";
import type { TaskManagement, TaskManagementFunction, TaskManagementResponse } from "./transport";
import type { ActionAnswer, ResetKind, UnitAction } from "./unit-action";

/** The units of a target, by LUN. */
type Units = ReadonlyMap<number, LogicalUnit>;
type AtUnit = (request: TaskManagement, unit: LogicalUnit) => void;

interface FunctionRow {
  /** Its bit in REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS. */
  readonly bit: string;
  carryOut(request: TaskManagement, units: Units): void;
}

export const taskManagementFunctions: Readonly<Record<TaskManagementFunction, FunctionRow>> = {
  "abort-task": { bit: "ats", carryOut: atUnit(abortTask) },
  "abort-task-set": { bit: "atss", carryOut: atUnit(abortTaskSet) },
  "clear-aca": { bit: "cacas", carryOut: atUnit(clearAca) },
  "clear-task-set": { bit: "ctss", carryOut: atUnit(clearTaskSet) },
  "logical-unit-reset": {
    bit: "lurs",
    carryOut: atUnit((request, unit) => resetUnits(request, [unit], "logical-unit")),
  },
  "target-warm-reset": {
    bit: "trs",
    carryOut: (request, units) => resetUnits(request, [...units.values()], "target-warm"),
  },
  "target-cold-reset": {
    bit: "trs",
    carryOut: (request, units) => resetUnits(request, [...units.values()], "target-cold"),
  },
  "query-task": { bit: "qts", carryOut: atUnit(queryTasks(isReferenced)) },
  "query-task-set": { bit: "qtss", carryOut: atUnit(queryTasks(isOfNexus)) },
  "i-t-nexus-reset": { bit: "itnrs", carryOut: resetNexus },
  "query-asynchronous-event": { bit: "qaes", carryOut: atUnit(queryAsynchronousEvent) },
};

/** Carries out a function on the units of a target. */
export function manageTasks(request: TaskManagement, units: Units): void {
  taskManagementFunctions[request.function].carryOut(request, units);
}

/** What is done at the one unit that a request names. */
function atUnit(carryOut: AtUnit): FunctionRow["carryOut"] {
  return (request, units) => {
    const unit = request.lun === null ? undefined : units.get(request.lun);
    if (unit === undefined) request.onDone("lun-does-not-exist");
    else carryOut(request, unit);
  };
}

/** The tasks of a unit that a function is about. */
type Covered = (task: Task, request: TaskManagement) => boolean;

function isOfNexus(task: Task, { nexus }: TaskManagement): boolean {
  return task.nexus.id === nexus.id;
}

function isReferenced(task: Task, request: TaskManagement): boolean {
  return isOfNexus(task, request) && task.tag === request.referencedTag;
}

function abortTask(request: TaskManagement, unit: LogicalUnit): void {
  // Whether it has been there and ended, the transport knows. [RFC7143 11.6.1]
  const isThere = unit.select((task) => isReferenced(task, request)).length > 0;
  if (!isThere) request.onDone("task-does-not-exist");
  else abortCovered(request, unit, isReferenced, () => request.onDone("function-complete"));
}

function abortTaskSet(request: TaskManagement, unit: LogicalUnit): void {
  abortCovered(request, unit, isOfNexus, () => request.onDone("function-complete"));
}

function abortCovered(
  request: TaskManagement,
  unit: LogicalUnit,
  isCovered: Covered,
  onEnded: () => void,
): void {
  const covered = unit.select((task) => isCovered(task, request));
  unit.abort(covered, { by: request.nexus.name, isTold: false, isOrdered: false }, onEnded);
}

function clearAca(request: TaskManagement, unit: LogicalUnit): void {
  proposeToAll(request, [unit], { type: "clear-aca", nexus: request.nexus });
}

function clearTaskSet(request: TaskManagement, unit: LogicalUnit): void {
  proposeToAll(request, [unit], { type: "clear-task-set", nexus: request.nexus });
}

function resetUnits(request: TaskManagement, units: readonly LogicalUnit[], kind: ResetKind): void {
  proposeToAll(request, units, { type: "reset", nexus: request.nexus, kind });
}

/**
 * The nexus stays, and at every unit loses what a nexus loses that ends. Its tasks are here alone;
 * what it reserved, all controllers know. [SAM-5 6.3.4, 7.6]
 */
function resetNexus(request: TaskManagement, units: Units): void {
  const { nexus } = request;
  const all = [...units.values()];
  let busy = all.length;
  const ended = (): void => {
    // Behind the tasks: what they have proposed comes before it.
    if (--busy === 0) proposeToAll(request, all, { type: "nexus-lost", nexus });
  };
  for (const unit of all) {
    unit.unitAttentions.establish(nexus.id, { code: I_T_NEXUS_LOSS_OCCURRED });
    abortCovered(request, unit, isOfNexus, ended);
  }
  if (all.length === 0) request.onDone("function-complete");
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

/** Succeeds when there is such a task, and is complete when there is none. [SAM-5 7.8, 7.9] */
function queryTasks(isCovered: Covered): AtUnit {
  return (request, unit) => {
    const found = unit.select((task) => isCovered(task, request));
    request.onDone(found.length > 0 ? "function-succeeded" : "function-complete");
  };
}

/** [SAM-5 7.10] */
const asynchronousEvent = format({
  name: "Additional Response Information",
  length: 3,
  fields: {
    uadeDepth: bits(0, 5, 4, "UADE DEPTH"),
    senseKey: bits(0, 3, 0, "SENSE KEY"),
    asc: uint(1, 1, "ADDITIONAL SENSE CODE"),
    ascq: uint(2, 1, "ADDITIONAL SENSE CODE QUALIFIER"),
  },
});

/** Values of UADE DEPTH: how many conditions wait. */
const UadeDepth = { ONE: 1, SEVERAL: 2 } as const;

/** The unit attention that waits stays: it is reported once, to a command. */
function queryAsynchronousEvent({ nexus, onDone }: TaskManagement, unit: LogicalUnit): void {
  const sense = unit.unitAttentions.peek(nexus.id);
  if (sense === null) return onDone("function-complete");
  const { key, asc, ascq } = sense.code;
  const isOne = unit.unitAttentions.countOf(nexus.id) === 1;
  const uadeDepth = isOne ? UadeDepth.ONE : UadeDepth.SEVERAL;
  onDone("function-succeeded", asynchronousEvent.encode({ uadeDepth, senseKey: key, asc, ascq }));
}
