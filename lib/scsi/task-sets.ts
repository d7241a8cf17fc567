/**
 * The task sets of one logical unit: one that serves all nexuses (TST 000b), or one for each nexus
 * (TST 001b); a new task enters the one that TST says, and stays there. Sets know nothing of each
 * other; what they share is the bound on the unit's tasks. [SPC-4 Control mode page, TST]
 */
import { limits } from "../base/limits";
import type { Execution } from "./execution";
import type { Task } from "./task";
import { TaskSet } from "./task-set";

export class TaskSets {
  readonly #policy: TaskSetPolicy;
  readonly #shared = new TaskSet();
  /** By the ids of nexuses that have tasks in a set of their own. */
  readonly #ofNexus = new Map<number, TaskSet>();
  #size = 0;

  constructor(policy: TaskSetPolicy) {
    this.#policy = policy;
  }

  get size(): number {
    return this.#size;
  }

  /** The execution of a task that is in one of the sets. */
  get(task: Task): Execution | null {
    return task.execution as Execution | null;
  }

  /** Takes a task in, enabled or dormant; null when the unit has no room for it. */
  add(task: Task, isLetIn: boolean): Execution | null {
    if (this.#size >= limits.tasksPerUnitMax) return null;
    this.#size++;
    return this.#setFor(task).add(task, isLetIn);
  }

  /** Takes a task out; `next` tells who may run because of it. */
  remove(execution: Execution): void {
    const { taskSet, task } = execution;
    taskSet.remove(execution);
    this.#size--;
    if (taskSet.size === 0 && taskSet !== this.#shared) this.#ofNexus.delete(task.nexus.id);
  }

  /** Enables a dormant task that may run now; null when none may. */
  next(): Execution | null {
    const { isBlocked } = this.#policy;
    let next = this.#shared.next(isBlocked);
    if (this.#ofNexus.size === 0) return next;
    for (const set of this.#ofNexus.values()) next ??= set.next(isBlocked);
    return next;
  }

  /** The tasks that `isCovered` says yes to, in order of arrival in their sets. */
  select(isCovered: (task: Task) => boolean): Execution[] {
    const covered = this.#shared.select(isCovered);
    for (const set of this.#ofNexus.values()) covered.push(...set.select(isCovered));
    return covered;
  }

  #setFor({ nexus: { id } }: Task): TaskSet {
    if (!this.#policy.isOnePerNexus()) return this.#shared;
    const own = this.#ofNexus.get(id) ?? new TaskSet();
    this.#ofNexus.set(id, own);
    return own;
  }
}

/** What the unit says to it. */
export interface TaskSetPolicy {
  /** TST */
  isOnePerNexus(): boolean;
  /** Whether an ACA condition keeps a task from being enabled. */
  isBlocked(execution: Execution): boolean;
}
