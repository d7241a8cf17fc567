/** The answer to a SCSI command: its data, status, sense and residual. [RFC7143 11.4] */
import { type Sense, Status, encodeSense } from "node-scsi-cdb";
import { lengthOf, putU16 } from "../base/bytes";
import type { Task } from "../scsi/task";
import { sendDataInBackwards } from "./data-in-backwards";
import { sendDataIn } from "./data-in";
import { ScsiResponseCode, scsiResponse, writeScsiResponse } from "./pdus/scsi-command";
import { type Residual, residualOf } from "./residual";
import type { Session } from "./session";
import { transferOf } from "./transfer";

/** Answers a task that has ended, and frees its tag and its place in the window. */
export function respond(session: Session, task: Task): void {
  const { failure } = transferOf(task);
  const status = failure === null ? task.status : Status.CHECK_CONDITION;
  const sense = failure === null ? task.sense : { code: failure };
  session.forget(task);
  const residual = residualOf(task, status);
  const length = status === Status.GOOD ? Math.min(lengthOf(task.dataIn), task.dataInMax) : 0;
  if (length === 0) return sendResponse(session, task, { status, sense, residual, dataInCount: 0 });
  const options = {
    length,
    segmentMax: session.agreed.MaxRecvDataSegmentLength,
    burstMax: session.agreed.MaxBurstLength,
    residual: sense === null ? residual : null,
  };
  const dataInCount = session.context.config.reversesData
    ? sendDataInBackwards(session.sender, task, { ...options, ...session.dataOrder })
    : sendDataIn(session.sender, task, options);
  if (sense !== null) sendResponse(session, task, { status, sense, residual, dataInCount });
}

function sendResponse(
  session: Session,
  task: Task,
  outcome: { status: Status; sense: Sense | null; residual: Residual; dataInCount: number },
): void {
  const { sender } = session;
  const { sense, residual } = outcome;
  const { dataOut, bidirectionalReadLength } = transferOf(task);
  const bhs = sender.header();
  const fields = {
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
  };
  if (bidirectionalReadLength === 0) writeScsiResponse(bhs, fields);
  else writeBidirectional(bhs, fields, bidirectionalReadLength);
  const data = sense === null ? [] : senseSegment(sense);
  sender.add(bhs, data, lengthOf(data), task.release ?? undefined);
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
function senseSegment(sense: Sense): Uint8Array[] {
  const bytes = encodeSense(sense, "fixed");
  const length = Buffer.alloc(2);
  putU16(length, 0, bytes.length);
  return [length, bytes];
}
