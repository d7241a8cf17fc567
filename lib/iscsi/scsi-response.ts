/** The answer to a SCSI command: its data, status, sense and residual. [RFC7143 11.4] */
import { type Sense, SenseKey, Status, encodeSense } from "node-scsi-cdb";
import { lengthOf, putU16 } from "../base/bytes";
import type { Task } from "../scsi/task";
import { sendDataIn, sendKept } from "./data-in";
import { sendDataInBackwards } from "./data-in-backwards";
import { ScsiResponseCode, scsiResponse, writeScsiResponse } from "./pdus/scsi-command";
import { sendFenced } from "./response-fence";
import { type Residual, residualOf } from "./residual";
import { SentDataIn } from "./sent-data-in";
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
  const length = status === Status.GOOD ? Math.min(lengthOf(task.dataIn), task.dataInMax) : 0;
  const { sender, agreed } = connection;
  const { MaxRecvDataSegmentLength: segmentMax, MaxBurstLength: burstMax } = agreed;
  let dataIn: SentDataIn | null = null;
  if (length > 0 && sender.unacknowledged !== null) {
    const targetTransferTag = session.newTransferTag();
    dataIn = new SentDataIn(task, { length, targetTransferTag, segmentMax, burstMax });
  }
  session.forget(task);
  const residual = residualOf(task, status);
  let dataInCount = 0;
  if (dataIn !== null) {
    dataInCount = dataIn.end;
    sendKept(sender, dataIn, dataIn.segments(0, dataInCount));
  } else if (length > 0) {
    const withStatus = sense === null ? residual : null;
    const options = { length, segmentMax, burstMax, residual: withStatus };
    dataInCount = session.context.config.reversesData
      ? sendDataInBackwards(sender, task, { ...options, ...session.dataOrder })
      : sendDataIn(sender, task, options);
    if (withStatus !== null) return;
  }
  sendResponse(task, { status, sense, residual, dataInCount, dataIn });
}

function sendResponse(
  task: Task,
  outcome: {
    status: Status;
    sense: Sense | null;
    residual: Residual;
    dataInCount: number;
    dataIn: SentDataIn | null;
  },
): void {
  const { connection, dataOut, bidirectionalReadLength } = transferOf(task);
  const { sender, session } = connection;
  const { sense, residual, dataIn } = outcome;
  const statSN = sender.takeStatSN();
  const bhs = sender.header();
  const fields = {
    overflow: residual.overflow,
    underflow: residual.underflow,
    response: ScsiResponseCode.COMMAND_COMPLETED_AT_TARGET,
    status: outcome.status,
    initiatorTaskTag: task.tag,
    statSN,
    expCmdSN: sender.expCmdSN,
    maxCmdSN: sender.maxCmdSN,
    expDataSN: outcome.dataInCount + (dataOut?.r2tCount ?? 0),
    residualCount: residual.count,
  };
  if (bidirectionalReadLength === 0) writeScsiResponse(bhs, fields);
  else writeBidirectional(bhs, fields, bidirectionalReadLength);
  const data = sense === null ? [] : senseSegment(session, task, sense);
  const dataLength = lengthOf(data);
  sender.unacknowledged?.keep({ statSN, bhs: Buffer.from(bhs), data, dataLength, dataIn });
  // What is kept is given back by whoever keeps it.
  const release = dataIn === null ? task.release : null;
  sender.add(bhs, data, dataLength, release ?? undefined);
}

/** Nothing moved the other way either. [RFC7143 11.4.5.2] */
function writeBidirectional(
  bhs: Uint8Array,
  fields: Parameters<typeof writeScsiResponse>[1],
  bidirectionalReadResidualCount: number,
): void {
  const residual = { bidirectionalReadUnderflow: true, bidirectionalReadResidualCount };
  scsiResponse.encode({ ...fields, ...residual }, bhs);
}

/** SenseLength and the sense data. [RFC7143 11.4.7] */
function senseSegment({ context }: Session, task: Task, sense: Sense): Uint8Array[] {
  const bytes = encodeSense(sense, context.deviceServer.senseFormatOf(task));
  const length = Buffer.alloc(2);
  putU16(length, 0, bytes.length);
  return [length, bytes];
}
