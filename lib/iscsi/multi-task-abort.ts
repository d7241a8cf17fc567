/**
 * What TaskReporting adds to functions that end several tasks: who waits for data under way, and
 * who is told that tasks of theirs are gone. The functions are `task-management.ts`'s.
 *
 *   RFC3720        The response does not wait for Data-Out that R2Ts have asked for, although
 *                  4.2.3.3 has it so: initiators that do not know the key send it no more.
 *   ResponseFence  The response waits for it.
 *   FastAbort      It does not come, and nobody waits; other sessions whose tasks ended are told by
 *                  an Asynchronous Message for each unit, which they acknowledge by NOP-Out.
 *
 * What comes all the same is recognized by its tags, of which none is used twice, and dropped.
 * The order of responses across connections is another matter, and `response-fence.ts`'s.
 * [RFC7143 4.2.3.3, 4.2.3.4, 13.23]
 */
import type { Task } from "../scsi/task";
import { NO_TAG } from "./pdu";
import { AsyncEvent, asyncMessage } from "./pdus/async-message";
import { LUN_OFFSET } from "./pdus/scsi-command";
import type { Session } from "./session";
import { transferOf } from "./transfer";

/**
 * Marks those of the tasks whose data is waited for, so that they stay until it has come. What has
 * ended already is not waited for: its status is dropped.
 */
export function awaitData({ agreed }: Session, tasks: Iterable<Task>): readonly Task[] {
  if (agreed.TaskReporting !== "ResponseFence") return [];
  const awaited = [...tasks].filter((task) => {
    const { state, dataOut } = transferOf(task);
    return state === "running" && dataOut?.isSolicitedOpen === true;
  });
  for (const task of awaited) transferOf(task).isAwaited = true;
  return awaited;
}

/** Calls `then` when the last of the tasks is gone. */
export function whenGone(tasks: readonly Task[], then: () => void): void {
  let left = 1;
  const gone = (): void => {
    if (--left === 0) then();
  };
  for (const task of tasks) {
    const transfer = transferOf(task);
    if (transfer.state === "gone") continue;
    left++;
    transfer.onGone = [...transfer.onGone, gone];
  }
  gone();
}

/** Whether an aborted task stays, of which nothing will be said, until its data has come. */
export function isDataAwaited(task: Task): boolean {
  const { isAwaited, isOwedData } = transferOf(task);
  return isAwaited && isOwedData;
}

/**
 * A task was ended by a function that came another way: from another nexus, or by another
 * connection of its session. Its initiator is told once for all of `tasks` that the unit has of
 * this connection: it sends no more data for them, and none is waited for.
 * [RFC7143 4.2.3.4, 11.9.1]
 */
export function tellTermination(task: Task, tasks: Iterable<Task>): void {
  const { connection, isTerminationTold, bhs, dataOut } = transferOf(task);
  if (connection.agreed.TaskReporting !== "FastAbort" || connection.isEnded) return;
  dataOut?.abandon();
  if (isTerminationTold) return;
  for (const other of tasks) {
    const transfer = transferOf(other);
    if (other.lun !== task.lun || transfer.connection !== connection) continue;
    transfer.isTerminationTold = true;
  }
  connection.sender.send(asyncMessage, {
    lun: bhs.subarray(LUN_OFFSET, LUN_OFFSET + 8),
    initiatorTaskTag: NO_TAG,
    asyncEvent: AsyncEvent.TASK_TERMINATION,
  });
}
