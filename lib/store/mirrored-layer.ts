/**
 * A layer that keeps the same blocks on several devices (RAID 1): it goes on while one of them
 * works. A leg that fails where another does not is left for good and told of. What is left is not
 * remembered here and nothing is made alike here: the owner gives only legs that are.
 */
import { assert } from "../base/assert";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import type { Job, JobStatus } from "../block/job";
import { halvesOf } from "./compare";
import { type EndedPart, LegJobs, type Part } from "./leg-jobs";

/** How something went on a leg. */
interface End {
  readonly leg: BlockDevice;
  readonly status: JobStatus;
}

function endOf({ leg, job }: EndedPart): End {
  return { leg, status: job.status };
}

export class MirroredLayer implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity: Uint8Array;
  readonly #all: readonly BlockDevice[];
  readonly #legLeft: (leg: number, status: JobStatus) => void;
  readonly #jobs: LegJobs;
  /** Those in use; never none. */
  #legs: readonly BlockDevice[];
  /** Counts reads, which go round the legs. */
  #turn = 0;

  /** As large as the smallest of `legs`, all of one block size. */
  constructor(
    legs: readonly BlockDevice[],
    fields: {
      identity: Uint8Array;
      completions: CompletionQueue;
      /** Told once of each leg that is left: its index, and what it failed with. */
      legLeft: (leg: number, status: JobStatus) => void;
    },
  ) {
    const [first] = legs;
    assert(first !== undefined, "a mirror has a leg");
    const { blockSize } = first.geometry;
    assert(
      legs.every(({ geometry }) => geometry.blockSize === blockSize),
      "legs have blocks of one size",
    );
    const blockCount = Math.min(...legs.map(({ geometry }) => geometry.blockCount));
    this.geometry = { blockSize, blockCount };
    this.can = {
      volatileCache: legs.some(({ can }) => can.volatileCache),
      unmap: legs.every(({ can }) => can.unmap),
      readOnly: legs.some(({ can }) => can.readOnly),
      // One leg may have it and another not.
      atomicWrites: false,
    };
    this.identity = fields.identity;
    this.#all = legs;
    this.#legs = legs;
    this.#legLeft = fields.legLeft;
    this.#jobs = new LegJobs(fields.completions, (job) => this.#begin(job));
  }

  submit(job: Job): void {
    assert(job.lba + job.blockCount <= this.geometry.blockCount, "a job lies inside the disk");
    this.#jobs.enter(job);
  }

  /** What changes blocks is not ended early once it has begun: it might on one leg only. */
  abort(job: Job): void {
    this.#jobs.abort(job, job.op === "read");
  }

  #begin(job: Job): void {
    if (job.op === "read") return this.#read(job, []);
    if (job.op === "compare-and-write") return this.#compareAndWrite(job, []);
    const parts = this.#legs.map((leg) => partOf(job, leg));
    this.#jobs.run(job, parts, (ended) => {
      this.#jobs.leave(job, this.#settle(ended.map(endOf)));
    });
  }

  /** From the leg whose turn it is; if it cannot, from the next. */
  #read(job: Job, failed: readonly End[]): void {
    const legs = this.#legs.filter((each) => !failed.some(({ leg }) => leg === each));
    const leg = legs[this.#turn++ % legs.length];
    // Blocks that no leg can read are no reason to leave one of them.
    if (leg === undefined) return this.#jobs.leave(job, failed[0]?.status ?? "not-ready");
    this.#jobs.run(job, [partOf(job, leg)], ([ended]) => {
      const status = ended?.job.status ?? "not-ready";
      if (status === "aborted" && job.isAborted) return this.#jobs.leave(job, status);
      const ends = [...failed, { leg, status }];
      if (status !== "ok") this.#read(job, ends);
      // Left while it read: what it says counts no more.
      else if (!this.#legs.includes(leg)) this.#read(job, failed);
      else this.#jobs.leave(job, this.#settle(ends));
    });
  }

  /** One leg compares, and the others write what it wrote; the range is held all the while. */
  #compareAndWrite(job: Job, failed: readonly End[]): void {
    const leg = this.#legs.find((each) => !failed.some((end) => end.leg === each));
    if (leg === undefined) return this.#jobs.leave(job, this.#settle(failed));
    this.#jobs.run(job, [partOf(job, leg)], ([ended]) => {
      const status = ended?.job.status ?? "not-ready";
      if (status === "ok") return this.#writeToOthers(job, [...failed, { leg, status }]);
      if (status !== "miscompare") return this.#compareAndWrite(job, [...failed, { leg, status }]);
      job.miscompareAt = ended?.job.miscompareAt ?? 0;
      this.#settle([...failed, { leg, status: "ok" }]);
      this.#jobs.leave(job, status);
    });
  }

  #writeToOthers(job: Job, done: readonly End[]): void {
    const others = this.#legs.filter((each) => !done.some(({ leg }) => leg === each));
    if (others.length === 0) return this.#jobs.leave(job, this.#settle(done));
    const data = halvesOf(job).replacement;
    const parts = others.map((leg): Part => ({ ...partOf(job, leg), op: "write", data }));
    this.#jobs.run(job, parts, (ended) => {
      this.#jobs.leave(job, this.#settle([...done, ...ended.map(endOf)]));
    });
  }

  /**
   * How a job ended that went so on these legs. Those that failed where others did not are left; if
   * all failed, nobody knows what each of them wrote, and they may differ: one goes on. What a leg
   * did that was left meanwhile counts for nothing.
   */
  #settle(ends: readonly End[]): JobStatus {
    const counted = ends.filter(({ leg }) => this.#legs.includes(leg));
    const failed = counted.filter(({ status }) => status !== "ok");
    const [first, ...others] = failed;
    if (first === undefined) return "ok";
    const isDone = failed.length < counted.length;
    for (const end of isDone ? failed : others) this.#leave(end);
    return isDone ? "ok" : first.status;
  }

  #leave({ leg, status }: End): void {
    this.#legs = this.#legs.filter((each) => each !== leg);
    this.#legLeft(this.#all.indexOf(leg), status);
  }
}

/** A job as a leg gets it. */
function partOf({ op, lba, blockCount, fua, data }: Job, leg: BlockDevice): Part {
  return { leg, op, lba, blockCount, fua, data };
}
