/**
 * Ends jobs later, never inside `submit`. Whoever drives a controller calls `run` until nothing is
 * left, at a point of its own choosing: that is the whole of "later".
 */
import type { Job, JobStatus } from "./job";

export class CompletionQueue {
  #done: Job[] = [];

  get isEmpty(): boolean {
    return this.#done.length === 0;
  }

  push(job: Job, status: JobStatus): void {
    job.status = status;
    this.#done.push(job);
  }

  /** Ends all jobs that are done, also those that end meanwhile. */
  run(): void {
    while (this.#done.length > 0) {
      const done = this.#done;
      this.#done = [];
      for (const job of done) job.onDone(job);
    }
  }
}
