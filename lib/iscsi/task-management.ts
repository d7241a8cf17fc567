/**
 * Task Management Function Requests: put in order against the commands they cover, handed to the
 * SCSI layer, and answered when it is done. [RFC7143 4.2.3, 11.5, 11.6; RFC7144]
 * What else holds when it ends several tasks is in `multi-task-abort.ts`.
 */
import { serialLess } from "../base/serial-number";
import { parseLun } from "../scsi/lun";
import type { Nexus } from "../scsi/nexus";
import type { Task } from "../scsi/task";
import type {
  TaskManagement,
  TaskManagementFunction,
  TaskManagementResponse,
} from "../scsi/transport";
import { fenceTasks, whenGone } from "./multi-task-abort";
import type { Bhs, Pdu } from "./pdu";
import { RejectReason } from "./pdus/reject";
import {
  TaskManagementFunctionCode as Code,
  TaskManagementResponseCode as ResponseCode,
  taskManagementRequest,
  taskManagementResponse,
} from "./pdus/task-management";
import { sendReject } from "./reject";
import { type Session, orderOf } from "./session";
import { isSilent, transferOf } from "./transfer";

/** A function request under way in its session. */
interface Request {
  readonly session: Session;
  readonly nexus: Nexus;
  readonly bhs: Bhs<typeof taskManagementRequest>;
  readonly immediate: boolean;
}

interface FunctionRow {
  readonly name: TaskManagementFunction;
  /** Whose tasks it ends: one, those of a unit, those of all units; none: it only asks. */
  readonly ends: "task" | "unit" | "all" | "none";
  /** The iSCSIProtocolLevel that it needs; absent: any. [RFC7144 iSCSIProtocolLevel] */
  readonly level?: number;
}

/** iSCSIProtocolLevel of RFC 7144. */
const SAM_UPDATE = 2;

/** The functions that the SCSI layer carries out. */
const FUNCTIONS: ReadonlyMap<number, FunctionRow> = new Map([
  [Code.ABORT_TASK, { name: "abort-task", ends: "task" }],
  [Code.ABORT_TASK_SET, { name: "abort-task-set", ends: "unit" }],
  [Code.CLEAR_ACA, { name: "clear-aca", ends: "none" }],
  [Code.CLEAR_TASK_SET, { name: "clear-task-set", ends: "unit" }],
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
export function receiveTaskManagement(session: Session, nexus: Nexus, pdu: Pdu): void {
  const { immediate } = pdu;
  const { cmdSN } = orderOf(pdu);
  if (!immediate && !session.window.accepts(cmdSN)) return;
  if (!session.admit(immediate)) {
    const reason = RejectReason.IMMEDIATE_COMMAND_REJECT;
    sendReject(session, pdu, reason, "too many immediate commands");
    return;
  }
  const bhs = taskManagementRequest.decode(pdu.bhs);
  const row = rowOf(session, bhs.function);
  const request: Request = { session, nexus, bhs, immediate };
  const turn = (): void => run(request, row);
  if (TARGET_RESETS.has(bhs.function)) {
    session.window.plug(cmdSN);
    session.runTurns();
  }
  const covers = row !== null && (row.ends === "unit" || row.ends === "all");
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
  const { bhs } = request;
  if (row === null) {
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

function carryOut(request: Request, { name, ends }: FunctionRow): void {
  const { session, nexus, bhs } = request;
  const lun = parseLun(bhs.lun);
  const { referencedTaskTag: referencedTag } = bhs;
  const covered = ends === "none" ? [] : tasksOf(session, ends === "all" ? "all" : lun);
  const fenced = fenceTasks(session, covered);
  const onDone: TaskManagement["onDone"] = (response, information) => {
    const isDone = response === "function-complete";
    whenGone(isDone ? fenced : [], () => {
      if (isDone && !session.isEnded) dropEnded(session, covered);
      finish(request, RESPONSES[response], information);
      if (isDone && name === "target-cold-reset") closeAll(session);
    });
  };
  const { deviceServer } = session.context;
  deviceServer.taskManagementReceived({ function: name, nexus, lun, referencedTag, onDone });
}

/** Whether the task is there and not, or not any more, the SCSI layer's. */
function isKept({ session, bhs }: Request): boolean {
  const task = session.tasks.get(bhs.referencedTaskTag);
  if (task === undefined || task.lun !== parseLun(bhs.lun)) return false;
  return transferOf(task).state !== "running" && !isSilent(task);
}

/**
 * A task that was never received is counted as received, so that it will be ignored. Of one that
 * has ended the initiator has its status already. [RFC7143 11.5.5, 11.6.1]
 */
function abortTask(request: Request): void {
  const { session, nexus, bhs } = request;
  const { window, tasks, context } = session;
  const task = tasks.get(bhs.referencedTaskTag);
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

/** The tasks of a session at a LUN, or all. */
function tasksOf({ tasks }: Session, lun: number | null | "all"): readonly Task[] {
  return [...tasks.values()].filter((task) => lun === "all" || task.lun === lun);
}

/** No status of a covered task follows the response, not even one that waited for data. */
function dropEnded(session: Session, covered: readonly Task[]): void {
  for (const task of covered) if (transferOf(task).state === "ended") session.drop(task);
}

function finish(
  { session, bhs, immediate }: Request,
  response: number,
  additionalResponseInformation: Uint8Array = NO_INFORMATION,
): void {
  session.dismiss(immediate);
  if (session.isEnded) return;
  const { initiatorTaskTag } = bhs;
  const fields = { response, initiatorTaskTag, additionalResponseInformation };
  session.sender.send(taskManagementResponse, fields);
}

/** TARGET COLD RESET ends every session, this one after its response. [RFC7143 11.5.1] */
function closeAll({ context }: Session): void {
  for (const session of [...context.sessions.all()]) {
    session.connection.close("end", "target cold reset");
  }
}
