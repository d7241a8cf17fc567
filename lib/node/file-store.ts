/**
 * A disk in a file: jobs become reads, writes, holes and fdatasync of an open, locked store file.
 * While the page cache answers they run in place (`pace.ts`), else through the thread pool, ordered
 * where they overlap. What a done write wrote is in the page cache, so it survives the end of the
 * process; what a done flush covers survives a power loss. Opening is `store-file.ts`.
 */
import { assert } from "../base/assert";
import { gather } from "../base/bytes";
import { Fifo } from "../base/fifo";
import { limits } from "../base/limits";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import { ExtentLock, type Extent } from "../block/extent-lock";
import { type Job, type JobOp, type JobStatus, readsFirst } from "../block/job";
import { replacementOf } from "../store/compare";
import { AtomicWrites } from "./atomic-writes";
import type { DiskFile, Span } from "./disk-file";
import { GroupSync } from "./group-sync";
import { Pace } from "./pace";
import type { StoreFile } from "./store-file";

/** Larger jobs always take the thread pool: their copying alone is worth the way. */
const IN_PLACE_MAX = 512 * 1024;
/** Jobs in the thread pool at once. */
const POOLED_MAX = 12;
/** Jobs that may wait; the SCSI layer's bound on tasks keeps far below. */
const WAITING_MAX = 8 * limits.tasksPerUnitMax;
/** Zeros by WRITE SAME become a hole from this length on. */
const HOLE_MIN = 64 * 1024;

/** Jobs up to this length take the end of the one before them for their beginning. */
const TIMED_ONCE_MAX = 16 * 1024;
const NO_SPACE: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What may run in place: the rest takes its time or its own way. */
function isForPlace(op: JobOp): boolean {
  return op === "read" || op === "write" || readsFirst(op);
}

/** A job on its way through the thread pool, and the range it holds. */
interface Pooled extends Extent {
  readonly job: Job;
}

export class FileStore implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity: Uint8Array;
  readonly #file: DiskFile;
  readonly #dataOffset: number;
  readonly #completions: CompletionQueue;
  readonly #wake: () => void;
  readonly #now: () => number;
  readonly #report: (detail: string) => void;
  readonly #pace = new Pace();
  readonly #syncs: GroupSync;
  readonly #atomic: AtomicWrites;
  readonly #lock = new ExtentLock<Pooled>();
  /** Jobs that hold their range and wait for room in the thread pool. */
  readonly #ready = new Fifo<Pooled>(WAITING_MAX);
  readonly #pooled = new Map<Job, Pooled>();
  #running = 0;
  /** When the last job in place ended, of those that came together; null: none of them did. */
  #endedMs: number | null = null;
  /** Jobs that came and did not end. */
  #busy = 0;
  #whenIdle: (() => void) | null = null;

  constructor(
    store: StoreFile,
    ports: {
      completions: CompletionQueue;
      /** Called after a job ended outside of `submit`: the completion queue wants to run. */
      wake: () => void;
      /** Monotonic milliseconds. */
      now: () => number;
      /** Told about every error of the file, in a sentence. */
      report: (detail: string) => void;
    },
  ) {
    const { superblock, file } = store;
    this.geometry = { blockSize: superblock.blockSize, blockCount: superblock.blockCount };
    const { hasHoles } = file;
    this.can = { volatileCache: true, unmap: hasHoles, readOnly: false, atomicWrites: true };
    this.identity = superblock.identity;
    this.#file = file;
    this.#dataOffset = superblock.dataOffset;
    this.#completions = ports.completions;
    this.#wake = ports.wake;
    this.#now = ports.now;
    this.#report = ports.report;
    this.#syncs = new GroupSync(file);
    this.#atomic = new AtomicWrites(store, { sync: () => this.#synced() });
  }

  submit(job: Job): void {
    assert(job.lba + job.blockCount <= this.geometry.blockCount, "a job lies inside the disk");
    if (this.#whenIdle !== null) return this.#completions.push(job, "not-ready");
    this.#busy++;
    this.#endedMs = null;
    if (job.op === "flush") this.#sync(job);
    else if (this.#mayRunInPlace(job)) this.#completions.defer(job, this.#performInPlace);
    else this.#enqueue(job);
  }

  /** Ends a job that waits; one that runs is left to end by itself. */
  abort(job: Job): void {
    job.isAborted = true;
    const pooled = this.#pooled.get(job);
    const granted = pooled === undefined ? null : this.#lock.withdraw(pooled);
    if (granted === null) return;
    this.#pooled.delete(job);
    this.#done(job, "aborted");
    this.#start(granted);
  }

  /**
   * Takes no more jobs, waits for those it has, flushes and closes the file.
   * @throws errno errors of the last flush.
   */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      if (this.#busy === 0) resolve();
    });
    try {
      await this.#file.sync();
    } finally {
      this.#atomic.close();
      this.#file.close();
    }
  }

  #spanOf(job: Job): Span {
    const { blockSize } = this.geometry;
    const start = this.#dataOffset + job.lba * blockSize;
    return { start, end: start + job.blockCount * blockSize };
  }

  #extentOf(job: Job): Extent {
    const end = job.lba + job.blockCount;
    return { start: job.lba, end, isShared: job.op === "read" };
  }

  #mayRunInPlace(job: Job): boolean {
    if (!isForPlace(job.op)) return false;
    if (job.blockCount * this.geometry.blockSize > IN_PLACE_MAX) return false;
    if (!this.#lock.isEmpty && this.#lock.isBlocked(this.#extentOf(job))) return false;
    return this.#pace.isFast(this.#now);
  }

  /** What has come meanwhile may want it to take the long way after all. */
  readonly #performInPlace = (job: Job): JobStatus | null => {
    if (!job.isAborted && !this.#mayRunInPlace(job)) {
      this.#enqueue(job);
      return null;
    }
    const status = job.isAborted ? "aborted" : this.#runInPlace(job);
    if (job.fua && status === "ok") {
      this.#sync(job);
      return null;
    }
    this.#left();
    return status;
  };

  #runInPlace(job: Job): JobStatus {
    const { start, end } = this.#spanOf(job);
    const isTimedOnce = end - start <= TIMED_ONCE_MAX;
    const startMs = (isTimedOnce ? this.#endedMs : null) ?? this.#now();
    let status: JobStatus = "ok";
    try {
      if (job.op === "read") this.#file.readSync(job.data, start);
      else if (job.op === "write") this.#file.writeSync(job.data, start);
      else status = this.#rewriteInPlace(job, start);
    } catch (error) {
      status = this.#statusOf(job, error);
    }
    const op = job.op === "read" ? "read" : "write";
    const endMs = this.#now();
    this.#endedMs = endMs;
    this.#pace.measured({ op, startMs, endMs, length: end - start });
    return status;
  }

  #rewriteInPlace(job: Job, start: number): JobStatus {
    const stored = this.#bufferFor(job);
    this.#file.readSync([stored], start);
    const replacement = replacementOf(job, stored);
    if (replacement === null) return "miscompare";
    this.#file.writeSync(replacement, start);
    return "ok";
  }

  /** Its range is held meanwhile: nobody comes between what is read and what is written. */
  async #rewrite(job: Job, start: number): Promise<JobStatus> {
    const stored = this.#bufferFor(job);
    await this.#file.read([stored], start);
    const replacement = replacementOf(job, stored);
    if (replacement === null) return "miscompare";
    await this.#file.write(replacement, start);
    return "ok";
  }

  #bufferFor(job: Job): Buffer {
    return Buffer.allocUnsafe(job.blockCount * this.geometry.blockSize);
  }

  #enqueue(job: Job): void {
    const pooled: Pooled = { job, ...this.#extentOf(job) };
    this.#pooled.set(job, pooled);
    if (this.#lock.acquire(pooled)) this.#start([pooled]);
  }

  /** Runs jobs that hold their range, as far as the thread pool has room. */
  #start(granted: readonly Pooled[]): void {
    for (const pooled of granted) {
      const isQueued = this.#ready.push(pooled);
      assert(isQueued, "the jobs of a store are bounded by the tasks of its unit");
    }
    while (this.#running < POOLED_MAX) {
      const pooled = this.#ready.shift();
      if (pooled === undefined) return;
      this.#running++;
      void this.#runPooled(pooled);
    }
  }

  async #runPooled(pooled: Pooled): Promise<void> {
    const { job } = pooled;
    let status: JobStatus = "ok";
    try {
      status = await this.#perform(job);
    } catch (error) {
      status = this.#statusOf(job, error);
    }
    this.#running--;
    this.#pooled.delete(job);
    if (job.fua && status === "ok") this.#sync(job);
    else this.#doneLater(job, status);
    this.#start(this.#lock.release(pooled));
  }

  async #perform(job: Job): Promise<JobStatus> {
    const { start } = this.#spanOf(job);
    if (readsFirst(job.op)) return this.#rewrite(job, start);
    if (job.op === "read") await this.#file.read(job.data, start);
    else if (job.op === "write") await this.#file.write(job.data, start);
    else if (job.op === "write-atomic") await this.#atomic.write(job.lba, job.data);
    else await this.#fill(job);
    return "ok";
  }

  /** What makes all blocks of a range alike. */
  #fill(job: Job): Promise<void> {
    const span = this.#spanOf(job);
    if (job.op === "unmap") return this.#file.zero(span);
    assert(job.op === "write-same", "flushes take a way of their own");
    const block = gather(job.data);
    const isHole = span.end - span.start >= HOLE_MIN && block.every((byte) => byte === 0);
    return isHole ? this.#file.zero(span) : this.#file.repeat(block, span);
  }

  #sync(job: Job): void {
    this.#syncs.join((error) => {
      this.#doneLater(job, error === null ? "ok" : this.#statusOf(job, error));
    });
  }

  #synced(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#syncs.join((error) => (error === null ? resolve() : reject(error)));
    });
  }

  #doneLater(job: Job, status: JobStatus): void {
    this.#done(job, status);
    this.#wake();
  }

  #done(job: Job, status: JobStatus): void {
    this.#completions.push(job, status);
    this.#left();
  }

  #left(): void {
    this.#busy--;
    if (this.#busy === 0) this.#whenIdle?.();
  }

  #statusOf(job: Job, error: unknown): JobStatus {
    const { code = "", message } = error as NodeJS.ErrnoException;
    this.#report(`${job.op} of ${job.blockCount} blocks at ${job.lba}: ${message}`);
    return NO_SPACE.has(code) ? "no-space" : "medium-error";
  }
}
