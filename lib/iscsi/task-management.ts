/**
 * Task Management Function Requests: put in order against the commands they cover, handed to the
 * SCSI layer, and answered when it is done. [RFC7143 4.2.3, 11.5, 11.6]
 *
 * Data-Out for R2Ts of aborted tasks is not waited for as 4.2.3.3 has it, since initiators with
 * FastAbort do not send it: what comes all the same is recognized by its tags and dropped.
 */
import { getU32 } from "../base/bytes";
import { serialLess } from "../base/serial-number";
import { parseLun } from "../scsi/lun";
import type { Nexus } from "../scsi/nexus";
import type { Task } from "../scsi/task";
import type { TaskManagementFunction, TaskManagementResponse } from "../scsi/transport";
import type { Bhs, Pdu } from "./pdu";
import { RejectReason } from "./pdus/reject";
import {
  TaskManagementFunctionCode as Code,
  TaskManagementResponseCode as ResponseCode,
  taskManagementRequest,
  taskManagementResponse,
} from "./pdus/task-management";
import { sendReject } from "./reject";
import { sendFenced } from "./response-fence";
import { CMD_SN_OFFSET, type Session, orderOf } from "./session";
import type { SessionConnection } from "./session-connection";
import { transferOf } from "./transfer";

/** A function request under way. */
interface Request {
  readonly connection: SessionConnection;
  readonly nexus: Nexus;
  readonly bhs: Bhs<typeof taskManagementRequest>;
  readonly immediate: boolean;
}

/** The functions that the SCSI layer carries out. */
const FUNCTIONS: ReadonlyMap<number, TaskManagementFunction> = new Map([
  [Code.ABORT_TASK, "abort-task"],
  [Code.ABORT_TASK_SET, "abort-task-set"],
  [Code.CLEAR_ACA, "clear-aca"],
  [Code.CLEAR_TASK_SET, "clear-task-set"],
  [Code.LOGICAL_UNIT_RESET, "logical-unit-reset"],
  [Code.TARGET_WARM_RESET, "target-warm-reset"],
  [Code.TARGET_COLD_RESET, "target-cold-reset"],
]);

/** They do not wait for commands sent before them that have not come. [RFC7143 4.2.3.3] */
const TARGET_RESETS: ReadonlySet<number> = new Set([
  Code.TARGET_WARM_RESET,
  Code.TARGET_COLD_RESET,
]);

const COLD_RESET = "target cold reset";

const RESPONSES: Readonly<Record<TaskManagementResponse, number>> = {
  "function-complete": ResponseCode.FUNCTION_COMPLETE,
  "task-does-not-exist": ResponseCode.TASK_DOES_NOT_EXIST,
  "lun-does-not-exist": ResponseCode.LUN_DOES_NOT_EXIST,
  "function-not-supported": ResponseCode.TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED,
  "function-rejected": ResponseCode.FUNCTION_REJECTED,
};

/** Takes a Task Management Function Request in a session with a nexus. */
export function receiveTaskManagement(connection: SessionConnection, nexus: Nexus, pdu: Pdu): void {
  const { session } = connection;
  const { immediate } = pdu;
  const { cmdSN } = orderOf(pdu);
  if (!immediate && !session.window.accepts(cmdSN)) return;
  if (!session.admit(immediate)) {
    const reason = RejectReason.IMMEDIATE_COMMAND_REJECT;
    sendReject(connection, pdu, reason, "too many immediate commands");
    return;
  }
  const bhs = taskManagementRequest.decode(pdu.bhs);
  const request: Request = { connection, nexus, bhs, immediate };
  const turn = (): void => run(request);
  if (TARGET_RESETS.has(bhs.function)) {
    session.window.plug(cmdSN);
    session.runTurns();
  }
  const covers = bhs.function !== Code.ABORT_TASK;
  if (!immediate) session.order({ immediate, cmdSN }, turn);
  else if (covers && !session.window.hasReached(cmdSN)) session.window.hold(cmdSN, turn);
  else turn();
}

function run(request: Request): void {
  const { connection, bhs } = request;
  if (connection.isEnded) {
    connection.session.dismiss(request.immediate);
    return;
  }
  const name = FUNCTIONS.get(bhs.function);
  if (name === "abort-task") {
    abortTask(request);
  } else if (name !== undefined) {
    manage(request, name);
  } else if (bhs.function === Code.TASK_REASSIGN) {
    finish(request, ResponseCode.TASK_ALLEGIANCE_REASSIGNMENT_NOT_SUPPORTED);
  } else {
    finish(request, ResponseCode.TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED);
  }
}

/** A function on all tasks of a unit or of the target. */
function manage(request: Request, name: TaskManagementFunction): void {
  const { connection, nexus, bhs } = request;
  const { session } = connection;
  const { deviceServer } = session.context;
  const lun = parseLun(bhs.lun);
  const isCovered = coveredBy(name, lun, bhs.cmdSN);
  const onDone = (response: TaskManagementResponse): void => {
    if (response !== "function-complete") return finish(request, RESPONSES[response]);
    dropEnded(session, isCovered);
    const isLast = name === "target-cold-reset";
    if (isLast) closeOthers(session);
    sendFenced(connection, () => {
      finish(request, RESPONSES[response]);
      if (isLast) session.close("end", COLD_RESET);
    });
  };
  const sparesSome = (task: Task): boolean =>
    task.lun === lun && transferOf(task).state === "running" && !isCovered(task);
  if (name === "abort-task-set" && session.tasks.values().some(sparesSome)) {
    session.terminate(isCovered, () => onDone("function-complete"));
    return;
  }
  const { referencedTaskTag: referencedTag } = bhs;
  deviceServer.taskManagementReceived({ function: name, nexus, lun, referencedTag, onDone });
}

/**
 * The tasks of the session that a function ends: those ahead of it by CmdSN, though one behind it
 * may have begun when it came by another connection. Resets may end these too. [RFC7143 11.5.1]
 */
function coveredBy(
  name: TaskManagementFunction,
  lun: number | null,
  cmdSN: number,
): (task: Task) => boolean {
  switch (name) {
    case "clear-aca":
      return () => false;
    case "target-warm-reset":
    case "target-cold-reset":
      return () => true;
    case "logical-unit-reset":
      return (task) => task.lun === lun;
    default:
      return (task) => task.lun === lun && !isBehind(task, cmdSN);
  }
}

/** Immediate commands bear the number of the next one. */
function isBehind(task: Task, cmdSN: number): boolean {
  const { bhs, isImmediate } = transferOf(task);
  const own = getU32(bhs, CMD_SN_OFFSET);
  return isImmediate ? serialLess(cmdSN, own) : !serialLess(own, cmdSN);
}

/**
 * A task that was never received is counted as received, so that it will be ignored. Of one that
 * has ended the initiator has its status already. [RFC7143 11.5.5, 11.6.1]
 */
function abortTask(request: Request): void {
  const { connection, nexus, bhs } = request;
  const { session } = connection;
  const { window, tasks, context } = session;
  const task = tasks.get(bhs.referencedTaskTag);
  if (task !== undefined && isElsewhere(task, connection)) {
    finish(request, ResponseCode.TASK_STILL_ALLEGIANT);
    return;
  }
  if (task !== undefined && transferOf(task).state === "running") {
    const onDone = (response: TaskManagementResponse): void => finish(request, RESPONSES[response]);
    const { lun, tag: referencedTag } = task;
    context.deviceServer.taskManagementReceived({
      function: "abort-task",
      nexus,
      lun,
      referencedTag,
      onDone,
    });
    return;
  }
  if (task !== undefined) {
    session.drop(task);
  } else if (window.accepts(bhs.refCmdSN) && serialLess(bhs.refCmdSN, bhs.cmdSN)) {
    window.put(bhs.refCmdSN, null);
    session.runTurns();
  } else {
    const hasEnded = serialLess(bhs.refCmdSN, window.expCmdSN);
    if (!hasEnded || context.config.abortOfEndedTask === "task-does-not-exist") {
      finish(request, ResponseCode.TASK_DOES_NOT_EXIST);
      return;
    }
  }
  finish(request, ResponseCode.FUNCTION_COMPLETE);
}

/**
 * A task is aborted by the connection it is allegiant to, or by any when that was logged out.
 * [RFC7143 11.5.1]
 */
function isElsewhere(task: Task, connection: SessionConnection): boolean {
  const { connection: own } = transferOf(task);
  return own !== connection && !own.isEnded;
}

/** No status of a covered task follows the response, not even one that waited for data. */
function dropEnded(session: Session, isCovered: (task: Task) => boolean): void {
  for (const task of session.tasks.values()) {
    if (transferOf(task).state === "ended" && isCovered(task)) session.drop(task);
  }
}

function finish(request: Request, response: number): void {
  const { connection, bhs, immediate } = request;
  const { fence } = connection.session;
  if (fence !== null && fence.holdsBack(connection)) {
    fence.hold(() => finish(request, response));
    return;
  }
  connection.session.dismiss(immediate);
  if (connection.isEnded) return;
  const { initiatorTaskTag } = bhs;
  connection.sender.send(taskManagementResponse, { response, initiatorTaskTag });
}

/** TARGET COLD RESET ends every session, its own after the response. [RFC7143 11.5.1] */
function closeOthers(own: Session): void {
  for (const session of [...own.context.sessions.all()]) {
    if (session !== own) session.close("end", COLD_RESET);
  }
}
