/**
 * Bytes of an open file: whole vectored reads and writes, holes and stable storage, in the calling
 * thread (`…Sync`) or through the thread pool. It knows no blocks. All throw errno errors.
 */
import {
  closeSync,
  fdatasync,
  fsyncSync,
  openSync,
  readv,
  readvSync,
  writev,
  writevSync,
} from "node:fs";
import { promisify } from "node:util";
import { trim } from "fs-native-extensions";
import { lengthOf, sliceChunks } from "../base/bytes";

/** Bytes [start, end) of a file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const HOLE_ALIGNMENT = 4096;
const REPEAT_LENGTH = 1024 * 1024;

const readLater = promisify(readv);
const writeLater = promisify(writev);
const syncLater = promisify(fdatasync);

function endOfFile(): Error {
  return Object.assign(new Error("the file ends before the data"), { code: "EIO" });
}

/** The chunks beyond the first `done` bytes; a whole transfer ends with an empty list. */
function rest(chunks: readonly Uint8Array[], done: number): readonly Uint8Array[] {
  const length = lengthOf(chunks);
  return done === length ? [] : sliceChunks(chunks, done, length);
}

/** A new name is on stable storage only when its directory is. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export class DiskFile {
  readonly fd: number;
  /** Whether holes can be made; if not, zeros are written. */
  readonly hasHoles: boolean;

  constructor(fd: number, hasHoles: boolean) {
    this.fd = fd;
    this.hasHoles = hasHoles;
  }

  readSync(chunks: readonly Uint8Array[], position: number): void {
    for (let left = chunks, at = position; left.length > 0;) {
      const count = readvSync(this.fd, left, at);
      if (count === 0) throw endOfFile();
      left = rest(left, count);
      at += count;
    }
  }

  writeSync(chunks: readonly Uint8Array[], position: number): void {
    for (let left = chunks, at = position; left.length > 0;) {
      const count = writevSync(this.fd, left, at);
      left = rest(left, count);
      at += count;
    }
  }

  async read(chunks: readonly Uint8Array[], position: number): Promise<void> {
    for (let left = chunks, at = position; left.length > 0;) {
      const { bytesRead } = await readLater(this.fd, left, at);
      if (bytesRead === 0) throw endOfFile();
      left = rest(left, bytesRead);
      at += bytesRead;
    }
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    for (let left = chunks, at = position; left.length > 0;) {
      const { bytesWritten } = await writeLater(this.fd, left, at);
      left = rest(left, bytesWritten);
      at += bytesWritten;
    }
  }

  /** Fills the span with copies of `block`; its length divides REPEAT_LENGTH and the span. */
  async repeat(block: Uint8Array, span: Span): Promise<void> {
    const length = Math.min(REPEAT_LENGTH, span.end - span.start);
    const piece = Buffer.alloc(length, block);
    for (let at = span.start; at < span.end; at += length) {
      await this.write([piece.subarray(0, Math.min(length, span.end - at))], at);
    }
  }

  /** Makes the span read as zeros, and gives back its space where it can. */
  async zero(span: Span): Promise<void> {
    const start = Math.ceil(span.start / HOLE_ALIGNMENT) * HOLE_ALIGNMENT;
    const end = Math.floor(span.end / HOLE_ALIGNMENT) * HOLE_ALIGNMENT;
    if (!this.hasHoles || start >= end) return this.repeat(Buffer.alloc(1), span);
    await this.repeat(Buffer.alloc(1), { start: span.start, end: start });
    await trim(this.fd, start, end - start);
    await this.repeat(Buffer.alloc(1), { start: end, end: span.end });
  }

  /** All bytes written before the call are on stable storage. */
  sync(): Promise<void> {
    return syncLater(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
