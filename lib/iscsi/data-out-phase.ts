/**
 * The Data-Out phase of tasks: sends R2Ts, takes Data-Out PDUs, watches that they come, and goes on
 * with a task when its data is there or has failed. Which data may come is `data-out.ts`'s to say.
 * [RFC7143 11.7, 11.8]
 */
import { INITIATOR_RESPONSE_TIMEOUT } from "node-scsi-cdb";
import type { Task } from "../scsi/task";
import type { DataOut } from "./data-out";
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
  if (dataOut === null || !dataOut.receive(bhs, pdu.data, pdu.dataLength)) return;
  if (dataOut.failure === null) {
    // What comes behind a failure is no progress: it may come for ever.
    dataOut.progressMs = session.context.nowMs;
    if (pdu.dataLength > 0) transfer.keepData(pdu, dataOut);
  }
  if (bhs.final) proceed(session, task);
}

/** The SCSI layer has ended the task. */
export function completeTask(session: Session, task: Task): void {
  const transfer = transferOf(task);
  transfer.state = "ended";
  task.dataOut = [];
  if (transfer.reservation !== null) session.context.payload.giveBack(transfer.reservation);
  transfer.reservation = null;
  if (transfer.connection.isEnded || isSilent(task)) session.drop(task);
  else proceed(session, task);
}

/** Takes the next step with a task, if there is one to take. */
export function proceed(session: Session, task: Task): void {
  const transfer = transferOf(task);
  const { dataOut, state } = transfer;
  if (state === "ended") {
    // The tag must not be free while data under way would be taken for a new task's.
    if (!transfer.isOwedData) respond(session, task);
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
  carrier.timers.set("data-out", context.nowMs + context.config.timeoutsMs.dataOut);
}

/** Fails the connection's tasks whose data does not come any more. */
export function expireDataOut(connection: SessionConnection): void {
  const { session } = connection;
  const { config, nowMs } = session.context;
  let deadlineMs = Infinity;
  for (const task of session.tasks.values()) {
    const { dataOut, connection: own } = transferOf(task);
    if (own !== connection || dataOut === null || !dataOut.isOpen) continue;
    const expiresMs = dataOut.progressMs + config.timeoutsMs.dataOut;
    if (expiresMs > nowMs) {
      deadlineMs = Math.min(deadlineMs, expiresMs);
    } else {
      dataOut.giveUp(INITIATOR_RESPONSE_TIMEOUT);
      proceed(session, task);
    }
  }
  if (deadlineMs < Infinity) connection.carrier.timers.set("data-out", deadlineMs);
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
  const { bhs: command, connection } = transferOf(task);
  const { agreed, sender, session } = connection;
  while (dataOut.canSolicit(agreed.MaxOutstandingR2T)) {
    const targetTransferTag = session.newTransferTag();
    const { start, end, r2tSN } = dataOut.solicit(targetTransferTag, agreed.MaxBurstLength);
    const bhs = sender.header();
    writeR2t(bhs, {
      lun: command.subarray(LUN_OFFSET, LUN_OFFSET + 8),
      initiatorTaskTag: task.tag,
      targetTransferTag,
      statSN: sender.statSN,
      expCmdSN: sender.expCmdSN,
      maxCmdSN: sender.maxCmdSN,
      r2tSN,
      bufferOffset: start,
      desiredDataTransferLength: end - start,
    });
    sender.add(bhs);
    watchDataOut(connection, dataOut);
  }
}
