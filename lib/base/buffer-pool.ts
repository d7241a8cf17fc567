/**
 * Payload buffers, lent out and given back. The pool bounds how many bytes of payload are alive
 * (`limit`), and keeps freed buffers by size class so that hot paths allocate nothing. Who takes a
 * buffer names who gives it back; a buffer that a dead socket may still hold is forgotten instead.
 */
import { assert } from "./assert";
import { Fifo } from "./fifo";

const SMALLEST = 4096;

/**
 * Bytes in front of each buffer, for the header that its borrower sends before it: so both are one
 * piece. With 16 more that glibc puts in front of what it maps, large buffers begin at a multiple
 * of 64 in their page. Not doing so, just behind the start of a page, makes the kernel's copying
 * from the page cache slower by a fourth on some AMD processors.
 */
const ROOM = 112;

/** A place in line for bytes. `ready` is called once, when `bytes` have been set aside. */
interface Waiter {
  readonly bytes: number;
  readonly ready: () => void;
}

/** The buffer that `take` cut a part from. */
function wholeOf(buffer: Uint8Array): Uint8Array {
  return Buffer.from(buffer.buffer as ArrayBuffer, ROOM);
}

export class BufferPool {
  /** Bytes that may be out at once. */
  readonly limit: number;
  #out = 0;
  readonly #free = new Map<number, Uint8Array[]>();
  #kept = 0;
  readonly #waiters: Fifo<Waiter>;

  constructor(options: { limit: number; waitersMax: number }) {
    this.limit = options.limit;
    this.#waiters = new Fifo(options.waitersMax);
  }

  /** Bytes lent out now: 0 when the target is idle, or there is a leak. */
  get out(): number {
    return this.#out;
  }

  /** The bytes that a buffer of `length` counts for. */
  static sizeClass(length: number): number {
    let size = SMALLEST;
    while (size < length) size *= 2;
    return size;
  }

  /** Whether `take(length)` would lend at once. Someone who waits goes first. */
  has(length: number): boolean {
    const size = BufferPool.sizeClass(length);
    return this.#waiters.length === 0 && (this.#out === 0 || this.#out + size <= this.limit);
  }

  /**
   * A buffer of exactly `length` bytes, its content undefined, with ROOM bytes before it. Ask `has`
   * first: lending over the limit is a bug, except that a lone buffer may be larger than the limit.
   */
  take(length: number): Uint8Array {
    const size = BufferPool.sizeClass(length);
    assert(this.#out === 0 || this.#out + size <= this.limit, "buffer pool over its limit");
    this.#out += size;
    const kept = this.#free.get(size)?.pop();
    if (kept !== undefined) this.#kept -= size;
    const whole = kept ?? Buffer.allocUnsafeSlow(ROOM + size).subarray(ROOM);
    return length === size ? whole : whole.subarray(0, length);
  }

  /**
   * Calls `ready` (later, from `give` or `forget`) when `has(length)`; false when the line is full.
   */
  wait(length: number, ready: () => void): boolean {
    return this.#waiters.push({ bytes: length, ready });
  }

  /** Takes a buffer back for reuse. Nobody may read or write it any more. */
  give(buffer: Uint8Array): void {
    const size = BufferPool.sizeClass(buffer.length);
    this.#out -= size;
    assert(this.#out >= 0, "buffer given back twice");
    if (this.#kept + size <= this.limit / 2) {
      let list = this.#free.get(size);
      if (list === undefined) this.#free.set(size, (list = []));
      list.push(buffer.length === size ? buffer : wholeOf(buffer));
      this.#kept += size;
    }
    if (this.#waiters.length > 0) this.#wake();
  }

  /** Ends the loan without reuse: somebody (a closed socket) may still hold the buffer. */
  forget(buffer: Uint8Array): void {
    this.#out -= BufferPool.sizeClass(buffer.length);
    assert(this.#out >= 0, "buffer forgotten twice");
    this.#wake();
  }

  #wake(): void {
    for (;;) {
      const first = this.#waiters.peek();
      if (first === undefined) return;
      const size = BufferPool.sizeClass(first.bytes);
      if (this.#out !== 0 && this.#out + size > this.limit) return;
      this.#waiters.shift();
      first.ready();
    }
  }
}
