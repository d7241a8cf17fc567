/**
 * Opens the file behind a file store, or makes it: locked against others, its superblock read and
 * checked against what was asked for. Until all of that is fine, nothing in the file is changed.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { tryLock, trimSync } from "fs-native-extensions";
import type { Crc32c } from "../base/crc32c";
import {
  DATA_OFFSET,
  encodeSuperblock,
  fileLengthOf,
  readSuperblocks,
  SUPERBLOCK_LENGTH,
  SUPERBLOCK_OFFSETS,
  type Superblock,
} from "../store/superblock";
import { undoUnfinished } from "./atomic-writes";
import { DiskFile, syncDirectory } from "./disk-file";
import { SettingsError } from "./settings-error";

export interface StoreFileOptions {
  readonly path: string;
  /** Bytes of data; null takes what the store says, and makes no new one. */
  readonly size: number | null;
  readonly blockSize: number;
  readonly crc32c: Crc32c;
  readonly entropy: (length: number) => Uint8Array;
  /** Milliseconds since 1970: when a store made now was made. */
  readonly createdMs: number;
  /** The program and version that makes it. */
  readonly creator: string;
  /** Told in a sentence when a superblock copy had to be written again. */
  readonly report: (detail: string) => void;
}

/** An open store: the file is the holder's to close. */
export interface StoreFile {
  readonly path: string;
  readonly file: DiskFile;
  readonly superblock: Superblock;
  /** It was made by this opening. */
  readonly isNew: boolean;
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "may not be read and written by this user",
  EPERM: "may not be read and written by this user",
  EROFS: "stands on a read-only file system",
  EISDIR: "is a directory",
  ENOTDIR: "stands below something that is not a directory",
  ENOSPC: "does not fit: the file system is full",
  EFBIG: "does not fit: files cannot be that large here",
  ENAMETOOLONG: "is too long a name",
};

function refusal(path: string, what: string): SettingsError {
  return new SettingsError(`Store file ${path} ${what}.`);
}

function asRefusal(path: string, error: unknown): unknown {
  if (error instanceof SettingsError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return refusal(path, WORDS[code] ?? `cannot be used: ${message}`);
}

interface Opened {
  readonly fd: number;
  readonly isNew: boolean;
}

function openFile(options: StoreFileOptions): Opened {
  const { path, size } = options;
  try {
    return { fd: fs.openSync(path, "r+"), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (size === null) {
    throw refusal(path, `does not exist, and no size is given to make it: file:${path}:SIZE`);
  }
  fs.mkdirSync(dirname(path), { recursive: true });
  const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
  return { fd: fs.openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600), isNew: true };
}

/** Makes the store in an empty file; on failure all is as it was. */
function create(opened: Opened, size: number, options: StoreFileOptions): Superblock {
  const { fd, isNew } = opened;
  const { path, blockSize, createdMs, creator } = options;
  const blockCount = size / blockSize;
  const identity = options.entropy(16);
  const superblock: Superblock = {
    ...{ identity, generation: 1, blockSize, blockCount },
    ...{ dataOffset: DATA_OFFSET, createdMs, creator, pair: new Uint8Array(0) },
  };
  try {
    fs.ftruncateSync(fd, fileLengthOf(superblock));
    writeCopies(fd, superblock, [...SUPERBLOCK_OFFSETS.keys()], options.crc32c);
    syncDirectory(dirname(path));
  } catch (error) {
    fs.ftruncateSync(fd, 0);
    if (isNew) fs.unlinkSync(path);
    throw error;
  }
  return superblock;
}

function writeCopies(
  fd: number,
  superblock: Superblock,
  indexes: readonly number[],
  crc32c: Crc32c,
): void {
  const copy = encodeSuperblock(superblock, crc32c);
  for (const index of indexes) {
    fs.writeSync(fd, copy, 0, copy.length, SUPERBLOCK_OFFSETS[index] as number);
  }
  fs.fsyncSync(fd);
}

function readCopy(fd: number, offset: number): Uint8Array {
  const copy = Buffer.alloc(SUPERBLOCK_LENGTH);
  return copy.subarray(0, fs.readSync(fd, copy, 0, copy.length, offset));
}

/** The superblock of a store that exists, checked against what was asked for. */
function load(fd: number, fileLength: number, options: StoreFileOptions): Superblock {
  const { path, crc32c } = options;
  const copies = SUPERBLOCK_OFFSETS.map((offset) => readCopy(fd, offset));
  const reading = readSuperblocks(copies, crc32c);
  if (!reading.ok) throw refusal(path, reading.problem);
  const { superblock, stale } = reading;
  const needed = fileLengthOf(superblock);
  if (fileLength < needed) {
    const what = `has ${fileLength} bytes, shorter than the ${needed} its superblock says`;
    throw refusal(path, what);
  }
  if (superblock.blockSize !== options.blockSize) {
    const { blockSize } = superblock;
    const what = `has blocks of ${blockSize} bytes, and ${options.blockSize} are asked for`;
    throw refusal(path, what);
  }
  const size = superblock.blockCount * superblock.blockSize;
  if (options.size !== null && options.size !== size) {
    throw refusal(path, `holds ${size} bytes, and ${options.size} are asked for`);
  }
  if (stale.length > 0) {
    writeCopies(fd, superblock, stale, crc32c);
    options.report(
      `Store file ${path} had a damaged superblock copy, written again from the other.`,
    );
  }
  return superblock;
}

/** Tries on a part before the data that holds zeros in every store. */
function canMakeHoles(fd: number): boolean {
  try {
    trimSync(fd, SUPERBLOCK_LENGTH, SUPERBLOCK_LENGTH);
    return true;
  } catch {
    return false;
  }
}

/** Whether the store will be made by `openStoreFile`: nothing is there yet. */
export function isAbsent(path: string): boolean {
  return !fs.existsSync(path);
}

/** @throws SettingsError when the file is not ours, not whole, not as asked for, or in use. */
export function openStoreFile(options: StoreFileOptions): StoreFile {
  const { path, size } = options;
  let opened: Opened | null = null;
  try {
    opened = openFile(options);
    const { fd } = opened;
    if (!tryLock(fd)) throw refusal(path, "is in use by another process");
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw refusal(path, "is not a regular file");
    const isEmpty = stat.size === 0 && size !== null;
    const superblock = isEmpty ? create(opened, size, options) : load(fd, stat.size, options);
    const file = new DiskFile(fd, canMakeHoles(fd));
    if (undoUnfinished({ path, file, superblock }, isEmpty)) {
      options.report(`An atomic write of store file ${path} was cut off: it has been undone.`);
    }
    return { path, file, superblock, isNew: isEmpty };
  } catch (error) {
    if (opened !== null) fs.closeSync(opened.fd);
    throw asRefusal(path, error);
  }
}
