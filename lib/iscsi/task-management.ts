/**
 * Task Management Function Requests: put in order against the commands they cover, handed to the
 * SCSI layer, and answered when it is done. [RFC7143 4.2.3, 11.5, 11.6; RFC7144]
 * What else holds when it ends several tasks is in `multi-task-abort.ts`.
 */
import { getU32 } from "../base/bytes";
import { serialLess } from "../base/serial-number";
import { parseLun } from "../scsi/lun";
import type { Nexus } from "../scsi/nexus";
import type { Task } from "../scsi/task";
import type {
  TaskManagement,
  TaskManagementFunction,
  TaskManagementResponse,
} from "../scsi/transport";
import { awaitData, tellTermination, whenGone } from "./multi-task-abort";
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
import { isSilent, transferOf } from "./transfer";

/** A function request under way. */
interface Request {
  readonly connection: SessionConnection;
  readonly nexus: Nexus;
  readonly bhs: Bhs<typeof taskManagementRequest>;
  readonly immediate: boolean;
}

interface FunctionRow {
  readonly name: TaskManagementFunction;
  /**
   * The tasks it ends: one; the unit's ahead of it by CmdSN, although one behind it may have begun
   * when it came by another connection; the unit's; all; none, as it only asks or ends an ACA.
   * [RFC7143 11.5.1]
   */
  readonly ends: "task" | "ahead" | "unit" | "all" | "none";
  /** The iSCSIProtocolLevel that it needs; absent: any. [RFC7144 iSCSIProtocolLevel] */
  readonly level?: number;
}

/** iSCSIProtocolLevel of RFC 7144. */
const SAM_UPDATE = 2;

/** The functions that the SCSI layer carries out. */
const FUNCTIONS: ReadonlyMap<number, FunctionRow> = new Map([
  [Code.ABORT_TASK, { name: "abort-task", ends: "task" }],
  [Code.ABORT_TASK_SET, { name: "abort-task-set", ends: "ahead" }],
  [Code.CLEAR_ACA, { name: "clear-aca", ends: "none" }],
  [Code.CLEAR_TASK_SET, { name: "clear-task-set", ends: "ahead" }],
  [Code.LOGICAL_UNIT_RESET, { name: "logical-unit-reset", ends: "unit" }],
  [Code.TARGET_WARM_RESET, { name: "target-warm-reset", ends: "all" }],
  [Code.TARGET_COLD_RESET, { name: "target-cold-reset", ends: "all" }],
  [Code.QUERY_TASK, { name: "query-task", ends: "none", level: SAM_UPDATE }],
  [Code.QUERY_TASK_SET, { name: "query-task-set", ends: "none", level: SAM_UPDATE }],
  [Code.I_T_NEXUS_RESET, { name: "i-t-nexus-reset", ends: "all", level: SAM_UPDATE }],
  [
    Code.QUERY_ASYNCHRONOUS_EVENT,
    { name: "query-asynchronous-event", ends: "none", level: SAM_UPDATE },
  ],
]);

/** They do not wait for commands sent before them that have not come. [RFC7143 4.2.3.3] */
const TARGET_RESETS: ReadonlySet<number> = new Set([
  Code.TARGET_WARM_RESET,
  Code.TARGET_COLD_RESET,
]);

const COLD_RESET = "target cold reset";

const RESPONSES: Readonly<Record<TaskManagementResponse, number>> = {
  "function-complete": ResponseCode.FUNCTION_COMPLETE,
  "function-succeeded": ResponseCode.FUNCTION_SUCCEEDED,
  "task-does-not-exist": ResponseCode.TASK_DOES_NOT_EXIST,
  "lun-does-not-exist": ResponseCode.LUN_DOES_NOT_EXIST,
  "function-not-supported": ResponseCode.TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED,
  "function-rejected": ResponseCode.FUNCTION_REJECTED,
};

const NO_INFORMATION = new Uint8Array(3);

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
  const row = rowOf(session, bhs.function);
  const request: Request = { connection, nexus, bhs, immediate };
  const turn = (): void => run(request, row);
  if (TARGET_RESETS.has(bhs.function)) {
    session.window.plug(cmdSN);
    session.runTurns();
  }
  const covers = row !== null && row.ends !== "task" && row.ends !== "none";
  if (!immediate) session.order({ immediate, cmdSN }, turn);
  else if (covers && !session.window.hasReached(cmdSN)) session.window.hold(cmdSN, turn);
  else turn();
}

/** The row of a function; null: the SCSI layer does not have it, or not in this session. */
function rowOf({ agreed }: Session, code: number): FunctionRow | null {
  const row = FUNCTIONS.get(code);
  return row !== undefined && agreed.iSCSIProtocolLevel >= (row.level ?? 0) ? row : null;
}

function run(request: Request, row: FunctionRow | null): void {
  const { connection, bhs } = request;
  if (connection.isEnded) {
    connection.session.dismiss(request.immediate);
  } else if (row === null) {
    const isReassign = bhs.function === Code.TASK_REASSIGN;
    finish(
      request,
      isReassign
        ? ResponseCode.TASK_ALLEGIANCE_REASSIGNMENT_NOT_SUPPORTED
        : ResponseCode.TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED,
    );
  } else if (row.name === "abort-task") {
    abortTask(request);
  } else if (row.name === "query-task" && isKept(request)) {
    finish(request, ResponseCode.FUNCTION_SUCCEEDED);
  } else {
    carryOut(request, row);
  }
}

function carryOut(request: Request, row: FunctionRow): void {
  const { connection, nexus, bhs } = request;
  const { session } = connection;
  const lun = parseLun(bhs.lun);
  const covered = coveredTasks(session, row, { lun, cmdSN: bhs.cmdSN });
  const awaited = awaitData(session, covered);
  const onDone: TaskManagement["onDone"] = (response, information) => {
    if (response !== "function-complete") finish(request, RESPONSES[response], information);
    else whenGone(awaited, () => complete(request, row, covered));
  };
  const sparesSome = (task: Task): boolean =>
    task.lun === lun && transferOf(task).state === "running" && !covered.has(task);
  if (row.name === "abort-task-set" && session.tasks.values().some(sparesSome)) {
    session.terminate(
      (task) => covered.has(task),
      () => onDone("function-complete"),
    );
    return;
  }
  const { referencedTaskTag: referencedTag } = bhs;
  const { deviceServer } = session.context;
  deviceServer.taskManagementReceived({ function: row.name, nexus, lun, referencedTag, onDone });
}

/** No status of a covered task follows the response, not even one that waited for data. */
function complete(request: Request, { name }: FunctionRow, covered: ReadonlySet<Task>): void {
  const { connection } = request;
  const { session } = connection;
  for (const task of covered) {
    if (transferOf(task).state === "ended") session.drop(task);
    if (transferOf(task).connection !== connection) tellTermination(task, covered);
  }
  const isLast = name === "target-cold-reset";
  if (isLast) closeOthers(session);
  sendFenced(connection, () => {
    finish(request, ResponseCode.FUNCTION_COMPLETE);
    if (isLast) session.close("end", COLD_RESET);
  });
}

/** The tasks of the session that a function ends, if it ends several. */
function coveredTasks(
  { tasks }: Session,
  { ends }: FunctionRow,
  { lun, cmdSN }: { readonly lun: number | null; readonly cmdSN: number },
): ReadonlySet<Task> {
  if (ends === "none" || ends === "task") return new Set();
  const isCovered = (task: Task): boolean =>
    ends === "all" || (task.lun === lun && (ends === "unit" || !isBehind(task, cmdSN)));
  return new Set([...tasks.values()].filter(isCovered));
}

/** Immediate commands bear the number of the next one. */
function isBehind(task: Task, cmdSN: number): boolean {
  const { bhs, isImmediate } = transferOf(task);
  const own = getU32(bhs, CMD_SN_OFFSET);
  return isImmediate ? serialLess(cmdSN, own) : !serialLess(own, cmdSN);
}

/** Whether the task is there and not, or not any more, the SCSI layer's. */
function isKept({ connection, bhs }: Request): boolean {
  const task = connection.session.tasks.get(bhs.referencedTaskTag);
  if (task === undefined || task.lun !== parseLun(bhs.lun)) return false;
  return transferOf(task).state !== "running" && !isSilent(task);
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

function finish(
  request: Request,
  response: number,
  additionalResponseInformation: Uint8Array = NO_INFORMATION,
): void {
  const { connection, bhs, immediate } = request;
  const { fence } = connection.session;
  if (fence !== null && fence.holdsBack(connection)) {
    fence.hold(() => finish(request, response, additionalResponseInformation));
    return;
  }
  connection.session.dismiss(immediate);
  if (connection.isEnded) return;
  const { initiatorTaskTag } = bhs;
  const fields = { response, initiatorTaskTag, additionalResponseInformation };
  connection.sender.send(taskManagementResponse, fields);
}

/** TARGET COLD RESET ends every session, its own after the response. [RFC7143 11.5.1] */
function closeOthers(own: Session): void {
  for (const session of [...own.context.sessions.all()]) {
    if (session !== own) session.close("end", COLD_RESET);
  }
}
