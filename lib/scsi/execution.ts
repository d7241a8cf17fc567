/**
 * What the logical unit keeps of one task while the task is in its task set: where it stands, and
 * what must be over before it ends. It decides nothing; `task-set.ts` and `logical-unit.ts` do.
 *
 *   added ──► dormant ──► enabled ──► executing ──► decided ──► ended
 *                │            │            │            ▲
 *                └────────────┴────────────┴── fails ───┘
 *                                           or aborted
 *
 * dormant: other tasks go first. enabled: its Data-Out may be under way. executing: the command
 * runs. decided: how it ends is known, and nothing is started for it any more, but jobs may still
 * touch its buffers. ended: it has left the set and the transport has it back. [SAM-5 8.5]
 */
import type { BufferPool } from "../base/buffer-pool";
import type { Job } from "../block/job";
import type { Command, DecodedCdb } from "./command";
import type { Task } from "./task";

const NONE: readonly never[] = [];

export class Execution {
  readonly task: Task;
  state: "dormant" | "enabled" | "executing" | "decided" | "ended" = "dormant";
  /** Known when it has passed the gates, with the CDB decoded by its row. */
  command: Command | null = null;
  cdb: DecodedCdb | null = null;
  /** Who waits for the task to end. */
  readonly onEnded: (() => void)[] = [];
  #jobs: readonly Job[] = NONE;
  /** Pool buffers that the task holds until the transport releases it. */
  #borrowed: readonly Uint8Array[] = NONE;

  constructor(task: Task) {
    this.task = task;
  }

  /** Jobs in flight: most often one, or none. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  jobStarted(job: Job): void {
    this.#jobs = [...this.#jobs, job];
  }

  jobDone(job: Job): void {
    this.#jobs = this.#jobs.length === 1 ? NONE : this.#jobs.filter((other) => other !== job);
  }

  /** A buffer of the pool, which becomes the next piece of the task's Data-In. */
  borrow(pool: BufferPool, length: number): Uint8Array {
    const buffer = pool.take(length);
    this.#borrowed = [...this.#borrowed, buffer];
    this.task.dataIn.push(buffer);
    this.task.release = (how) => {
      for (const borrowed of this.#borrowed) {
        if (how === "sent") pool.give(borrowed);
        else pool.forget(borrowed);
      }
    };
    return buffer;
  }
}
