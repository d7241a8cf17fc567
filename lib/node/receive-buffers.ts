/**
 * Where sockets put what they receive. Each connection fills a buffer of its own from the front,
 * starts at the front again as soon as nobody holds a lease on it, and takes another one when it is
 * full of bytes that somebody holds. So receiving makes no garbage, and what has just been written
 * is still in the processor's cache when it is read. A connection begins with a small buffer and
 * gets a large one when it has filled that.
 */
import type { Lease } from "../base/lease";

const SMALL = 16 * 1024;
const LARGE = 512 * 1024;
/** Room that is worth another read; with less of it the buffer counts as full. */
const ROOM_MIN = 4096;
/** Large buffers kept for the next who needs one. */
const SPARE_MAX = 16;

class ReceiveBuffer implements Lease {
  readonly bytes: Buffer;
  /** Bytes from the front that hold what was received and is held. */
  used = 0;
  #holds = 0;
  readonly #free: (buffer: ReceiveBuffer) => void;
  /** No connection fills it any more: the last release frees it. */
  #isRetired = false;

  constructor(length: number, free: (buffer: ReceiveBuffer) => void) {
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.#free = free;
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0 && this.#isRetired) this.#free(this);
  }

  retire(): void {
    this.#isRetired = true;
    if (this.#holds === 0) this.#free(this);
  }

  /** Ready for another connection. */
  reuse(): this {
    this.#isRetired = false;
    this.used = 0;
    return this;
  }
}

/** The buffers of all connections. */
export class ReceiveBuffers {
  readonly #spare: ReceiveBuffer[] = [];

  receiver(): Receiver {
    return new Receiver(this);
  }

  take(length: number): ReceiveBuffer {
    const spare = length === LARGE ? this.#spare.pop() : undefined;
    return spare?.reuse() ?? new ReceiveBuffer(length, (buffer) => this.#keep(buffer));
  }

  #keep(buffer: ReceiveBuffer): void {
    if (buffer.bytes.length === LARGE && this.#spare.length < SPARE_MAX) this.#spare.push(buffer);
  }
}

/** The place of one connection: where its next bytes go, and what has come. */
export class Receiver {
  readonly #buffers: ReceiveBuffers;
  #buffer: ReceiveBuffer;
  #isClosed = false;

  constructor(buffers: ReceiveBuffers) {
    this.#buffers = buffers;
    this.#buffer = buffers.take(SMALL);
  }

  /** Room for the next read. Asked for once before each `received`. */
  room(): Buffer {
    if (!this.#buffer.isHeld) this.#buffer.used = 0;
    if (this.#buffer.bytes.length - this.#buffer.used < ROOM_MIN) this.#exchange(LARGE);
    return this.#buffer.bytes.subarray(this.#buffer.used);
  }

  /** What a read has put into the room: `deliver` gets it, and may hold its lease. */
  received(length: number, deliver: (chunk: Uint8Array, lease: Lease) => void): void {
    const buffer = this.#buffer;
    const chunk = buffer.bytes.subarray(buffer.used, buffer.used + length);
    const isFilled = buffer.used + length === buffer.bytes.length;
    buffer.used += length;
    buffer.hold();
    deliver(chunk, buffer);
    buffer.release();
    if (isFilled && buffer.bytes.length === SMALL && !this.#isClosed) this.#exchange(LARGE);
  }

  /** The connection is gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#buffer.retire();
  }

  #exchange(length: number): void {
    this.#buffer.retire();
    this.#buffer = this.#buffers.take(length);
  }
}
