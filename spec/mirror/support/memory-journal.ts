/** The medium of a communication volume in memory: it outlives the journals that are made of it. */
import type { JournalStorage } from "../../../lib/mirror/config";

export class MemoryJournal implements JournalStorage {
  readonly bytes: Buffer;
  writes = 0;
  /** Says that it cannot keep anything. */
  isFailing = false;

  constructor(length = 64 * 1024) {
    this.bytes = Buffer.alloc(length);
  }

  get length(): number {
    return this.bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, offset, offset + length);
  }

  write(offset: number, chunks: readonly Uint8Array[]): boolean {
    if (this.isFailing) return false;
    this.writes++;
    for (let at = offset, index = 0; index < chunks.length; index++) {
      const chunk = chunks[index] as Uint8Array;
      if (at + chunk.length > this.bytes.length) throw new RangeError("a write behind the end");
      this.bytes.set(chunk, at);
      at += chunk.length;
    }
    return true;
  }
}
