/**
 * Data-In in another order than its offsets, for tests of initiators that say they take it: where
 * sequences need no order the last goes first, and so do the PDUs of a sequence where they need
 * none. What a PDU says is as in `data-in.ts`. [RFC7143 11.7, 13.18, 13.19]
 */
import { Status } from "node-scsi-cdb";
import { sliceChunks } from "../base/bytes";
import type { Task } from "../scsi/task";
import type { sendDataIn } from "./data-in";
import { writeDataIn } from "./pdus/data";
import type { Sender } from "./sender";

interface Segment {
  readonly start: number;
  readonly end: number;
}

/** As `sendDataIn`; `isPduInOrder` and `isSequenceInOrder` as agreed. */
export function sendDataInBackwards(
  sender: Sender,
  task: Task,
  options: Parameters<typeof sendDataIn>[2] & {
    readonly isPduInOrder: boolean;
    readonly isSequenceInOrder: boolean;
  },
): number {
  const { residual, isPduInOrder, isSequenceInOrder } = options;
  const sequences = cut(0, options.length, options.burstMax).map(({ start, end }) => {
    const segments = cut(start, end, options.segmentMax & ~3);
    return isPduInOrder ? segments : segments.reverse();
  });
  if (!isSequenceInOrder) sequences.reverse();
  const ends = new Set(sequences.map((segments) => segments.at(-1)));
  const all = sequences.flat();
  all.forEach((segment, dataSN) => {
    const { start, end } = segment;
    const withStatus = dataSN === all.length - 1 ? residual : null;
    const bhs = sender.header();
    writeDataIn(bhs, {
      final: ends.has(segment),
      overflow: withStatus?.overflow ?? false,
      underflow: withStatus?.underflow ?? false,
      hasStatus: withStatus !== null,
      status: Status.GOOD,
      initiatorTaskTag: task.tag,
      statSN: withStatus === null ? 0 : sender.takeStatSN(),
      expCmdSN: sender.expCmdSN,
      maxCmdSN: sender.maxCmdSN,
      dataSN,
      bufferOffset: start,
      residualCount: withStatus?.count ?? 0,
    });
    const release = withStatus === null ? undefined : (task.release ?? undefined);
    sender.add(bhs, sliceChunks(task.dataIn, start, end), end - start, release);
  });
  return all.length;
}

/** Pieces of `lengthMax` bytes and, as the last, what remains. */
function cut(start: number, end: number, lengthMax: number): Segment[] {
  const pieces: Segment[] = [];
  for (let at = start; at < end; at += lengthMax) {
    pieces.push({ start: at, end: Math.min(at + lengthMax, end) });
  }
  return pieces;
}
