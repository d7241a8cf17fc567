/**
 * What compare-and-write is made of: the two halves of a job's data, and where bytes first differ.
 * How the stored bytes are read, and how nobody comes between, is each device's own.
 */
import { firstDifference, lengthOf, sliceChunks } from "../base/bytes";
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
