/**
 * Bytes of the in path that are not yet used up, with the leases of those who may fill their place
 * again. Large pieces are held as they came; small ones are copied, so that no large buffer stays
 * because of a few bytes in it, and a message that comes byte by byte costs about its size.
 */
import { assert } from "../base/assert";
import type { Lease } from "../base/lease";

/** Pieces under this are copied at the end of their turn: in bytes. */
export const SMALL_PIECE = 4096;
const GATHER_LENGTH = 16 * 1024;

/** Bytes, and what to hold to keep them; null: they stay as they are. */
export interface Views {
  readonly chunks: readonly Uint8Array[];
  readonly lease: Lease | null;
}

/** The leases of several chunks as one. */
class LeaseOfMany implements Lease {
  readonly #leases: readonly Lease[];

  constructor(leases: readonly Lease[]) {
    this.#leases = leases;
  }

  hold(): void {
    for (const lease of this.#leases) lease.hold();
  }

  release(): void {
    for (const lease of this.#leases) lease.release();
  }
}

export class Received {
  /** Where the bytes begin that `take` gave last. */
  takenAt = 0;

  #chunks: Buffer[] = [];
  #leases: (Lease | null)[] = [];
  /** Whether the last chunk came in this turn: nothing of it is held or copied yet. */
  #isLastNew = false;
  /** Of the first chunk, bytes used up. */
  #at = 0;
  #length = 0;
  /** Held leases of chunks that were used up in this turn. */
  #spent: Lease[] = [];
  /** The last chunk, when it is the used part of a buffer of ours that small pieces go to. */
  #gathering: { readonly buffer: Buffer; used: number } | null = null;

  /** Bytes that are there. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes that are valid for the turn, or without a lease for ever. Once in a turn. */
  push(chunk: Uint8Array, lease: Lease | null): void {
    assert(!this.#isLastNew, "a turn was settled");
    if (chunk.length === 0) return;
    this.#chunks.push(
      Buffer.isBuffer(chunk)
        ? chunk
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
    );
    this.#leases.push(lease);
    this.#isLastNew = true;
    this.#length += chunk.length;
  }

  /** The turn ends: what is there is kept, and what has been used up is let go. */
  settle(): void {
    if (this.#isLastNew) this.#keepLast();
    if (this.#spent.length === 0) return;
    const spent = this.#spent;
    this.#spent = [];
    for (const lease of spent) lease.release();
  }

  /** Forgets what is there; `settle` lets it go. */
  clear(): void {
    this.#forget(this.#chunks.length, 0);
    this.#length = 0;
  }

  /**
   * `length` bytes in one piece, at least so many being there; valid for the turn. They begin at
   * `takenAt` of what this returns: most pieces are small and read at once, a view is not worth it.
   */
  take(length: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length - this.#at >= length) {
      this.takenAt = this.#at;
      this.#forgetBytes(length);
      return first;
    }
    this.takenAt = 0;
    return Buffer.concat(this.takeViews(length).chunks, length);
  }

  /** `length` bytes as views, at least so many being there; valid for the turn. */
  takeViews(length: number): Views {
    const first = this.#chunks[0];
    if (first !== undefined && first.length - this.#at >= length) {
      const view = first.subarray(this.#at, this.#at + length);
      const lease = this.#leases[0] as Lease | null;
      this.#forgetBytes(length);
      return { chunks: [view], lease };
    }
    return this.#takeSeveral(length);
  }

  #takeSeveral(length: number): Views {
    const chunks: Uint8Array[] = [];
    const leases: Lease[] = [];
    let rest = length;
    let at = this.#at;
    for (let index = 0; rest > 0; index++) {
      const chunk = this.#chunks[index] as Buffer;
      const lease = this.#leases[index] as Lease | null;
      const count = Math.min(rest, chunk.length - at);
      chunks.push(chunk.subarray(at, at + count));
      if (lease !== null && !leases.includes(lease)) leases.push(lease);
      rest -= count;
      at = 0;
    }
    this.#forgetBytes(length);
    const lease = leases.length > 1 ? new LeaseOfMany(leases) : (leases[0] ?? null);
    return { chunks, lease };
  }

  #forgetBytes(length: number): void {
    let count = 0;
    let at = this.#at + length;
    for (;;) {
      const chunk = this.#chunks[count];
      if (chunk === undefined || at < chunk.length) break;
      at -= chunk.length;
      count++;
    }
    this.#forget(count, at);
    this.#length -= length;
  }

  /** Drops the first `count` chunks; the next one counts from `at`. */
  #forget(count: number, at: number): void {
    this.#at = at;
    if (count === 0) return;
    const heldCount = this.#chunks.length - (this.#isLastNew ? 1 : 0);
    for (let index = 0; index < Math.min(count, heldCount); index++) {
      const lease = this.#leases[index] as Lease | null;
      if (lease !== null) this.#spent.push(lease);
    }
    this.#chunks.splice(0, count);
    this.#leases.splice(0, count);
    if (count >= heldCount) this.#gathering = null;
    if (this.#chunks.length === 0) this.#isLastNew = false;
  }

  #keepLast(): void {
    const last = this.#chunks.pop() as Buffer;
    const lease = this.#leases.pop() as Lease | null;
    const from = this.#chunks.length === 0 ? this.#at : 0;
    this.#isLastNew = false;
    if (last.length - from < SMALL_PIECE) {
      if (this.#chunks.length === 0) this.#at = 0;
      this.#gather(last.subarray(from));
      return;
    }
    lease?.hold();
    this.#chunks.push(last);
    this.#leases.push(lease);
    this.#gathering = null;
  }

  #gather(piece: Buffer): void {
    let gathering = this.#gathering;
    if (gathering !== null && gathering.used + piece.length <= GATHER_LENGTH) {
      this.#chunks.pop();
      this.#leases.pop();
    } else {
      gathering = { buffer: Buffer.allocUnsafeSlow(GATHER_LENGTH), used: 0 };
      this.#gathering = gathering;
    }
    gathering.buffer.set(piece, gathering.used);
    gathering.used += piece.length;
    this.#chunks.push(gathering.buffer.subarray(0, gathering.used));
    this.#leases.push(null);
  }
}
