/**
 * What compare-and-write and or-write are made of: the two halves of a job's data, where bytes
 * first differ, and what the stored bytes become. How they are read, and how nobody comes between,
 * is each device's own.
 */
import { firstDifference, lengthOf, orInto, sliceChunks } from "../base/bytes";
import type { Job, JobStatus } from "../block/job";

export interface Halves {
  /** What the blocks have to be. */
  readonly expected: readonly Uint8Array[];
  /** What they become then. */
  readonly replacement: readonly Uint8Array[];
}

/** The halves of a compare-and-write's data: views, nothing is copied. */
export function halvesOf({ data }: Job): Halves {
  const length = lengthOf(data);
  return {
    expected: sliceChunks(data, 0, length / 2),
    replacement: sliceChunks(data, length / 2, length),
  };
}

/**
 * "ok" if the blocks, as `stored`, are what the job expects. Else "miscompare", and the job knows
 * where.
 */
export function compare(job: Job, stored: Buffer): JobStatus {
  const difference = firstDifference(stored, halvesOf(job).expected);
  if (difference === null) return "ok";
  job.miscompareAt = difference;
  return "miscompare";
}

/**
 * What becomes of blocks that are as `stored` by a job that reads them first; null: they stay as
 * they are, and the job knows where they are not what it expects.
 */
export function replacementOf(job: Job, stored: Buffer): readonly Uint8Array[] | null {
  if (job.op !== "or-write")
    return compare(job, stored) === "ok" ? halvesOf(job).replacement : null;
  orInto(stored, job.data);
  return [stored];
}
