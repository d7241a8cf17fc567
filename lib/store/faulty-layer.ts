/**
 * A layer that makes errors, for specs and the simulator: by seeded chance, or for every job that
 * touches a bad range. A job that fails never reaches the device below.
 */
import type { Prng } from "../base/prng";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import type { Job, JobOp, JobStatus } from "../block/job";

const TAKES_SPACE: ReadonlySet<JobOp> = new Set([
  "write",
  "write-atomic",
  "write-same",
  "compare-and-write",
  "or-write",
]);

export interface Faults {
  /** Probability, 0…1, that a job ends as "medium-error". */
  readonly mediumErrorRate?: number;
  /** Probability, 0…1, that a job that writes ends as "no-space". */
  readonly noSpaceRate?: number;
  /** Blocks [start, end) that can be neither read nor written. */
  readonly badRanges?: readonly { readonly start: number; readonly end: number }[];
}

export class FaultyLayer implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity: Uint8Array;
  readonly #below: BlockDevice;
  readonly #completions: CompletionQueue;
  readonly #prng: Prng;
  #faults: Faults;

  constructor(
    below: BlockDevice,
    fields: { completions: CompletionQueue; prng: Prng; faults: Faults },
  ) {
    this.geometry = below.geometry;
    this.can = below.can;
    this.identity = below.identity;
    this.#below = below;
    this.#completions = fields.completions;
    this.#prng = fields.prng;
    this.#faults = fields.faults;
  }

  /** From now on these faults and no others. */
  inject(faults: Faults): void {
    this.#faults = faults;
  }

  submit(job: Job): void {
    const fault = this.#faultOf(job);
    if (fault === null) this.#below.submit(job);
    else this.#completions.push(job, fault);
  }

  abort(job: Job): void {
    this.#below.abort(job);
  }

  #faultOf(job: Job): JobStatus | null {
    const { mediumErrorRate = 0, noSpaceRate = 0, badRanges = [] } = this.#faults;
    const end = job.lba + job.blockCount;
    const isBad = badRanges.some((range) => job.lba < range.end && range.start < end);
    if (isBad && job.op !== "flush") return "medium-error";
    if (this.#prng.chance(mediumErrorRate)) return "medium-error";
    return TAKES_SPACE.has(job.op) && this.#prng.chance(noSpaceRate) ? "no-space" : null;
  }
}
