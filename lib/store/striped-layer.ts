/**
 * A layer that spreads its blocks over several devices, stripe by stripe (RAID 0): as much as all
 * of them hold together, and lost with any of them. It moves no data itself: legs get views.
 *
 *   stripe   0 1 2 3 4 5 6 …        on three legs:  leg 0: 0 3 6 …   leg 1: 1 4 …   leg 2: 2 5 …
 *
 * The blocks of a range that lie on one leg lie there one after the other, so a job becomes at most
 * one job on each leg.
 */
import { assert } from "../base/assert";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import type { Job, JobOp, JobStatus } from "../block/job";
import { compare, halvesOf } from "./compare";
import { type EndedPart, LegJobs, type Part } from "./leg-jobs";

/** What is done to a range of the layer's blocks. */
type Work = Omit<Part, "leg">;

/** How the first part that failed did. */
function statusOf(ended: readonly EndedPart[]): JobStatus {
  return ended.find(({ job }) => job.status !== "ok")?.job.status ?? "ok";
}

/** What has its data for each block. */
const DEALT: ReadonlySet<JobOp> = new Set(["read", "write", "write-atomic", "or-write"]);

export class StripedLayer implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity: Uint8Array;
  readonly #legs: readonly BlockDevice[];
  /** Blocks of a stripe. */
  readonly #stripe: number;
  readonly #jobs: LegJobs;

  /** As large as the smallest of `legs` allows, in whole stripes, all of one block size. */
  constructor(
    legs: readonly BlockDevice[],
    fields: { identity: Uint8Array; stripeBlockCount: number; completions: CompletionQueue },
  ) {
    const [first] = legs;
    assert(first !== undefined, "stripes are on something");
    const { blockSize } = first.geometry;
    assert(
      legs.every(({ geometry }) => geometry.blockSize === blockSize),
      "legs have blocks of one size",
    );
    const smallest = Math.min(...legs.map(({ geometry }) => geometry.blockCount));
    const stripe = fields.stripeBlockCount;
    const blockCount = Math.floor(smallest / stripe) * stripe * legs.length;
    this.geometry = { blockSize, blockCount };
    this.can = {
      volatileCache: legs.some(({ can }) => can.volatileCache),
      unmap: legs.every(({ can }) => can.unmap),
      readOnly: legs.some(({ can }) => can.readOnly),
      // One leg may have it and another not.
      atomicWrites: false,
    };
    this.identity = fields.identity;
    this.#legs = legs;
    this.#stripe = stripe;
    this.#jobs = new LegJobs(fields.completions, (job) => this.#begin(job));
  }

  submit(job: Job): void {
    assert(job.lba + job.blockCount <= this.geometry.blockCount, "a job lies inside the disk");
    this.#jobs.enter(job);
  }

  abort(job: Job): void {
    this.#jobs.abort(job, true);
  }

  #begin(job: Job): void {
    const parts = this.#partsOf(job);
    if (job.op === "compare-and-write" && parts.length > 1) return this.#compareAndWrite(job);
    this.#jobs.run(job, parts, (ended) => {
      if (job.op === "compare-and-write") job.miscompareAt = ended[0]?.job.miscompareAt ?? 0;
      this.#jobs.leave(job, statusOf(ended));
    });
  }

  /** No leg could know what the others found: all is read first, while nobody else may write. */
  #compareAndWrite(job: Job): void {
    const { lba, blockCount, fua } = job;
    const stored = Buffer.allocUnsafe(blockCount * this.geometry.blockSize);
    const write = (): void => {
      const data = halvesOf(job).replacement;
      const parts = this.#partsOf({ op: "write", lba, blockCount, fua, data });
      this.#jobs.run(job, parts, (ended) => this.#jobs.leave(job, statusOf(ended)));
    };
    const read = this.#partsOf({ op: "read", lba, blockCount, fua: false, data: [stored] });
    this.#jobs.run(job, read, (ended) => {
      const found = statusOf(ended);
      const status = job.isAborted ? "aborted" : found === "ok" ? compare(job, stored) : found;
      if (status === "ok") write();
      else this.#jobs.leave(job, status);
    });
  }

  #partsOf(work: Work): readonly Part[] {
    const { op, lba, blockCount, fua, data } = work;
    const all = { op, lba: 0, blockCount: 0, fua, data };
    if (op === "flush") return this.#legs.map((leg) => ({ ...all, leg }));
    const isSpread = (lba % this.#stripe) + blockCount > this.#stripe;
    const isDealt = isSpread && DEALT.has(op);
    const dealt = isDealt ? this.#deal(lba, data) : null;
    const parts = this.#legs.map((leg, index) => {
      const start = this.#blocksBefore(lba, index);
      const end = this.#blocksBefore(lba + blockCount, index);
      const own = dealt?.[index] ?? data;
      return { op, leg, lba: start, blockCount: end - start, fua, data: own };
    });
    return parts.filter((part) => part.blockCount > 0);
  }

  /** How many of the blocks before `lba` are on a leg: where on it the next one is. */
  #blocksBefore(lba: number, leg: number): number {
    const rowLength = this.#stripe * this.#legs.length;
    const row = Math.floor(lba / rowLength);
    const inRow = lba - row * rowLength - leg * this.#stripe;
    return row * this.#stripe + Math.max(0, Math.min(this.#stripe, inRow));
  }

  /** The data of blocks from `lba` on as views, for each leg its own. */
  #deal(lba: number, data: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
    const stripeLength = this.#stripe * this.geometry.blockSize;
    const views = this.#legs.map((): Uint8Array[] => []);
    let at = lba * this.geometry.blockSize;
    for (const chunk of data) {
      for (let from = 0; from < chunk.length;) {
        const leg = Math.floor(at / stripeLength) % views.length;
        const to = Math.min(chunk.length, from + stripeLength - (at % stripeLength));
        views[leg]?.push(chunk.subarray(from, to));
        at += to - from;
        from = to;
      }
    }
    return views;
  }
}
