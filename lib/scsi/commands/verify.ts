/**
 * VERIFY (10), (12) and (16): whether blocks can be read from the medium and, by BYTCHK, whether
 * they are what the initiator thinks they are. In a pair the copy of the controller that is asked
 * is read, as a READ would. [SBC-3 VERIFY]
 */
import { type Cdb, type Sense, verify10, verify12, verify16 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { eachSameAs, sameAs } from "./compare";
import { type Look, looksAtNothing, scanMedium } from "./scan";
import { blocksThatCame, checkRange, checkTransfer, refuse } from "./transfer";

type Row = typeof verify10 | typeof verify12 | typeof verify16;
type Verify = Cdb<typeof verify10>;

/** BYTCHK: with what the blocks are compared. 2 is reserved. */
const NOTHING = 0;
const ALL_BLOCKS = 1;
const RESERVED = 2;
const ONE_BLOCK = 3;

function check(row: Row, cdb: Verify, task: Task, unit: Unit): Sense | null {
  const { vrprotect, bytchk, blockCount } = cdb;
  if (vrprotect !== 0) return refuse(row, "vrprotect");
  if (bytchk === RESERVED) return refuse(row, "bytchk");
  // MAXIMUM TRANSFER LENGTH is about what is transferred: only then is it as long as the range.
  if (bytchk === ALL_BLOCKS)
    return checkTransfer(row, cdb, { unit, expectedLength: task.dataOutMax });
  const outOfRange = checkRange(cdb, unit);
  if (outOfRange !== null || bytchk === NOTHING || blockCount === 0) return outOfRange;
  // Half a block is no block to compare with.
  return task.dataOutMax >= unit.device.geometry.blockSize ? null : refuse(row, "bytchk");
}

/** NOTHING needs no Data-Out, whatever the initiator has ready. */
function dataOutLength({ bytchk, blockCount }: Verify, unit: Unit): number {
  const { blockSize } = unit.device.geometry;
  if (bytchk === ALL_BLOCKS) return blockCount * blockSize;
  return bytchk === ONE_BLOCK && blockCount > 0 ? blockSize : 0;
}

function lookOf(bytchk: number, { dataOut }: Task, unit: Unit): Look {
  if (bytchk === ALL_BLOCKS) return sameAs(dataOut);
  if (bytchk === ONE_BLOCK) return eachSameAs(dataOut, unit.device.geometry.blockSize);
  return looksAtNothing;
}

function execute({ bytchk, lba, blockCount: asked }: Verify, task: Task, unit: Unit): void {
  const blockCount = bytchk === ALL_BLOCKS ? blocksThatCame(asked, task, unit) : asked;
  const look = lookOf(bytchk, task, unit);
  scanMedium({ task, unit }, { lba, blockCount }, look, () => unit.good(task));
}

function verify(row: Row): Command {
  return command({
    row,
    reservation: "read",
    needsMedium: true,
    writes: false,
    check: (cdb: Verify, unit, task) => check(row, cdb, task, unit),
    dataOutLength,
    execute,
  });
}

export const verifyCommands: readonly Command[] = [
  verify(verify10),
  verify(verify12),
  verify(verify16),
];
