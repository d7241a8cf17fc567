/**
 * Writes whose hosts were told that they are done before both copies have them: their data, kept in
 * the cache of the side that told, and who waits until they are. It writes nothing itself.
 *
 *   kept ──begin──▶ under way ──end──▶ settled, in any order
 *   whenSettled: after all that were under way when it was asked
 */
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import { lengthOf, scatterInto } from "../base/bytes";

/** The beginning of a sentence about so many of them. */
export function toldWrites(count: number): string {
  const whose = count === 1 ? "1 write that a host was" : `${count} writes that hosts were`;
  return `${whose} told to be done`;
}

/** A write under way, and its data. */
export interface EarlyWrite {
  /** null: it has none. */
  readonly buffer: Uint8Array | null;
  isSettled: boolean;
  /** Who has its data beside the write itself: a message on its way. */
  lentCount: number;
}

interface Waiter {
  /** So many writes had begun when it came. */
  readonly begun: number;
  readonly then: () => void;
}

export class EarlyWrites {
  readonly #buffers: BufferPool;
  /** Tells how many are lost, when none is under way any more. */
  readonly #tellLost: (count: number) => void;
  /** In the order they began, without those settled at its head. */
  #writes: EarlyWrite[] = [];
  /** How many have left the head of the line. */
  #settledCount = 0;
  #waiters: Waiter[] = [];
  #lostCount = 0;

  constructor(fields: { buffers: BufferPool; tellLost: (count: number) => void }) {
    this.#buffers = fields.buffers;
    this.#tellLost = fields.tellLost;
  }

  /** Whether there is room to keep so many bytes. */
  hasRoom(length: number): boolean {
    return length === 0 || this.#buffers.has(length);
  }

  /** Keeps a copy of the data, for which there is room. */
  begin(data: readonly Uint8Array[]): EarlyWrite {
    const length = lengthOf(data);
    const buffer = length === 0 ? null : this.#buffers.take(length);
    if (buffer !== null) scatterInto(data, [buffer]);
    const write = { buffer, isSettled: false, lentCount: 0 };
    this.#writes.push(write);
    return write;
  }

  /** Keeps the data until what is returned is called, also beyond the write's end. */
  lend(write: EarlyWrite): () => void {
    write.lentCount++;
    return () => {
      write.lentCount--;
      this.#giveBack(write);
    };
  }

  /** Both copies have it, or one that goes on alone; `isLost`: no copy may have it. */
  end(write: EarlyWrite, isLost: boolean): void {
    assert(!write.isSettled, "an early write ends once");
    write.isSettled = true;
    this.#giveBack(write);
    if (isLost) this.#lostCount++;
    let count = 0;
    while (this.#writes[count]?.isSettled === true) count++;
    if (count === 0) return;
    this.#writes.splice(0, count);
    this.#settledCount += count;
    this.#tellWaiters();
    this.#tellLoss();
  }

  /** Calls `then` when all that are under way now have settled: at once, if none is. */
  whenSettled(then: () => void): void {
    if (this.#writes.length === 0) return then();
    this.#waiters.push({ begun: this.#settledCount + this.#writes.length, then });
  }

  #giveBack({ buffer, isSettled, lentCount }: EarlyWrite): void {
    if (buffer !== null && isSettled && lentCount === 0) this.#buffers.give(buffer);
  }

  #tellWaiters(): void {
    while (this.#waiters.length > 0) {
      const { begun, then } = this.#waiters[0] as Waiter;
      if (begun > this.#settledCount) return;
      this.#waiters.shift();
      then();
    }
  }

  #tellLoss(): void {
    if (this.#lostCount === 0 || this.#writes.length > 0) return;
    const count = this.#lostCount;
    this.#lostCount = 0;
    this.#tellLost(count);
  }
}
