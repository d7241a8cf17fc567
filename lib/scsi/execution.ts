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
 * touch its buffers, or what it proposed may still take effect. ended: it has left the set and the
 * transport has it back. A task that an ACA condition blocks stays where it is: jobs that are under
 * way end, and the step after them is held. [SAM-5 8.5]
 */
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import type { BlockDevice } from "../block/device";
import type { Job } from "../block/job";
import type { Command, DecodedCdb } from "./command";
import type { Task } from "./task";
import type { TaskSet } from "./task-set";

const NONE: readonly never[] = [];

/** How tasks are aborted. */
export interface Abortion {
  /** The name of the nexus that wants it. */
  readonly by: string;
  /** Tasks of other nexuses end with TASK ABORTED, for TAS in the Control mode page says so. */
  readonly isTold: boolean;
  /**
   * What the tasks have proposed came before this, or has no effect any more: they do not wait for
   * the answer. So what is ordered never waits for what is ordered after it.
   */
  readonly isOrdered: boolean;
}

export class Execution {
  readonly task: Task;
  readonly taskSet: TaskSet;
  /** Its neighbours in the task set, by order of arrival. */
  older: Execution | null = null;
  newer: Execution | null = null;
  state: "dormant" | "enabled" | "executing" | "decided" | "ended" = "dormant";
  /** Known when it has passed the gates, with the CDB decoded by its row. */
  command: Command | null = null;
  cdb: DecodedCdb | null = null;
  /** What it does has been proposed to all controllers, and the answer is not there. */
  isProposed = false;
  /** No ACA condition blocks it: it was let in while one was in effect, or has brought it about. */
  passesAca = false;
  /** An action ended it: it brings nothing about and waits for nothing but its jobs. */
  isTerminated = false;
  /** Its next steps, which an ACA condition keeps it from; an aborted task takes none. */
  held: readonly (() => void)[] = NONE;
  /** Who waits for the task to end. */
  onEnded: readonly (() => void)[] = NONE;
  #jobs: readonly Job[] = NONE;
  /** The devices of jobs at other units, of a task that has had any. */
  #places: Map<Job, BlockDevice> | null = null;

  constructor(task: Task, taskSet: TaskSet) {
    this.task = task;
    this.taskSet = taskSet;
  }

  /** Jobs in flight: most often one, or none. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** How it ends is known, and nothing is under way for it: it ends now. */
  get isOver(): boolean {
    const isQuiet = this.#jobs.length === 0 && !this.isProposed && this.held.length === 0;
    return this.state === "decided" && isQuiet;
  }

  hold(step: () => void): void {
    this.held = [...this.held, step];
  }

  /** Takes the steps that were held. */
  resume(): void {
    const { held } = this;
    this.held = NONE;
    for (const step of held) step();
  }

  /** `place`: where it was submitted, if not at the device of the task's unit. */
  jobStarted(job: Job, place: BlockDevice | null = null): void {
    if (place !== null) this.#places = new Map(this.#places).set(job, place);
    this.#jobs = this.#jobs.length === 0 ? [job] : [...this.#jobs, job];
  }

  jobDone(job: Job): void {
    this.#places?.delete(job);
    this.#jobs = this.#jobs.length === 1 ? NONE : this.#jobs.filter((other) => other !== job);
  }

  /** Where a job in flight was submitted; null: at the device of the task's unit. */
  placeOf(job: Job): BlockDevice | null {
    return this.#places?.get(job) ?? null;
  }

  /** The buffer of the pool that becomes the task's Data-In, until the transport releases it. */
  borrow(pool: BufferPool, length: number): Uint8Array {
    const { task } = this;
    assert(task.release === null, "a task borrows once");
    const buffer = pool.take(length);
    task.dataIn = [buffer];
    task.borrowed = buffer;
    task.release = (how) => {
      if (how === "sent") pool.give(buffer);
      else pool.forget(buffer);
    };
    return buffer;
  }
}
