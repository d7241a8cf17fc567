/**
 * What layers over several devices, their legs, have in common: a job of the layer becomes jobs on
 * legs and ends when they have, and jobs whose ranges overlap go one after the other, for each leg
 * alone could not keep their order the same on all. Which jobs on which legs is the layer's own.
 */
import { limits } from "../base/limits";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice } from "../block/device";
import { ExtentLock, type Extent } from "../block/extent-lock";
import { Job, type JobOp, type JobStatus } from "../block/job";

/** Jobs that have not ended; one more is answered "not-ready". Far above the tasks of a unit. */
const JOBS_MAX = 8 * limits.tasksPerUnitMax;

/** A job as a leg gets it; the fields are `Job`'s. */
export interface Part {
  readonly leg: BlockDevice;
  readonly op: JobOp;
  readonly lba: number;
  readonly blockCount: number;
  readonly fua: boolean;
  readonly data: readonly Uint8Array[];
}

/** A part that has ended: its job knows how. */
export interface EndedPart {
  readonly leg: BlockDevice;
  readonly job: Job;
}

/** A job of the layer, the range it holds and what is under way for it. */
interface Held extends Extent {
  readonly job: Job;
  parts: readonly EndedPart[];
}

/** A flush waits for nobody: it speaks of what has ended. */
function extentOf({ op, lba, blockCount }: Job): Extent {
  if (op === "flush") return { start: 0, end: 0, isShared: true };
  return { start: lba, end: lba + blockCount, isShared: op === "read" };
}

export class LegJobs {
  readonly #completions: CompletionQueue;
  readonly #begin: (job: Job) => void;
  readonly #lock = new ExtentLock<Held>();
  readonly #held = new Map<Job, Held>();

  /** `begin` is called for each job when it has its range: it runs parts and then lets it leave. */
  constructor(completions: CompletionQueue, begin: (job: Job) => void) {
    this.#completions = completions;
    this.#begin = begin;
  }

  enter(job: Job): void {
    if (this.#held.size >= JOBS_MAX) return this.#completions.push(job, "not-ready");
    if (job.blockCount === 0 && job.op !== "flush") return this.#completions.push(job, "ok");
    const held: Held = { job, parts: [], ...extentOf(job) };
    this.#held.set(job, held);
    if (this.#lock.acquire(held)) this.#begin(job);
  }

  /** Runs parts, at least one, of a job that has begun; `then` when all have ended. */
  run(job: Job, parts: readonly Part[], then: (ended: readonly EndedPart[]) => void): void {
    let left = parts.length;
    const onDone = (): void => {
      if (--left === 0) then(running);
    };
    const running = parts.map(({ leg, ...fields }) => {
      return { leg, job: new Job({ ...fields, origin: job.origin, onDone }) };
    });
    const held = this.#held.get(job) as Held;
    held.parts = running;
    for (const part of running) part.leg.submit(part.job);
  }

  /** Ends a job that has begun, gives back its range and begins those that waited for it. */
  leave(job: Job, status: JobStatus): void {
    const granted = this.#lock.release(this.#held.get(job) as Held);
    this.#held.delete(job);
    job.status = status;
    job.onDone(job);
    for (const held of granted) this.#begin(held.job);
  }

  /** Ends a job that waits. One that has begun is aborted on its legs if `isPassedOn` says so. */
  abort(job: Job, isPassedOn: boolean): void {
    job.isAborted = true;
    const held = this.#held.get(job);
    if (held === undefined) return;
    const granted = this.#lock.withdraw(held);
    if (granted === null) {
      if (isPassedOn) for (const part of held.parts) part.leg.abort(part.job);
      return;
    }
    this.#held.delete(job);
    this.#completions.push(job, "aborted");
    for (const other of granted) this.#begin(other.job);
  }
}
