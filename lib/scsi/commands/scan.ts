/**
 * Reading blocks to look at them: a range of any length goes through one buffer, portion by
 * portion, so that it costs little memory, others have their turn between, and an abort ends it
 * soon. No command.
 */
import type { Sense } from "node-scsi-cdb";
import { limits } from "../../base/limits";
import type { Task } from "../task";
import type { Unit } from "../unit";
import type { BlockRange } from "./transfer";

/** What is wrong with a portion that stands `offset` bytes behind the start of the range. */
export type Look = (portion: Uint8Array, offset: number) => Sense | null;

/** For those who ask no more than that blocks can be read. */
export const looksAtNothing: Look = () => null;

/**
 * Shows all blocks of a range to `look`, in their order, then calls `then`; ends the task where
 * something is wrong or blocks cannot be read.
 */
export function scan(
  { task, unit }: { readonly task: Task; readonly unit: Unit },
  { lba, blockCount }: BlockRange,
  look: Look,
  then: () => void,
): void {
  const { blockSize } = unit.device.geometry;
  const portionMax = Math.min(blockCount, limits.scanPortionMax / blockSize);
  const readFrom = (buffer: Uint8Array, done: number): void => {
    if (done === blockCount) return then();
    const count = Math.min(portionMax, blockCount - done);
    const portion = buffer.subarray(0, count * blockSize);
    const request = { op: "read", lba: lba + done, blockCount: count, data: [portion] } as const;
    unit.run(task, request, () => {
      const sense = look(portion, done * blockSize);
      if (sense === null) readFrom(buffer, done + count);
      else unit.fail(task, sense);
    });
  };
  if (blockCount === 0) then();
  else unit.borrow(task, portionMax * blockSize, (buffer) => readFrom(buffer, 0));
}

/**
 * The same for the blocks as they are on the medium: what only the cache holds goes there first.
 * [SBC-3 READ (10) FUA, VERIFY (10)]
 */
export function scanMedium(
  of: { readonly task: Task; readonly unit: Unit },
  range: BlockRange,
  look: Look,
  then: () => void,
): void {
  const { task, unit } = of;
  const read = (): void => scan(of, range, look, then);
  if (!unit.modePages.hasWriteCache || range.blockCount === 0) return read();
  unit.run(task, { op: "flush", ...range }, read);
}
