/**
 * Reading blocks for a task: how many of them, and into which buffers. The buffers come from the
 * pool; where it has no room now the task waits in line. What is done with the blocks is the
 * command's business.
 */
import { Status } from "node-scsi-cdb";
import type { Execution } from "./execution";
import type { LogicalUnit } from "./logical-unit";

interface Reading {
  readonly lba: number;
  readonly blockCount: number;
  readonly then: () => void;
}

/** As `Unit.read` has it. */
export function readBlocks(unit: LogicalUnit, execution: Execution, reading: Reading): void {
  const { task } = execution;
  const { blockSize } = unit.device.geometry;
  const { lba, blockCount, then } = reading;
  task.dataInLength += blockCount * blockSize;
  // What the initiator will not take need not be read.
  const isForInitiator = execution.command?.row.direction === "in";
  const taken = isForInitiator ? Math.ceil(task.dataInMax / blockSize) : blockCount;
  const count = Math.min(blockCount, taken);
  if (count === 0) {
    then();
    return;
  }
  const length = count * blockSize;
  const bounded = { lba, blockCount: count, then };
  if (unit.buffers.has(length)) readNow(unit, execution, bounded);
  else whenRoom(unit, execution, { length, then: () => readNow(unit, execution, bounded) });
}

/** As `Unit.borrow` has it. */
export function borrowBuffer(
  unit: LogicalUnit,
  execution: Execution,
  { length, then }: { readonly length: number; then: (buffer: Uint8Array) => void },
): void {
  const take = (): void => then(execution.borrow(unit.buffers, length));
  if (unit.buffers.has(length)) take();
  else whenRoom(unit, execution, { length, then: take });
}

function whenRoom(
  unit: LogicalUnit,
  execution: Execution,
  { length, then }: { readonly length: number; then: () => void },
): void {
  const isInLine = unit.buffers.wait(length, () => {
    if (execution.state === "executing") then();
  });
  if (!isInLine) unit.decide(execution, Status.BUSY);
}

function readNow(unit: LogicalUnit, execution: Execution, reading: Reading): void {
  const { lba, blockCount, then } = reading;
  const buffer = execution.borrow(unit.buffers, blockCount * unit.device.geometry.blockSize);
  unit.run(execution.task, { op: "read", lba, blockCount, data: [buffer] }, then);
}
