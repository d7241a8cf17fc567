/**
 * Performs and ends jobs later, never inside `submit`. Whoever drives a controller calls `run`
 * until nothing is left, at a point of its own choosing: that is the whole of "later".
 */
import { Job, type JobStatus } from "./job";

/** Performs a job: how it ended, or null when it will be pushed once it has. */
export type Perform = (job: Job) => JobStatus | null;

/** Stands for what is no job: it moves nothing. */
const NO_JOB = new Job({ op: "flush", lba: 0, blockCount: 0, onDone: () => undefined });

export class CompletionQueue {
  #jobs: Job[] = [];
  /** How each of `#jobs` is performed. */
  #performs: Perform[] = [];
  /** The jobs before it have had their turn. */
  #next = 0;

  get isEmpty(): boolean {
    return this.#jobs.length === 0;
  }

  /** The job is done: it ends when its turn comes. */
  push(job: Job, status: JobStatus): void {
    job.status = status;
    this.defer(job, statusOf);
  }

  /** The job is performed when its turn comes, and ends with it. */
  defer(job: Job, perform: Perform): void {
    this.#jobs.push(job);
    this.#performs.push(perform);
  }

  /** What is no job and has come to its end outside: `then` is called when its turn comes. */
  later(then: () => void): void {
    this.defer(NO_JOB, () => {
      then();
      return null;
    });
  }

  /**
   * Takes jobs in the order they came, also those that come meanwhile, until those taken have moved
   * `portion` bytes or none is left.
   */
  run(portion = Infinity): void {
    for (let left = portion; left > 0 && this.#next < this.#jobs.length; this.#next++) {
      const job = this.#jobs[this.#next] as Job;
      const status = (this.#performs[this.#next] as Perform)(job);
      for (const view of job.data) left -= view.length;
      if (status === null) continue;
      job.status = status;
      job.onDone(job);
    }
    if (this.#next < this.#jobs.length) return;
    this.#jobs = [];
    this.#performs = [];
    this.#next = 0;
  }
}

function statusOf(job: Job): JobStatus {
  return job.status;
}
