/** How the data that moved differs from what the initiator expected. [RFC7143 11.4.5] */
import { Status } from "node-scsi-cdb";
import { lengthOf } from "../base/bytes";
import type { Task } from "../scsi/task";
import { transferOf } from "./transfer";

export interface Residual {
  /** O: the command would have moved `count` bytes more than expected. */
  readonly overflow: boolean;
  /** U: `count` bytes of what was expected did not move. */
  readonly underflow: boolean;
  readonly count: number;
}

const NONE: Residual = { overflow: false, underflow: false, count: 0 };

/** The residual of a task that ends with `status`. Data goes one way, the one its W bit says. */
export function residualOf(task: Task, status: Status): Residual {
  const { expectedLength, dataOut } = transferOf(task);
  const moved =
    dataOut === null
      ? dataInLength(task, status)
      : dataOutLength(task, dataOut.received, expectedLength);
  if (moved === expectedLength) return NONE;
  if (moved > expectedLength) {
    return { overflow: true, underflow: false, count: moved - expectedLength };
  }
  return { overflow: false, underflow: true, count: expectedLength - moved };
}

/** Data-In goes with GOOD only. With neither R nor W all that the CDB asks for is too much. */
function dataInLength(task: Task, status: Status): number {
  if (status !== Status.GOOD) return 0;
  const outLength = transferOf(task).expectedLength === 0 ? task.dataOutLength : 0;
  return Math.max(lengthOf(task.dataIn), task.dataInLength, outLength);
}

/** What the command takes counts, not what came unsolicited beyond it. */
function dataOutLength(task: Task, received: number, expectedLength: number): number {
  const { dataOutLength } = task;
  return dataOutLength > expectedLength ? dataOutLength : Math.min(received, dataOutLength);
}
