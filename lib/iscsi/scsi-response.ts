/** The answer to a SCSI command: its data, status, sense and residual. [RFC7143 11.4] */
import { type Sense, SenseKey, Status, encodeSense } from "node-scsi-cdb";
import { lengthOf, putU16 } from "../base/bytes";
import type { Task } from "../scsi/task";
import { sendDataIn } from "./data-in";
import { ScsiResponseCode, writeScsiResponse } from "./pdus/scsi-command";
import { sendFenced } from "./response-fence";
import { type Residual, residualOf } from "./residual";
import type { Session } from "./session";
import { transferOf } from "./transfer";

/**
 * Answers a task that has ended, in the order that a fence has it. A unit attention is behind one:
 * what it tells of may have ended commands of other connections. [RFC7143 4.2.2.3]
 */
export function respond(session: Session, task: Task): void {
  const { connection } = transferOf(task);
  const { fence } = session;
  if (fence !== null && fence.holdsBack(connection)) {
    fence.hold(() => unlessGone(task, () => respond(session, task)));
  } else if (task.sense?.code.key === SenseKey.UNIT_ATTENTION) {
    sendFenced(connection, () => unlessGone(task, () => answer(session, task)));
  } else {
    answer(session, task);
  }
}

/** A task may be aborted while its answer waits. */
function unlessGone(task: Task, send: () => void): void {
  if (transferOf(task).state === "ended") send();
}

/** Answers a task, and frees its tag and its place in the window. */
function answer(session: Session, task: Task): void {
  const { connection, failure } = transferOf(task);
  const status = failure === null ? task.status : Status.CHECK_CONDITION;
  const sense = failure === null ? task.sense : { code: failure };
  session.forget(task);
  const residual = residualOf(task, status);
  const length = status === Status.GOOD ? Math.min(lengthOf(task.dataIn), task.dataInMax) : 0;
  if (length === 0) return sendResponse(task, { status, sense, residual, dataInCount: 0 });
  const dataInCount = sendDataIn(connection.sender, task, {
    length,
    segmentMax: connection.agreed.MaxRecvDataSegmentLength,
    burstMax: connection.agreed.MaxBurstLength,
    residual: sense === null ? residual : null,
  });
  if (sense !== null) sendResponse(task, { status, sense, residual, dataInCount });
}

function sendResponse(
  task: Task,
  outcome: { status: Status; sense: Sense | null; residual: Residual; dataInCount: number },
): void {
  const { connection, dataOut } = transferOf(task);
  const { sender } = connection;
  const { sense, residual } = outcome;
  const bhs = sender.header();
  writeScsiResponse(bhs, {
    overflow: residual.overflow,
    underflow: residual.underflow,
    response: ScsiResponseCode.COMMAND_COMPLETED_AT_TARGET,
    status: outcome.status,
    initiatorTaskTag: task.tag,
    statSN: sender.takeStatSN(),
    expCmdSN: sender.expCmdSN,
    maxCmdSN: sender.maxCmdSN,
    expDataSN: outcome.dataInCount + (dataOut?.r2tCount ?? 0),
    residualCount: residual.count,
  });
  const data = sense === null ? [] : senseSegment(sense);
  sender.add(bhs, data, lengthOf(data), task.release ?? undefined);
}

/** SenseLength and the sense data. [RFC7143 11.4.7] */
function senseSegment(sense: Sense): Uint8Array[] {
  const bytes = encodeSense(sense, "fixed");
  const length = Buffer.alloc(2);
  putU16(length, 0, bytes.length);
  return [length, bytes];
}
