/**
 * Data-In: cuts a task's data into PDUs that the initiator takes and bursts that were agreed, as
 * views. The last PDU carries the status when that is GOOD and there is nothing more to say, and
 * when nothing of it may be asked for again. [RFC7143 11.7]
 */
import { Status } from "node-scsi-cdb";
import { sliceChunks } from "../base/bytes";
import type { Task } from "../scsi/task";
import { askForAcknowledgement, writeDataIn } from "./pdus/data";
import type { Residual } from "./residual";
import type { Sender } from "./sender";
import type { Segment, SentDataIn } from "./sent-data-in";

/** Queues the first `length` bytes of the task's data; returns how many PDUs that made. */
export function sendDataIn(
  sender: Sender,
  task: Task,
  options: {
    readonly length: number;
    /** The initiator's MaxRecvDataSegmentLength and the MaxBurstLength, in bytes. */
    readonly segmentMax: number;
    readonly burstMax: number;
    /** Given: the last PDU ends the task with GOOD. */
    readonly residual: Residual | null;
  },
): number {
  const { length, residual, burstMax } = options;
  // Only the last segment of a sequence may be no multiple of four. [RFC7143 11.7]
  const segmentMax = options.segmentMax & ~3;
  let burstEnd = burstMax;
  let dataSN = 0;
  for (let at = 0; at < length; dataSN++) {
    const end = Math.min(at + segmentMax, burstEnd, length);
    const isLast = end === length;
    const isWhole = at === 0 && isLast;
    const withStatus = isLast ? residual : null;
    const borrowed = isWhole ? wholeOf(task, length) : null;
    const framed = borrowed === null ? null : sender.frame(borrowed);
    const bhs = framed ?? sender.header();
    writeDataIn(bhs, {
      final: isLast || end === burstEnd,
      overflow: withStatus !== null && withStatus.overflow,
      underflow: withStatus !== null && withStatus.underflow,
      hasStatus: withStatus !== null,
      status: Status.GOOD,
      initiatorTaskTag: task.tag,
      statSN: withStatus === null ? 0 : sender.takeStatSN(),
      expCmdSN: sender.expCmdSN,
      maxCmdSN: sender.maxCmdSN,
      dataSN,
      bufferOffset: at,
      residualCount: withStatus === null ? 0 : withStatus.count,
    });
    const release = withStatus === null ? undefined : (task.release ?? undefined);
    if (framed === null) sender.add(bhs, sliceChunks(task.dataIn, at, end), end - at, release);
    else sender.addFramed(framed, release);
    if (end === burstEnd) burstEnd += burstMax;
    at = end;
  }
  return dataSN;
}

/** The payload buffer that the task has borrowed, if all of it is the data to send. */
function wholeOf({ dataIn, borrowed }: Task, length: number): Uint8Array | null {
  return dataIn.length === 1 && dataIn[0] === borrowed && borrowed?.length === length
    ? borrowed
    : null;
}

/** Queues PDUs of data that is kept, for the first time or again. [RFC7143 11.16] */
export function sendKept(sender: Sender, dataIn: SentDataIn, segments: readonly Segment[]): void {
  const { initiatorTaskTag } = dataIn;
  for (const segment of segments) {
    const { dataSN, start, end, final } = segment;
    const bhs = sender.header();
    const { expCmdSN, maxCmdSN } = sender;
    const numbers = { initiatorTaskTag, expCmdSN, maxCmdSN, dataSN, bufferOffset: start };
    writeDataIn(bhs, { ...NO_STATUS, ...numbers, final });
    if (segment.acknowledge) askForAcknowledgement(bhs, dataIn);
    sender.add(bhs, dataIn.dataOf(segment), end - start, dataIn.hold());
  }
}

const NO_STATUS = {
  overflow: false,
  underflow: false,
  hasStatus: false,
  status: Status.GOOD,
  statSN: 0,
  residualCount: 0,
};
