/**
 * Works through ranges of a volume, a few at once: holds the range, reads this side's copy, has the
 * other side compare it, and sends it where they differ, if its owner wants that. What the ranges
 * are and what it means that they differ is the owner's: `resync.ts`, `verify.ts`.
 */
import { limits } from "../base/limits";
import type { Job } from "../block/job";
import type { PairCore } from "./pair-core";
import type { PairBody } from "./pair-messages";
import { progressOf } from "./pair-progress";
import type { Progress } from "./pair-status";

export interface ChunkRange {
  readonly lba: number;
  readonly blockCount: number;
}

export interface ChunkOwner {
  /** The next range, at most `limits.resyncChunkLength`; null: none is left. */
  next(): ChunkRange | null;
  /** Whether a range that differs is to be sent. */
  readonly isCopying: boolean;
  /** Both copies are equal there now, or (when not copying) whether they are; still held. */
  ended(range: ChunkRange, isEqual: boolean): void;
  /** Nothing is under way any more and `next` has said null. */
  finished(): void;
  /** A copy cannot be read or written: half a sentence. Nothing more is done. */
  failed(why: string): void;
}

/** So late may a chunk be begun that the rate is kept all the same: timers are not exact. */
const LATE_MS = 50;

/** After a chunk that differed this many are sent without asking: neighbours differ too. */
const UNASKED_MAX = 16;

interface Slot extends ChunkRange {
  readonly id: number;
  readonly buffer: Uint8Array;
  /** Gives the range back; null while it is not held. */
  release: (() => void) | null;
  /** Uses of the buffer: by the exchange and by the link. */
  uses: number;
}

export class PairChunks {
  readonly #core: PairCore;
  readonly #owner: ChunkOwner;
  readonly #slots = new Map<number, Slot>();
  readonly #buffers: Uint8Array[] = [];
  #lent = 0;
  #nextId: number;
  #unasked = 0;
  #isStopped = false;
  #isFilling = false;
  /** No sooner than this the next range is begun: the rate allows no more. */
  #nextMs = -Infinity;
  /** A range waits for that, and for nothing else. */
  #isPaced = false;
  readonly #startMs: number;
  #doneBytes = 0;

  /** @param firstId above all ids of earlier ones on this link. */
  constructor(fields: { core: PairCore; owner: ChunkOwner; firstId: number }) {
    this.#core = fields.core;
    this.#owner = fields.owner;
    this.#nextId = fields.firstId;
    this.#startMs = fields.core.nowMs;
  }

  /** Above all ids used so far. */
  get nextId(): number {
    return this.#nextId;
  }

  progress(leftBytes: number): Progress {
    const elapsedS = (this.#core.nowMs - this.#startMs) / 1000;
    const doneBytes = this.#doneBytes;
    const bytesPerS = elapsedS > 0 ? doneBytes / elapsedS : 0;
    return progressOf({ doneBytes, totalBytes: doneBytes + leftBytes, bytesPerS });
  }

  nextDeadline(): number {
    return this.#isPaced ? this.#nextMs : Infinity;
  }

  time(): void {
    if (this.#isPaced && this.#nextMs <= this.#core.nowMs) this.fill();
  }

  /** Begins as many ranges as there is room for, and as the rate allows. */
  fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    let isAtEnd = false;
    while (this.#hasRoom && this.#nextMs <= this.#core.nowMs && !isAtEnd) {
      const range = this.#owner.next();
      if (range === null) isAtEnd = true;
      else this.#begin(range);
    }
    this.#isFilling = false;
    this.#isPaced = this.#hasRoom && !isAtEnd;
    if (!isAtEnd || this.#isStopped || this.#slots.size > 0) return;
    this.#isStopped = true;
    this.#owner.finished();
  }

  /** Gives all ranges back; answers that come later are nobody's. */
  stop(): void {
    this.#isStopped = true;
    this.#isPaced = false;
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    for (const slot of slots) slot.release?.();
  }

  compared(body: PairBody): void {
    const slot = this.#slots.get(body.id);
    if (slot === undefined) return;
    if (body.other) return this.#fail("the other copy cannot be read");
    if (body.flag) this.#unasked = 0;
    if (body.flag || !this.#owner.isCopying) return this.#end(slot, body.flag);
    this.#unasked = UNASKED_MAX;
    this.#sendData(slot);
  }

  written(body: PairBody): void {
    const slot = this.#slots.get(body.id);
    if (slot === undefined) return;
    if (!body.flag) return this.#fail("the other copy cannot be written");
    this.#end(slot, true);
  }

  get #hasRoom(): boolean {
    return !this.#isStopped && this.#lent < limits.resyncChunksMax;
  }

  /** What it costs at the rate is not begun before. */
  #pace(blockCount: number): void {
    const { config, volume } = this.#core.fields;
    const { resyncRate = 0 } = config;
    if (resyncRate === 0) return;
    const costMs = (1000 * blockCount * volume.device.geometry.blockSize) / resyncRate;
    this.#nextMs = Math.max(this.#nextMs, this.#core.nowMs - LATE_MS) + costMs;
  }

  #begin(range: ChunkRange): void {
    this.#pace(range.blockCount);
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(limits.resyncChunkLength);
    const slot: Slot = { ...range, id: this.#nextId++, buffer, release: null, uses: 1 };
    this.#lent++;
    this.#slots.set(slot.id, slot);
    this.#core.fields.traffic().holdRange(range.lba, range.blockCount, (release) => {
      if (this.#slots.get(slot.id) !== slot) return release();
      slot.release = release;
      this.#read(slot);
    });
  }

  #read(slot: Slot): void {
    const { lba, blockCount } = slot;
    const onDone = (job: Job): void => {
      if (this.#slots.get(slot.id) !== slot) return;
      if (job.status !== "ok") return this.#fail("this side's copy cannot be read");
      if (this.#owner.isCopying && this.#unasked > 0) {
        this.#unasked--;
        return this.#sendData(slot);
      }
      const checksum = this.#core.fields.crc32c(this.#dataOf(slot));
      this.#core.send("compare", { id: slot.id, lba, blockCount, checksum });
    };
    const data = [this.#dataOf(slot)];
    this.#core.submit({ op: "read", lba, blockCount, data }, onDone);
  }

  #sendData(slot: Slot): void {
    const { id, lba, blockCount } = slot;
    slot.uses++;
    this.#core.send("chunk", { id, lba, blockCount, data: [this.#dataOf(slot)] }, () =>
      this.#giveBack(slot),
    );
  }

  #dataOf(slot: Slot): Uint8Array {
    const { blockSize } = this.#core.fields.volume.device.geometry;
    return slot.buffer.subarray(0, slot.blockCount * blockSize);
  }

  #end(slot: Slot, isEqual: boolean): void {
    this.#slots.delete(slot.id);
    this.#doneBytes += this.#dataOf(slot).length;
    this.#owner.ended(slot, isEqual);
    slot.release?.();
    this.#giveBack(slot);
  }

  /** A buffer is filled again when neither the exchange nor the link looks at it. */
  #giveBack(slot: Slot): void {
    slot.uses--;
    if (slot.uses > 0) return;
    this.#lent--;
    this.#buffers.push(slot.buffer);
    this.fill();
  }

  #fail(why: string): void {
    this.stop();
    this.#owner.failed(why);
  }
}
