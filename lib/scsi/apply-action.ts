/**
 * What an action does to one replica of a logical unit: the same at every controller, but for the
 * tasks and nexuses, of which each has its own. Deciding in which order actions come is not here,
 * nor is asking for one.
 */
import { COMMANDS_CLEARED_BY_ANOTHER_INITIATOR, type Sense } from "node-scsi-cdb";
import { unreachable } from "../base/assert";
import { reservationRuleOf } from "./command";
import type { Execution } from "./execution";
import type { LogicalUnit } from "./logical-unit";
import type { NexusNames } from "./nexus";
import type { Task } from "./task";
import {
  type ActionAnswer,
  type ActionOutcome,
  type CommandAction,
  NOT_AN_ACTION,
  RESET_ATTENTIONS,
  type UnitAction,
  decodeAction,
  encodeAnswer,
} from "./unit-action";

type Done = (answer: ActionAnswer) => void;

const GENERATIONS = 2 ** 32;

/**
 * Applies an action as it was encoded. The replica has changed when this returns; `done` comes with
 * the answer when the tasks that the action ends here have ended.
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
      unit.reservation.nexusLost(action.nexus.name);
      unit.removal.allow(action.nexus.name);
      return done("good");
    case "operation-step":
      unit.operation.step(action.step, action.nexus.relativeTargetPort);
      unit.work.changed();
      return done("good");
    default:
      return unreachable(action);
  }
}

function applyCommand(unit: LogicalUnit, action: CommandAction, done: Done): void {
  // Its task may have been aborted by what came between, at the controller that has the task.
  if (action.generation !== unit.generation) return done("void");
  const { answer, attentions = [], abort = [], terminate = null } = outcomeOf(unit, action);
  const { name } = action.nexus;
  for (const { to, sense } of attentions) {
    if (to === "all") unit.unitAttentions.establishForAll(sense, null);
    else if (to === "others") unit.unitAttentions.establishForAll(sense, name);
    else for (const each of to) unit.unitAttentions.establishFor(each, sense);
  }
  const isOwn = (task: Task): boolean => task.nexus.name === name && task.tag === action.tag;
  if (terminate !== null) return terminateTasks(unit, isOwn, terminate, () => done(answer));
  if (abort.length === 0) return done(answer);
  const names = new Set(abort);
  // [SPC-4 5.13.11.2.6] what the preempted have prevented, they have allowed.
  for (const each of names) unit.removal.allow(each);
  const covered = unit.select((task) => names.has(task.nexus.name) && !isOwn(task));
  abortTasks(unit, covered, { by: name, isTold: unit.modePages.hasTaskAbortedStatus }, () =>
    done(answer),
  );
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
  unit.removal.allowAll();
  unit.modePages.reset();
  unit.isStopped = false;
  unit.unitAttentions.establishForAll({ code: RESET_ATTENTIONS[kind] }, null);
  const all = unit.select(() => true);
  abortTasks(unit, all, { by: nexus.name, isTold }, () => done("good"));
}

/** Others learn of it by TASK ABORTED or by a unit attention, never by both. [SAM-5 5.6] */
function clearTaskSet(unit: LogicalUnit, { name }: NexusNames, done: Done): void {
  const isTold = unit.modePages.hasTaskAbortedStatus;
  const all = unit.select(() => true);
  if (!isTold) {
    const affected = new Set(all.map(({ task }) => task.nexus.name));
    affected.delete(name);
    for (const other of affected) {
      unit.unitAttentions.establishFor(other, { code: COMMANDS_CLEARED_BY_ANOTHER_INITIATOR });
    }
  }
  abortTasks(unit, all, { by: name, isTold }, () => done("good"));
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
  unit.generation = (unit.generation + 1) % GENERATIONS;
  unit.abort(covered, { ...how, isOrdered: true }, onEnded);
}
