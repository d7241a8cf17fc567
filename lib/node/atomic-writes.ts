/**
 * Writes of a disk in a file that are there as a whole or not at all, wherever the process or the
 * power ends: the blocks as they were are kept in a file beside the disk until the new ones are
 * stable, and what an opening finds there is written back. `store/undo-record.ts` is what the file
 * holds.
 *
 *   keep what was there ─ sync ─▶ write in place ─ sync ─▶ forget what was there ─ sync ─▶ ended
 *
 *   cut off before the first sync has ended    nothing has been written in place
 *   before the last                            undone by the next opening: nobody was told
 *
 * The range is held until the end, so what is undone never lands on top of a later write.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { lengthOf } from "../base/bytes";
import type { Superblock } from "../store/superblock";
import {
  decodeUndoHead,
  encodeUndoHead,
  UNDO_HEAD_LENGTH,
  type UndoHead,
} from "../store/undo-record";
import { crc32c } from "./crc32c";
import { DiskFile, syncDirectory } from "./disk-file";
import { SettingsError } from "./settings-error";

/** A disk that atomic writes go to. */
export interface AtomicDisk {
  readonly path: string;
  readonly file: DiskFile;
  readonly superblock: Superblock;
}

export interface AtomicPorts {
  /** What was written to the disk before the call is on stable storage. */
  readonly sync: () => Promise<void>;
  /** The file beside it: for specs another than `openBeside` gives. */
  readonly openBeside?: () => DiskFile;
}

/** A head that says that nothing is kept. */
const NOTHING = Buffer.alloc(UNDO_HEAD_LENGTH);

function besidePathOf(path: string): string {
  return `${path}.atomic`;
}

function startOf({ dataOffset, blockSize }: Superblock, lba: number): number {
  return dataOffset + lba * blockSize;
}

export class AtomicWrites {
  readonly #disk: AtomicDisk;
  readonly #ports: AtomicPorts;
  /** Made when it is needed first. */
  #beside: DiskFile | null = null;
  /** Ends with the last that came: what was there is kept for one at a time. */
  #last: Promise<void> = Promise.resolve();
  /** Nobody could say that what is kept is forgotten: nothing more may be kept. */
  #isStuck = false;

  constructor(disk: AtomicDisk, ports: AtomicPorts) {
    this.#disk = disk;
    this.#ports = ports;
  }

  /**
   * Writes blocks of a range that nobody else touches meanwhile; they are stable when it ends.
   * @throws errno errors; the blocks are as they were then, as far as the disk can be written.
   */
  write(lba: number, data: readonly Uint8Array[]): Promise<void> {
    const ended = this.#last.then(() => this.#write(lba, data));
    this.#last = ended.catch(() => undefined);
    return ended;
  }

  close(): void {
    this.#beside?.close();
  }

  async #write(lba: number, data: readonly Uint8Array[]): Promise<void> {
    if (this.#isStuck) throw new Error("an atomic write before this one could not be ended");
    const { file, superblock } = this.#disk;
    const start = startOf(superblock, lba);
    const before = Buffer.allocUnsafe(lengthOf(data));
    await file.read([before], start);
    const openFile = this.#ports.openBeside ?? ((): DiskFile => openBeside(this.#disk.path));
    const beside = (this.#beside ??= openFile());
    this.#isStuck = true;
    try {
      await this.#keep(beside, lba, before);
      await this.#writeInPlace(start, { data, before });
    } finally {
      await beside.write([NOTHING], 0);
      await beside.sync();
      this.#isStuck = false;
    }
  }

  async #keep(beside: DiskFile, lba: number, before: Buffer): Promise<void> {
    const { blockSize, identity } = this.#disk.superblock;
    const blockCount = before.length / blockSize;
    const head = { identity, lba, blockCount, dataChecksum: crc32c(before) };
    await beside.write([encodeUndoHead(head, crc32c), before], 0);
    await beside.sync();
  }

  /** What was written of it when it fails is overwritten with what was there. */
  async #writeInPlace(
    start: number,
    { data, before }: { readonly data: readonly Uint8Array[]; readonly before: Buffer },
  ): Promise<void> {
    const { file } = this.#disk;
    try {
      await file.write(data, start);
      await this.#ports.sync();
    } catch (error) {
      // Where there was no space for the end of the one there is none for the end of the other.
      await file.write([before], start).catch(() => undefined);
      await this.#ports.sync().catch(() => undefined);
      throw error;
    }
  }
}

/** Opens the file beside a disk, or makes it: its head takes no space from then on. */
function openBeside(diskPath: string): DiskFile {
  const path = besidePathOf(diskPath);
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  const beside = new DiskFile(fd, false);
  try {
    beside.writeSync([NOTHING], 0);
    fs.fsyncSync(fd);
    syncDirectory(dirname(path));
    return beside;
  } catch (error) {
    beside.close();
    throw error;
  }
}

/**
 * Undoes what a process before this one has not ended; false: there is nothing to be undone. What
 * stands beside a disk that is made now is of another one that stood there.
 * @throws SettingsError when it is of another disk; errno errors.
 */
export function undoUnfinished(disk: AtomicDisk, isNew: boolean): boolean {
  const path = besidePathOf(disk.path);
  if (!fs.existsSync(path)) return false;
  const beside = new DiskFile(fs.openSync(path, "r+"), false);
  try {
    const kept = readKept(beside, disk.superblock);
    if (kept === null) return false;
    if (!isNew) writeBack(disk, kept);
    beside.writeSync([NOTHING], 0);
    fs.fsyncSync(beside.fd);
    return !isNew;
  } finally {
    beside.close();
  }
}

interface Kept extends UndoHead {
  readonly before: Uint8Array;
}

/** null: nothing, or what was not whole when its write was cut off. */
function readKept(beside: DiskFile, { blockSize }: Superblock): Kept | null {
  const { size } = fs.fstatSync(beside.fd);
  if (size < UNDO_HEAD_LENGTH) return null;
  const head = Buffer.alloc(UNDO_HEAD_LENGTH);
  beside.readSync([head], 0);
  const record = decodeUndoHead(head, crc32c);
  if (record === null || size < UNDO_HEAD_LENGTH + record.blockCount * blockSize) return null;
  const before = Buffer.alloc(record.blockCount * blockSize);
  beside.readSync([before], UNDO_HEAD_LENGTH);
  return crc32c(before) === record.dataChecksum ? { ...record, before } : null;
}

function writeBack({ path, file, superblock }: AtomicDisk, kept: Kept): void {
  const { identity, lba, blockCount, before } = kept;
  const isOurs = Buffer.from(superblock.identity).equals(identity);
  if (!isOurs || lba + blockCount > superblock.blockCount) {
    const what = "undoes a write of another disk: move it away, or bring its disk";
    throw new SettingsError(`File ${besidePathOf(path)} ${what}.`);
  }
  file.writeSync([before], startOf(superblock, lba));
  fs.fdatasyncSync(file.fd);
}
