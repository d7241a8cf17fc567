/**
 * How one task of a logical unit ends before its time: aborted, of which nobody or another status
 * tells, or terminated with a sense. Either way it is decided at once, and over when its jobs are.
 */
import { type Sense, Status } from "node-scsi-cdb";
import type { Abortion, Execution } from "./execution";
import type { LogicalUnit } from "./logical-unit";

/** Decides the task once more, if need be: what is aborted is not answered. */
export function abortExecution(
  unit: LogicalUnit,
  execution: Execution,
  { by, isTold, isOrdered }: Abortion,
): void {
  const { task } = execution;
  if (execution.state === "ended") return;
  if (isOrdered) execution.isProposed = false;
  if (task.isAborted) {
    unit.endIfOver(execution);
    return;
  }
  task.isAborted = true;
  execution.held = [];
  task.sense = null;
  task.isAbortedByOther = task.nexus.name !== by;
  unit.decide(execution, isTold && task.isAbortedByOther ? Status.TASK_ABORTED : Status.GOOD);
  abortJobs(unit, execution);
}

/**
 * Says so to an initiator that has not aborted the task. An action does this, which waits for the
 * end of the task: so the task waits for no other action, and no ACA condition blocks it.
 */
export function terminateExecution(unit: LogicalUnit, execution: Execution, sense: Sense): void {
  if (execution.state === "ended") return;
  execution.isProposed = false;
  execution.isTerminated = true;
  execution.held = [];
  if (execution.state === "decided") {
    unit.endIfOver(execution);
    return;
  }
  unit.fail(execution.task, sense);
  abortJobs(unit, execution);
}

function abortJobs(unit: LogicalUnit, execution: Execution): void {
  for (const job of execution.jobs) (execution.placeOf(job) ?? unit.device).abort(job);
}
