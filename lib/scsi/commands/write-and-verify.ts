/**
 * WRITE AND VERIFY (10), (12) and (16): blocks from the initiator, put on stable storage, and read
 * back; with BYTCHK they are compared with what was sent. Another command may write the same blocks
 * between: then its data is what is found. [SBC-3 WRITE AND VERIFY]
 */
import {
  type Cdb,
  type Sense,
  writeAndVerify10,
  writeAndVerify12,
  writeAndVerify16,
} from "node-scsi-cdb";
import { sliceChunks } from "../../base/bytes";
import { type Command, command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { sameAs } from "./compare";
import { looksAtNothing, scan } from "./scan";
import { blocksThatCame, checkTransfer, refuse } from "./transfer";

type Row = typeof writeAndVerify10 | typeof writeAndVerify12 | typeof writeAndVerify16;
type WriteAndVerify = Cdb<typeof writeAndVerify10>;

/** BYTCHK: the blocks are compared with Data-Out. 2 and 3 are reserved. */
const COMPARE = 1;

function check(row: Row, cdb: WriteAndVerify, task: Task, unit: Unit): Sense | null {
  if (cdb.wrprotect !== 0) return refuse(row, "wrprotect");
  if (cdb.bytchk > COMPARE) return refuse(row, "bytchk");
  return checkTransfer(row, cdb, { unit, expectedLength: task.dataOutMax });
}

function execute(cdb: WriteAndVerify, task: Task, unit: Unit): void {
  const blockCount = blocksThatCame(cdb.blockCount, task, unit);
  if (blockCount === 0) return unit.good(task);
  const data = sliceChunks(task.dataOut, 0, blockCount * unit.device.geometry.blockSize);
  const range = { lba: cdb.lba, blockCount };
  const look = cdb.bytchk === COMPARE ? sameAs(data) : looksAtNothing;
  unit.run(task, { op: "write", ...range, data, fua: true }, () =>
    scan({ task, unit }, range, look, () => unit.good(task)),
  );
}

function writeAndVerify(row: Row): Command {
  return command({
    row,
    reservation: "conflict",
    needsMedium: true,
    writes: true,
    check: (cdb: WriteAndVerify, unit, task) => check(row, cdb, task, unit),
    dataOutLength: (cdb, unit) => cdb.blockCount * unit.device.geometry.blockSize,
    execute,
  });
}

export const writeAndVerifyCommands: readonly Command[] = [
  writeAndVerify(writeAndVerify10),
  writeAndVerify(writeAndVerify12),
  writeAndVerify(writeAndVerify16),
];
