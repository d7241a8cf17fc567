/**
 * The task set of one logical unit: which tasks are in it, and which may run, by task attribute.
 * It keeps counts and one line of dormant tasks, so that nothing is searched on the way in or out.
 * What a task does when it runs is not its business. One set serves all nexuses (TST 000b), and a
 * tag is used once at a time: the transport refuses a task whose tag its nexus still has in use.
 *
 *   HEAD OF QUEUE  runs at once.
 *   ORDERED        runs when every HEAD OF QUEUE task and every older task has ended.
 *   SIMPLE         runs when every HEAD OF QUEUE task and every older ORDERED task has ended.
 *
 * An untagged task counts as SIMPLE; so does ACA, which a gate refuses then. [SAM-5 8.6]
 */
import { assert } from "../base/assert";
import { limits } from "../base/limits";
import { Execution } from "./execution";
import type { Task } from "./task";

export class TaskSet {
  readonly #executions = new Map<Task, Execution>();
  /** In order of arrival; only the first may be the next to run. */
  readonly #dormant = new Set<Execution>();
  #headsOfQueue = 0;
  #orderedEnabled = 0;

  get size(): number {
    return this.#executions.size;
  }

  get(task: Task): Execution | undefined {
    return this.#executions.get(task);
  }

  /** Takes a task in, enabled or dormant; null when the set is full. */
  add(task: Task): Execution | null {
    if (this.#executions.size >= limits.tasksPerUnitMax) return null;
    const execution = new Execution(task);
    const isHeadOfQueue = task.attribute === "head-of-queue";
    const mayRun = isHeadOfQueue || (this.#dormant.size === 0 && this.#mayRun(execution));
    this.#executions.set(task, execution);
    if (isHeadOfQueue) this.#headsOfQueue++;
    if (mayRun) this.#enable(execution);
    else this.#dormant.add(execution);
    return execution;
  }

  /** Takes a task out; `next` tells who may run because of it. */
  remove(execution: Execution): void {
    const { task } = execution;
    const wasThere = this.#executions.delete(task);
    assert(wasThere, "a task leaves its task set once");
    const wasDormant = this.#dormant.delete(execution);
    if (task.attribute === "head-of-queue") this.#headsOfQueue--;
    if (task.attribute === "ordered" && !wasDormant) this.#orderedEnabled--;
  }

  /** Enables the oldest dormant task if it may run now; null when none may. */
  next(): Execution | null {
    if (this.#dormant.size === 0) return null;
    for (const execution of this.#dormant) {
      if (!this.#mayRun(execution)) return null;
      this.#dormant.delete(execution);
      this.#enable(execution);
      return execution;
    }
    return null;
  }

  /** The tasks that `isCovered` says yes to, in order of arrival. */
  select(isCovered: (task: Task) => boolean): Execution[] {
    return [...this.#executions.values()].filter(({ task }) => isCovered(task));
  }

  /** For a task older than all that are dormant, and not HEAD OF QUEUE. */
  #mayRun({ task }: Execution): boolean {
    if (this.#headsOfQueue > 0) return false;
    if (task.attribute !== "ordered") return this.#orderedEnabled === 0;
    return this.#executions.size === this.#dormant.size;
  }

  #enable(execution: Execution): void {
    execution.state = "enabled";
    if (execution.task.attribute === "ordered") this.#orderedEnabled++;
  }
}
