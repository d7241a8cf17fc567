/**
 * What an action does to one replica of a logical unit: the same at every controller, but for the
 * tasks and nexuses, of which each has its own. Deciding in which order actions come is not here,
 * nor is asking for one.
 */
import {
  COMMANDS_CLEARED_BY_ANOTHER_INITIATOR,
  INTERNAL_TARGET_FAILURE,
  type Sense,
} from "node-scsi-cdb";
import { unreachable } from "../base/assert";
import { reservationRuleOf } from "./command";
import type { Execution } from "./execution";
import type { LogicalUnit } from "./logical-unit";
import type { NexusNames } from "./nexus";
import type { Task } from "./task";
import {
  type ActionAnswer,
  type ActionOutcome,
  type CheckConditionAction,
  type CommandAction,
  NOT_AN_ACTION,
  RESET_ATTENTIONS,
  type UnitAction,
  decodeAction,
  encodeAnswer,
} from "./unit-action";

type Done = (answer: ActionAnswer) => void;

const GENERATIONS = 2 ** 32;

/** The answer where what changed cannot be kept; it has changed all the same. */
const NOT_KEPT: Sense = { code: INTERNAL_TARGET_FAILURE };

/**
 * Applies an action as it was encoded. The replica has changed when this returns; `done` comes with
 * the answer when the tasks that the action ends here have ended, and what the unit is to remember
 * is kept.
 */
export function applyAction(
  unit: LogicalUnit,
  bytes: Uint8Array,
  done: (answer: Uint8Array) => void,
): void {
  const action = decodeAction(bytes);
  if (action === null) done(encodeAnswer(NOT_AN_ACTION));
  else apply(unit, action, (answer) => done(encodeAnswer(answer)));
}

function apply(unit: LogicalUnit, action: UnitAction, done: Done): void {
  switch (action.type) {
    case "command":
      return applyCommand(unit, action, done);
    case "reset":
      return reset(unit, action, done);
    case "clear-task-set":
      return clearTaskSet(unit, action.nexus, done);
    case "nexus-lost":
      nexusLost(unit, action.nexus);
      return done("good");
    case "operation-step":
      unit.operation.step(action.step, action.nexus.relativeTargetPort);
      unit.work.changed();
      // What is not kept of it is done once more.
      return unit.keeper.keep(unit, () => done("good"));
    case "check-condition":
      return checkCondition(unit, action, done);
    case "clear-aca":
      return clearAca(unit, action.nexus, done);
    default:
      return unreachable(action);
  }
}

/** A command is answered when what it has the unit remember is kept. */
function applyCommand(unit: LogicalUnit, action: CommandAction, done: Done): void {
  runCommand(unit, action, (answer) => {
    unit.keeper.keep(unit, (isKept) => done(isKept || answer !== "good" ? answer : NOT_KEPT));
  });
}

function runCommand(unit: LogicalUnit, action: CommandAction, done: Done): void {
  // Its task may have been aborted by what came between, at the controller that has the task.
  if (action.generation !== unit.generation) return done("void");
  const { answer, attentions = [], abort = [], terminate = null } = outcomeOf(unit, action);
  const { name } = action.nexus;
  for (const { to, sense } of attentions) {
    if (to === "all") unit.unitAttentions.establishForAll(sense, null);
    else if (to === "others") unit.unitAttentions.establishForAll(sense, name);
    else for (const each of to) unit.unitAttentions.establishFor(each, sense);
  }
  const isOwn = (task: Task): boolean => isTaskOf(action, task);
  if (terminate !== null) return terminateTasks(unit, isOwn, terminate, () => done(answer));
  if (abort.length === 0) return done(answer);
  const names = new Set(abort);
  for (const each of names) {
    unit.aca.clear(each);
    // [SPC-4 5.13.11.2.6] what the preempted have prevented, they have allowed.
    unit.removal.allow(each);
  }
  const covered = unit.select((task) => names.has(task.nexus.name) && !isTaskOf(action, task));
  abortTasks(unit, covered, { by: name, isTold: unit.modePages.hasTaskAbortedStatus }, () =>
    done(answer),
  );
  unit.acaChanged();
}

/** Whether it is the task that an action comes from. */
function isTaskOf({ nexus, tag }: CommandAction | CheckConditionAction, task: Task): boolean {
  return task.nexus.name === nexus.name && task.tag === tag;
}

function outcomeOf(unit: LogicalUnit, action: CommandAction): ActionOutcome {
  const { cdb, nexus } = action;
  const command = unit.commands.find(cdb);
  if (command?.apply === undefined || cdb.length < command.row.length) {
    return { answer: NOT_AN_ACTION };
  }
  const rule = reservationRuleOf(command, cdb);
  if (!unit.reservation.allows(nexus, rule)) return { answer: "conflict" };
  return command.apply(command.row.decode(cdb), action, unit);
}

/**
 * Aborts all tasks, ends what RESERVE made, starts the unit, sets the mode pages back and tells
 * every nexus, also the one that asked for it. [SAM-5 6.3.3]
 */
function reset(
  unit: LogicalUnit,
  { nexus, kind }: Extract<UnitAction, { type: "reset" }>,
  done: Done,
): void {
  const isTold = unit.modePages.hasTaskAbortedStatus;
  unit.reservation.reset();
  unit.copies.reset();
  unit.removal.allowAll();
  unit.modePages.reset();
  unit.aca.clearAll();
  unit.isStopped = false;
  unit.unitAttentions.establishForAll({ code: RESET_ATTENTIONS[kind] }, null);
  const all = unit.select(() => true);
  abortTasks(unit, all, { by: nexus.name, isTold }, () => done("good"));
  unit.records.selfTests.abort("reset");
}

/** By TST the task set is that of all nexuses or of the one. [SAM-5 7.5] */
function clearTaskSet(unit: LogicalUnit, { name }: NexusNames, done: Done): void {
  const isOwn = unit.modePages.hasTaskSetPerNexus;
  const covered = unit.select((task) => !isOwn || task.nexus.name === name);
  clearTasks(unit, covered, name, () => done("good"));
}

/** Others learn of it by TASK ABORTED or by a unit attention, never by both. [SAM-5 5.6] */
function clearTasks(
  unit: LogicalUnit,
  covered: readonly Execution[],
  by: string,
  onEnded: () => void,
): void {
  const isTold = unit.modePages.hasTaskAbortedStatus;
  if (!isTold) {
    const affected = new Set(covered.map(({ task }) => task.nexus.name));
    affected.delete(by);
    for (const other of affected) {
      unit.unitAttentions.establishFor(other, { code: COMMANDS_CLEARED_BY_ANOTHER_INITIATOR });
    }
  }
  abortTasks(unit, covered, { by, isTold }, onEnded);
}

/** With it goes what it RESERVEd, and the ACA condition that it would have had to deal with. */
function nexusLost(unit: LogicalUnit, { name }: NexusNames): void {
  unit.reservation.nexusLost(name);
  unit.removal.allow(name);
  if (!unit.aca.isFaulted(name)) return;
  unit.aca.clear(name);
  nextGeneration(unit);
  unit.acaChanged();
}

/**
 * The order of tasks with CHECK CONDITION is that of their actions: one that comes while another's
 * condition stops its task set is void. QERR says which other tasks end before the status is sent.
 * [SAM-5 5.9.2, SPC-4 Control mode page, QERR]
 */
function checkCondition(unit: LogicalUnit, action: CheckConditionAction, done: Done): void {
  const { nexus, establishes, isAca } = action;
  const { name } = nexus;
  const { aca, modePages } = unit;
  const ends = isAca && aca.isFaulted(name);
  const isLate = action.generation !== unit.generation;
  if (isLate || (aca.concerns(name) && !ends)) return done("void");
  if (ends) aca.clear(name);
  if (establishes) aca.establish(name, !modePages.hasTaskSetPerNexus);
  if (modePages.queueErrorManagement === "none") {
    done("good");
  } else {
    const isOwn = modePages.queueErrorManagement === "own" || modePages.hasTaskSetPerNexus;
    const covered = unit.select(
      (task) => (!isOwn || task.nexus.name === name) && !isTaskOf(action, task),
    );
    clearTasks(unit, covered, name, () => done("good"));
  }
  unit.acaChanged();
}

/** Without effect, and no error, by who has no condition to clear. [SAM-5 7.4] */
function clearAca(unit: LogicalUnit, { name }: NexusNames, done: Done): void {
  if (!unit.aca.isFaulted(name)) return done("good");
  unit.aca.clear(name);
  const covered = unit.select(({ nexus, attribute }) => nexus.name === name && attribute === "aca");
  abortTasks(unit, covered, { by: name, isTold: false }, () => done("good"));
  unit.acaChanged();
}

/**
 * Ends what runs or waits for its data, so that nothing of it comes behind what an operation on the
 * medium does; what other tasks wait for is their gate's affair. [SBC-4 4.11.2, 4.33]
 */
function terminateTasks(
  unit: LogicalUnit,
  isOwn: (task: Task) => boolean,
  sense: Sense,
  onEnded: () => void,
): void {
  unit.generation = (unit.generation + 1) % GENERATIONS;
  const others = unit.select((task) => !isOwn(task)).filter(({ state }) => state !== "dormant");
  unit.terminate(others, sense, () => {
    unit.work.begin();
    onEnded();
  });
}

/** From here on what was proposed before is void, at every controller. */
function abortTasks(
  unit: LogicalUnit,
  covered: readonly Execution[],
  how: { readonly by: string; readonly isTold: boolean },
  onEnded: () => void,
): void {
  nextGeneration(unit);
  unit.abort(covered, { ...how, isOrdered: true }, onEnded);
}

function nextGeneration(unit: LogicalUnit): void {
  unit.generation = (unit.generation + 1) % GENERATIONS;
}
