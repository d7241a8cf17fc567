/**
 * A task set: which tasks are in it, and which may run, by task attribute. It keeps counts and one
 * line of dormant tasks, so that nothing is searched on the way in or out. What a task does when it
 * runs is not its business; how many sets a unit has is `task-sets.ts`. A tag is used once at a
 * time: the transport refuses a task whose tag its nexus still has in use.
 *
 *   HEAD OF QUEUE  runs at once.
 *   ORDERED        runs when every HEAD OF QUEUE task and every older task has ended.
 *   SIMPLE         runs when every HEAD OF QUEUE task and every older ORDERED task has ended.
 *
 *   let in         while an ACA condition is in effect: runs at once.
 *
 * An untagged task counts as SIMPLE; so does ACA without such a condition, which a gate refuses
 * then. [SAM-5 8.6]
 */
import { assert } from "../base/assert";
import { Execution } from "./execution";
import type { Task } from "./task";

export class TaskSet {
  /** All tasks by order of arrival: a list through the executions, so without garbage. */
  #oldest: Execution | null = null;
  #newest: Execution | null = null;
  #size = 0;
  /** In order of arrival; only the first may be the next to run. */
  readonly #dormant = new Set<Execution>();
  #headsOfQueue = 0;
  #orderedEnabled = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes a task in, enabled or dormant. */
  add(task: Task, isLetIn = false): Execution {
    const execution = new Execution(task, this);
    execution.passesAca = isLetIn;
    const isHeadOfQueue = task.attribute === "head-of-queue";
    const isAtOnce = isHeadOfQueue || isLetIn;
    const mayRun = isAtOnce || (this.#dormant.size === 0 && this.#mayRun(execution));
    this.#append(execution);
    if (isHeadOfQueue) this.#headsOfQueue++;
    if (mayRun) this.#enable(execution);
    else this.#dormant.add(execution);
    return execution;
  }

  /** Takes a task out; `next` tells who may run because of it. */
  remove(execution: Execution): void {
    const { task } = execution;
    assert(task.execution === execution, "a task leaves its task set once");
    this.#unlink(execution);
    const wasDormant = this.#dormant.delete(execution);
    if (task.attribute === "head-of-queue") this.#headsOfQueue--;
    if (task.attribute === "ordered" && !wasDormant) this.#orderedEnabled--;
  }

  /** Enables the oldest dormant task if it may run now; null when none may, or `isHeld` says so. */
  next(isHeld: (execution: Execution) => boolean): Execution | null {
    if (this.#dormant.size === 0) return null;
    for (const execution of this.#dormant) {
      if (!this.#mayRun(execution) || isHeld(execution)) return null;
      this.#dormant.delete(execution);
      this.#enable(execution);
      return execution;
    }
    return null;
  }

  /** The tasks that `isCovered` says yes to, in order of arrival. */
  select(isCovered: (task: Task) => boolean): Execution[] {
    const covered: Execution[] = [];
    for (let one = this.#oldest; one !== null; one = one.newer) {
      if (isCovered(one.task)) covered.push(one);
    }
    return covered;
  }

  /** For a task older than all that are dormant, and not HEAD OF QUEUE. */
  #mayRun({ task }: Execution): boolean {
    if (this.#headsOfQueue > 0) return false;
    if (task.attribute !== "ordered") return this.#orderedEnabled === 0;
    return this.#size === this.#dormant.size;
  }

  #append(execution: Execution): void {
    execution.task.execution = execution;
    execution.older = this.#newest;
    if (this.#newest === null) this.#oldest = execution;
    else this.#newest.newer = execution;
    this.#newest = execution;
    this.#size++;
  }

  /** What has left points nowhere: an old dead neighbour would keep younger ones alive. */
  #unlink(execution: Execution): void {
    const { older, newer } = execution;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    execution.older = null;
    execution.newer = null;
    execution.task.execution = null;
    this.#size--;
  }

  #enable(execution: Execution): void {
    execution.state = "enabled";
    if (execution.task.attribute === "ordered") this.#orderedEnabled++;
  }
}
