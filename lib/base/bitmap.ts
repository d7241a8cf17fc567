/**
 * A fixed number of bits in bytes that may be kept and sent as they are: bit 0 is the leftmost of
 * byte 0. It counts what is set. Bits beyond its end are never set.
 */
import { assert } from "./assert";

/** How many bits of a byte are set. */
const COUNTS = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
});

export class Bitmap {
  /** In bits. */
  readonly length: number;
  readonly #bytes: Uint8Array;
  #count = 0;

  /** @param bytes what it starts with, copied; missing ones are zeros. */
  constructor(length: number, bytes: Uint8Array = new Uint8Array(0)) {
    this.length = length;
    this.#bytes = Buffer.alloc(Math.ceil(length / 8));
    this.#bytes.set(bytes.subarray(0, this.#bytes.length));
    this.#trim();
  }

  /** The bits themselves: to look at, valid until the next change. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** How many bits are set. */
  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return ((this.#bytes[index >>> 3] as number) & (0x80 >>> (index & 7))) !== 0;
  }

  /** Whether the bit was not set before. */
  set(index: number): boolean {
    assert(index >= 0 && index < this.length, "a bit lies inside its map");
    if (this.has(index)) return false;
    this.#bytes[index >>> 3] = (this.#bytes[index >>> 3] as number) | (0x80 >>> (index & 7));
    this.#count++;
    return true;
  }

  /** Whether the bit was set before. */
  clear(index: number): boolean {
    assert(index >= 0 && index < this.length, "a bit lies inside its map");
    if (!this.has(index)) return false;
    this.#bytes[index >>> 3] = (this.#bytes[index >>> 3] as number) & ~(0x80 >>> (index & 7));
    this.#count--;
    return true;
  }

  /** The first bit set at `from` or after it; -1: none. */
  next(from: number): number {
    for (let index = from; index < this.length;) {
      if ((index & 7) === 0 && this.#bytes[index >>> 3] === 0) {
        index += 8;
        continue;
      }
      if (this.has(index)) return index;
      index++;
    }
    return -1;
  }

  setAll(): void {
    this.#bytes.fill(0xff);
    this.#trim();
  }

  clearAll(): void {
    this.#bytes.fill(0);
    this.#count = 0;
  }

  /** Sets what is set in `bytes` too, which stand for the map's from byte `offset` on. */
  unite(offset: number, bytes: Uint8Array): void {
    const count = Math.min(bytes.length, this.#bytes.length - offset);
    for (let at = 0; at < count; at++) {
      const before = this.#bytes[offset + at] as number;
      this.#bytes[offset + at] = before | (bytes[at] as number);
    }
    this.#trim();
  }

  /** Drops bits beyond the end and counts anew. */
  #trim(): void {
    const extra = this.#bytes.length * 8 - this.length;
    const last = this.#bytes.length - 1;
    if (extra > 0) this.#bytes[last] = (this.#bytes[last] as number) & (0xff << extra);
    this.#count = 0;
    for (const byte of this.#bytes) this.#count += COUNTS[byte] as number;
  }
}
