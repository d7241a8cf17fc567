/**
 * WRITE SAME (10) and (16): one block of data to a range of blocks; with UNMAP, blocks of zeros are
 * given back instead, which reads the same (LBPRZ). [SBC-3 WRITE SAME]
 */
import { type Cdb, type Sense, writeSame10, writeSame16 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { refusesZeroBlocks, writeSameBlockCountMax } from "../vpd/block-limits";
import { isThin } from "../vpd/logical-block-provisioning";
import { checkRange, mustBeStable, refuse, toTheEnd } from "./transfer";

type Row = typeof writeSame10 | typeof writeSame16;

/** NDOB: no Data-Out, the block is all zeros. WRITE SAME (10) does not have it. */
type WriteSame = Cdb<typeof writeSame10> & { readonly ndob?: boolean };

function check(row: Row, cdb: WriteSame, task: Task, unit: Unit): Sense | null {
  if (cdb.wrprotect !== 0) return refuse(row, "wrprotect");
  // Blocks cannot be anchored: ANC_SUP is 0.
  if (cdb.anchor) return refuse(row, "anchor");
  if (cdb.unmap && !isThin(unit)) return refuse(row, "unmap");
  const range = toTheEnd(cdb, unit);
  const outOfRange = checkRange(range, unit);
  if (outOfRange !== null) return outOfRange;
  if (cdb.blockCount === 0 && refusesZeroBlocks(unit)) return refuse(row, "blockCount");
  const isBounded = range.blockCount <= writeSameBlockCountMax;
  // Half a block or two are no block to repeat.
  const isOneBlock = cdb.ndob || task.dataOutMax === unit.device.geometry.blockSize;
  return isBounded && isOneBlock ? null : refuse(row, "blockCount");
}

function isZero(chunks: readonly Uint8Array[]): boolean {
  return chunks.every((chunk) => chunk.every((byte) => byte === 0));
}

function execute(cdb: WriteSame, task: Task, unit: Unit): void {
  const { ndob, unmap } = cdb;
  const data = ndob ? [Buffer.alloc(unit.device.geometry.blockSize)] : task.dataOut;
  const range = { ...toTheEnd(cdb, unit), fua: mustBeStable(false, unit) };
  const then = (): void => unit.good(task);
  if (unmap && isZero(data)) unit.run(task, { op: "unmap", ...range }, then);
  else unit.run(task, { op: "write-same", ...range, data }, then);
}

function writeSame(row: Row): Command {
  return command({
    row,
    reservation: "conflict",
    needsMedium: true,
    writes: true,
    check: (cdb: WriteSame, unit, task) => check(row, cdb, task, unit),
    dataOutLength: (cdb: WriteSame, unit) => (cdb.ndob ? 0 : unit.device.geometry.blockSize),
    execute,
  });
}

export const writeSameCommands: readonly Command[] = [
  writeSame(writeSame10),
  writeSame(writeSame16),
];
