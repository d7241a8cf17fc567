/**
 * The Data-Out phase of tasks: sends R2Ts, takes Data-Out PDUs, watches that they come, and goes on
 * with a task when its data is there or has failed. Which data may come is `data-out.ts`'s to say.
 * [RFC7143 11.7, 11.8]
 */
import { INITIATOR_RESPONSE_TIMEOUT } from "node-scsi-cdb";
import { limits } from "../base/limits";
import type { Task } from "../scsi/task";
import type { DataOut, R2t } from "./data-out";
import { isDataAwaited, tellTermination } from "./multi-task-abort";
import { NO_TAG, type Pdu } from "./pdu";
import { readDataOut } from "./pdus/data";
import { writeR2t } from "./pdus/r2t";
import { RejectReason } from "./pdus/reject";
import { LUN_OFFSET } from "./pdus/scsi-command";
import { sendReject } from "./reject";
import { respond } from "./scsi-response";
import type { Session } from "./session";
import type { SessionConnection } from "./session-connection";
import { isSilent, transferOf } from "./transfer";

/** The SCSI layer asks for the data of a task. */
export function receiveDataOut(session: Session, task: Task): void {
  const { dataOut } = transferOf(task);
  dataOut?.want(Math.min(task.dataOutLength, task.dataOutMax));
  proceed(session, task);
}

/** Takes a Data-Out PDU. Data for a task that is gone is no error: it may have been under way. */
export function receiveDataOutPdu(connection: SessionConnection, pdu: Pdu): void {
  const { session } = connection;
  const bhs = readDataOut(pdu.bhs);
  const tag = bhs.targetTransferTag;
  if (tag !== NO_TAG && !session.hasGivenTransferTag(tag)) {
    const detail = "Data-Out for a target transfer tag never given";
    sendReject(connection, pdu, RejectReason.INVALID_PDU_FIELD, detail);
    return;
  }
  const task = session.tasks.get(bhs.initiatorTaskTag);
  if (task === undefined) return;
  const transfer = transferOf(task);
  if (transfer.connection !== connection) {
    const detail = "Data-Out by another connection than its command";
    sendReject(connection, pdu, RejectReason.PROTOCOL_ERROR, detail);
    return;
  }
  const { dataOut } = transfer;
  if (dataOut === null) return;
  const before = dataOut.received;
  if (!dataOut.receive(bhs, pdu.data, pdu.dataLength)) return;
  if (dataOut.received > before) {
    // What is not taken is no progress: it may come for ever.
    dataOut.progressMs = session.context.nowMs;
    if (transfer.state === "ended") dataOut.chunks = [];
    else if (pdu.dataLength > 0 && !dataOut.isCopying) transfer.keepData(pdu, dataOut);
  }
  if (bhs.final) proceed(session, task);
}

/** A Data-Out PDU has come whose data is damaged. [RFC7143 7.8] */
export function loseDataOutPdu(connection: SessionConnection, pdu: Pdu): void {
  const { session } = connection;
  const bhs = readDataOut(pdu.bhs);
  const task = session.tasks.get(bhs.initiatorTaskTag);
  if (task === undefined || transferOf(task).connection !== connection) return;
  transferOf(task).dataOut?.lose(bhs);
  if (bhs.final) proceed(session, task);
}

/** The SCSI layer has ended the task. */
export function completeTask(session: Session, task: Task): void {
  const transfer = transferOf(task);
  transfer.state = "ended";
  task.dataOut = [];
  if (transfer.reservation !== null) session.context.payload.giveBack(transfer.reservation);
  transfer.reservation = null;
  const { connection } = transfer;
  if (task.isAbortedByOther) tellTermination(task, session.tasks.values());
  if (connection.isEnded || (isSilent(task) && !isDataAwaited(task))) session.drop(task);
  else proceed(session, task);
}

/** Takes the next step with a task, if there is one to take. */
export function proceed(session: Session, task: Task): void {
  const transfer = transferOf(task);
  const { dataOut, state } = transfer;
  if (state === "ended") {
    // The tag must not be free while data under way would be taken for a new task's.
    if (transfer.isOwedData) return;
    if (isSilent(task)) session.drop(task);
    else respond(session, task);
    return;
  }
  if (state !== "running" || dataOut === null) return;
  const { failure } = dataOut;
  if (failure !== null) {
    if (dataOut.isOpen || !dataOut.isWanted) return;
    session.context.deviceServer.dataOutFailed(task, { code: failure });
  } else if (dataOut.missing > 0) {
    solicit(session, task, dataOut);
  } else if (dataOut.isWanted && !dataOut.isOpen) {
    task.dataOut = dataOut.take();
    session.context.deviceServer.dataOutReceived(task);
  }
}

/** Notes that data is expected from now on, and looks after it when it does not come. */
export function watchDataOut(connection: SessionConnection, dataOut: DataOut): void {
  const { carrier, session } = connection;
  const { context } = session;
  dataOut.progressMs = context.nowMs;
  if (carrier.timers.isSet("data-out")) return;
  carrier.timers.set("data-out", context.nowMs + patienceOf(session));
}

/** How long data may make no progress: a part of all the time where it is asked for again. */
function patienceOf({ context, agreed }: Session): number {
  const { dataOut } = context.config.timeoutsMs;
  return agreed.ErrorRecoveryLevel === 0
    ? dataOut
    : Math.ceil(dataOut / (1 + limits.dataRecoveriesMax));
}

/**
 * Looks after the connection's tasks whose data does not come any more: asks for it again, or fails
 * them.
 */
export function expireDataOut(connection: SessionConnection): void {
  const { session } = connection;
  const { nowMs } = session.context;
  let deadlineMs = Infinity;
  for (const task of session.tasks.values()) {
    const { dataOut, connection: own } = transferOf(task);
    if (own !== connection || dataOut === null || !dataOut.isOpen) continue;
    const expiresMs = dataOut.progressMs + patienceOf(session);
    if (expiresMs > nowMs) {
      deadlineMs = Math.min(deadlineMs, expiresMs);
    } else if (dataOut.tryRecovery()) {
      recover(session, task, dataOut);
    } else {
      dataOut.giveUp(INITIATOR_RESPONSE_TIMEOUT);
      proceed(session, task);
    }
  }
  if (deadlineMs < Infinity) connection.carrier.timers.set("data-out", deadlineMs);
}

/**
 * The time for a sequence is over. An R2T that nothing has come for may be lost itself and goes out
 * again; else a new one asks for the rest. [RFC7143 7.1.4.1, 7.9]
 */
function recover(session: Session, task: Task, dataOut: DataOut): void {
  const unanswered = dataOut.unansweredR2ts;
  if (unanswered.length > 0) {
    for (const r2t of unanswered) sendR2t(task, r2t);
    watchDataOut(transferOf(task).connection, dataOut);
  } else {
    dataOut.goBack();
    proceed(session, task);
  }
}

/** Asks for what is missing, as soon as the target has room for all of it. */
function solicit(session: Session, task: Task, dataOut: DataOut): void {
  if (dataOut.isUnsolicitedOpen) return;
  const transfer = transferOf(task);
  const { payload } = session.context;
  transfer.reservation ??= payload.reserve(dataOut.missing, () => sendR2ts(task, dataOut));
  if (transfer.reservation.state === "granted") sendR2ts(task, dataOut);
}

function sendR2ts(task: Task, dataOut: DataOut): void {
  const { connection } = transferOf(task);
  const { agreed, session } = connection;
  while (dataOut.canSolicit(agreed.MaxOutstandingR2T)) {
    const targetTransferTag = session.newTransferTag();
    sendR2t(task, dataOut.solicit(targetTransferTag, agreed.MaxBurstLength));
    watchDataOut(connection, dataOut);
  }
}

/** Sends an R2T, or the replica of one: only its StatSN, ExpCmdSN and MaxCmdSN are of now. */
export function sendR2t(task: Task, r2t: R2t): void {
  const { bhs: command, connection } = transferOf(task);
  const { sender } = connection;
  const bhs = sender.header();
  writeR2t(bhs, {
    lun: command.subarray(LUN_OFFSET, LUN_OFFSET + 8),
    initiatorTaskTag: task.tag,
    targetTransferTag: r2t.targetTransferTag,
    statSN: sender.statSN,
    expCmdSN: sender.expCmdSN,
    maxCmdSN: sender.maxCmdSN,
    r2tSN: r2t.r2tSN,
    bufferOffset: r2t.start,
    desiredDataTransferLength: r2t.end - r2t.start,
  });
  sender.add(bhs);
}
