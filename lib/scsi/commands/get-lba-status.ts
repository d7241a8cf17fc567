/**
 * GET LBA STATUS: which blocks of a thin unit are mapped. No device here keeps a map of what is
 * allocated, and none needs one: unmapped blocks read as zeros (LBPRZ), so nobody can tell them
 * from blocks of zeros that were written. Hence the blocks are read, and those of zeros reported as
 * deallocated: the same from every store, at both sides of a pair and after every restart. It goes
 * on from portion to portion while all is zeros, and ends with the first that holds anything: the
 * initiator asks again from there. [SBC-4 GET LBA STATUS, 4.7.4]
 */
import { bits, format, getLbaStatus as row, uint } from "node-scsi-cdb";
import { limits } from "../../base/limits";
import { command } from "../command";
import { isThin } from "../vpd/logical-block-provisioning";
import { checkRange } from "./transfer";

const header = format({
  name: "GET LBA STATUS parameter data",
  length: 8,
  fields: { dataLength: uint(0, 4, "PARAMETER DATA LENGTH") },
});

/** PARAMETER DATA LENGTH does not count itself. */
const UNCOUNTED = 4;

const descriptor = format({
  name: "LBA status descriptor",
  length: 16,
  fields: {
    lba: uint(0, 8, "LBA STATUS LOGICAL BLOCK ADDRESS"),
    blockCount: uint(8, 4, "NUMBER OF LOGICAL BLOCKS"),
    provisioningStatus: bits(12, 3, 0, "PROVISIONING STATUS"),
  },
});

/** PROVISIONING STATUS */
const MAPPED = 0;
const DEALLOCATED = 1;

/** Blocks of one status, one behind the other. */
interface Run {
  readonly lba: number;
  blockCount: number;
  readonly provisioningStatus: typeof MAPPED | typeof DEALLOCATED;
}

const ZEROS = Buffer.alloc(limits.scanPortionMax);

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;
}

function add(
  runs: Run[],
  blocks: { readonly lba: number; blockCount: number },
  of: Uint8Array,
): void {
  const provisioningStatus = isZero(of) ? DEALLOCATED : MAPPED;
  const last = runs.at(-1);
  if (last?.provisioningStatus === provisioningStatus) last.blockCount += blocks.blockCount;
  else runs.push({ ...blocks, provisioningStatus });
}

/** Adds what a portion that begins at `lba` consists of: block by block, unless all is zeros. */
function addPortion(runs: Run[], lba: number, portion: Uint8Array, blockSize: number): void {
  const blockCount = portion.length / blockSize;
  if (isZero(portion)) return add(runs, { lba, blockCount }, portion);
  for (let index = 0; index < blockCount; index++) {
    const block = portion.subarray(index * blockSize, (index + 1) * blockSize);
    add(runs, { lba: lba + index, blockCount: 1 }, block);
  }
}

/** Descriptors to tell: as many as there is room for, and one at least. */
function roomIn(allocationLength: number): number {
  return Math.max(1, Math.floor((allocationLength - header.length) / descriptor.length));
}

function encode(runs: readonly Run[], room: number): Uint8Array {
  const list = runs.slice(0, room).map((run) => descriptor.encode(run));
  const dataLength = header.length - UNCOUNTED + list.length * descriptor.length;
  return Buffer.concat([header.encode({ dataLength }), ...list]);
}

export const getLbaStatus = command({
  row,
  supported: isThin,
  reservation: "read",
  needsMedium: true,
  writes: false,
  check: ({ lba }, unit) => checkRange({ lba, blockCount: 1 }, unit),
  execute({ lba: first, allocationLength }, task, unit) {
    const { blockSize, blockCount } = unit.device.geometry;
    const room = roomIn(allocationLength);
    // Whoever asks for little need not wait for much.
    const most = Math.min(room * limits.lbaStatusLength, limits.lbaStatusMax);
    const end = Math.min(blockCount, first + most / blockSize);
    const portionMax = Math.min(end - first, limits.scanPortionMax / blockSize);
    const runs: Run[] = [];
    const lookFrom = (lba: number, buffer: Uint8Array): void => {
      const count = Math.min(portionMax, end - lba);
      const portion = buffer.subarray(0, count * blockSize);
      unit.run(task, { op: "read", lba, blockCount: count, data: [portion] }, () => {
        addPortion(runs, lba, portion, blockSize);
        const next = lba + count;
        const isAllZeros = runs.every((run) => run.provisioningStatus === DEALLOCATED);
        if (isAllZeros && next < end) lookFrom(next, buffer);
        else unit.goodWithData(task, encode(runs, room), allocationLength);
      });
    };
    unit.borrow(task, portionMax * blockSize, (buffer) => lookFrom(first, buffer));
  },
});
