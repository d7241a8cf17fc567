/**
 * A disk of one side: it takes time, ends jobs in any order where they do not overlap, and outlives
 * its side. What it has said to be done stays; of what was under way when its side crashed each
 * block is there or not.
 */
import { type BlockDevice, type Capabilities, type Geometry } from "../../lib/block/device";
import type { Job, JobStatus } from "../../lib/block/job";
import { orInto } from "../../lib/base/bytes";
import { compare } from "../../lib/store/compare";
import type { Prng } from "../../lib/base/prng";
import { BLOCK_SIZE, wordsOf } from "./block-value";
import { isUnchanged } from "./given-bytes";

/** Ways to be a bad disk, for the checkers' sake. */
export interface DiskFaults {
  /** How probable it is that a write is only said to be done. */
  readonly losesWrite: number;
  /** How probable it is that a write is said to be done some time before it is. */
  readonly isEarly: number;
  /** Whether a flush is only said to be done. */
  readonly losesFlush: boolean;
}

export const GOOD_DISK: DiskFaults = { losesWrite: 0, isEarly: 0, losesFlush: false };

const CACHED: Capabilities = {
  volatileCache: true,
  unmap: true,
  readOnly: false,
  atomicWrites: false,
};
const STABLE: Capabilities = {
  volatileCache: false,
  unmap: true,
  readOnly: false,
  atomicWrites: false,
};

export interface DiskWorld {
  readonly random: Prng;
  after(delayMs: number, run: () => void): void;
  /** Runs in a turn of the side, if it still is the process that asked. */
  turn(run: () => void): void;
  /** Blocks now have other content. */
  changed(lba: number, blockCount: number): void;
  fail(what: string): void;
}

interface Pending {
  readonly job: Job;
  readonly process: number;
  /** A copy of what a write was given, to see that it stays as it is; null for others. */
  readonly given: Buffer | null;
  readonly endsAfter: Pending[];
  /** What had changed when it came. */
  readonly changes: number;
  isDue: boolean;
  isEnded: boolean;
}

function isWriting(job: Job): boolean {
  return job.op !== "read" && job.op !== "flush";
}

function isOverlapping(a: Job, b: Job): boolean {
  if (a.op === "flush" || b.op === "flush") return false;
  if (!isWriting(a) && !isWriting(b)) return false;
  return a.lba < b.lba + b.blockCount && b.lba < a.lba + a.blockCount;
}

export class SimulatedDisk implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity = Buffer.alloc(16, 7);
  readonly content: Buffer;
  /** The same as `content`. */
  readonly words: Uint32Array;
  /** Whether nothing was ever written to it. */
  isNew = true;
  faults: DiskFaults = GOOD_DISK;
  /** How long a job takes, at most. */
  slownessMs = 2;
  /** How probable it is that a job ends as a medium error. */
  errors = 0;
  /** What a power loss brings back: blocks as they were when they were last flushed. */
  readonly #unflushed = new Map<number, { readonly was: Buffer; readonly at: number }>();
  /** Counts changes, to know which of them a flush came after. */
  #changes = 0;
  readonly #world: DiskWorld;
  #pending: Pending[] = [];
  #process = 0;

  constructor(blockCount: number, hasCache: boolean, world: DiskWorld) {
    this.can = hasCache ? CACHED : STABLE;
    this.geometry = { blockSize: BLOCK_SIZE, blockCount };
    this.content = Buffer.alloc(blockCount * BLOCK_SIZE);
    this.words = wordsOf(this.content);
    this.#world = world;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  submit(job: Job): void {
    const isInside = job.lba + job.blockCount <= this.geometry.blockCount && job.lba >= 0;
    if (!isInside) this.#world.fail(`a ${job.op} outside the disk: ${job.lba}+${job.blockCount}`);
    const given = isWriting(job) ? Buffer.concat(job.data) : null;
    const endsAfter = this.#pending.filter((other) => isOverlapping(job, other.job));
    const pending = {
      job,
      process: this.#process,
      given,
      endsAfter,
      changes: this.#changes,
      isDue: false,
      isEnded: false,
    };
    this.#pending.push(pending);
    const { random } = this.#world;
    const delayMs = 0.02 + (random.below(1000) / 1000) ** 3 * this.slownessMs;
    this.#world.after(delayMs, () => {
      pending.isDue = true;
      this.#endDue(pending);
    });
  }

  abort(job: Job): void {
    job.isAborted = true;
  }

  /** A new one is put in its place. */
  replace(): void {
    this.content.fill(0);
    this.#unflushed.clear();
    this.isNew = true;
  }

  /** After a crash: what was not flushed is there or not. */
  losePower(): void {
    for (const [lba, { was }] of this.#unflushed) {
      if (this.#world.random.chance(0.5)) continue;
      was.copy(this.content, lba * BLOCK_SIZE);
      this.#world.changed(lba, 1);
    }
    this.#unflushed.clear();
  }

  /** The process is gone. */
  crash(): void {
    const { random } = this.#world;
    this.#process++;
    for (const { job, given } of this.#pending.splice(0)) {
      if (given === null || job.op === "compare-and-write") continue;
      for (let index = 0; index < job.blockCount; index++)
        if (random.chance(0.5)) this.#store(job, given, index, 1);
    }
  }

  #endDue(pending: Pending): void {
    if (pending.process !== this.#process || pending.isEnded || !pending.isDue) return;
    if (pending.endsAfter.some((other) => !other.isEnded)) return;
    this.#world.turn(() => {
      if (pending.process !== this.#process || pending.isEnded) return;
      pending.isEnded = true;
      this.#pending.splice(this.#pending.indexOf(pending), 1);
      this.#end(pending);
      const next = this.#pending.filter(({ endsAfter }) => endsAfter.includes(pending));
      for (const other of next) this.#endDue(other);
    });
  }

  #end({ job, given, changes }: Pending): void {
    if (given !== null && !isUnchanged(job.data, given))
      this.#world.fail(`the data of a ${job.op} at ${job.lba} changed while it was under way`);
    const isBad = this.errors > 0 && this.#world.random.chance(this.errors);
    job.status = isBad ? "medium-error" : this.#perform(job, given);
    const isFlushed = job.status === "ok" && job.op === "flush" && !this.faults.losesFlush;
    if (isFlushed) this.#flushed(changes);
    job.onDone(job);
  }

  #perform(job: Job, given: Buffer | null): JobStatus {
    const { random } = this.#world;
    const start = job.lba * BLOCK_SIZE;
    if (job.op === "read") {
      let at = start;
      for (const view of job.data) at += this.content.copy(view, 0, at, at + view.length);
      const isFilled = at === start + job.blockCount * BLOCK_SIZE;
      if (!isFilled) this.#world.fail(`a read of ${job.blockCount} blocks got ${at - start} bytes`);
    }
    if (given === null) return "ok";
    if (job.op === "compare-and-write") {
      const length = job.blockCount * BLOCK_SIZE;
      if (compare(job, this.content.subarray(start, start + length)) !== "ok") return "miscompare";
      this.#store(job, given.subarray(length), 0, job.blockCount);
      return "ok";
    }
    if (job.op === "or-write") orInto(given, [this.content.subarray(start, start + given.length)]);
    if (random.chance(this.faults.losesWrite)) return "ok";
    const store = (): void => this.#store(job, given, 0, job.blockCount);
    if (random.chance(this.faults.isEarly)) this.#world.after(1 + random.below(20), store);
    else store();
    return "ok";
  }

  /** What had changed by then is there to stay. */
  #flushed(changes: number): void {
    for (const [lba, { at }] of this.#unflushed) if (at <= changes) this.#unflushed.delete(lba);
  }

  /** A block is about to change. */
  #remember(lba: number, isStable: boolean): void {
    if (!this.can.volatileCache) return;
    if (isStable) return void this.#unflushed.delete(lba);
    const from = lba * BLOCK_SIZE;
    const was =
      this.#unflushed.get(lba)?.was ?? Buffer.from(this.content.subarray(from, from + BLOCK_SIZE));
    this.#unflushed.set(lba, { was, at: ++this.#changes });
  }

  /** Makes blocks of a job, counted from its first, be what it wants. */
  #store(job: Job, given: Buffer, index: number, blockCount: number): void {
    const from = (job.lba + index) * BLOCK_SIZE;
    const length = blockCount * BLOCK_SIZE;
    for (let each = 0; each < blockCount; each++) this.#remember(job.lba + index + each, job.fua);
    if (job.op === "unmap") this.content.fill(0, from, from + length);
    else if (job.op === "write-same") this.content.fill(given, from, from + length);
    else {
      const offset = index * BLOCK_SIZE;
      if (given.length < offset + length) this.#world.fail(`a ${job.op} with too little data`);
      given.copy(this.content, from, offset, offset + length);
    }
    this.isNew = false;
    this.#world.changed(job.lba + index, blockCount);
  }
}
