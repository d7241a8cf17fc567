/**
 * What a unit knows of the third-party copies that came to it under a list identifier: how far one
 * is, and how it ended, until that has been told. Copying itself is not here. [SPC-4 5.17.4.2]
 */
import { type Sense, Status } from "node-scsi-cdb";
import { limits } from "../../base/limits";
import type { Task } from "../task";

/** How a copy failed. */
export interface CopyFailure {
  readonly status: Status;
  /** null: it was aborted. */
  readonly sense: Sense | null;
}

const ABORTED: CopyFailure = { status: Status.TASK_ABORTED, sense: null };

/** One copy, for whoever performs it and whoever asks for it. */
export class CopyOperation {
  /** Segments that are done, and the one that is not. */
  segmentsProcessed = 0;
  bytesWritten = 0;
  /** What has not been told yet of a copy that has ended. */
  isStatusHeld = true;
  areDetailsHeld = true;
  readonly nexusId: number;
  /** null when it has ended by itself; one that is aborted is not told so. */
  #task: Task | null;
  #failure: CopyFailure | null = null;

  constructor(task: Task) {
    this.nexusId = task.nexus.id;
    this.#task = task;
  }

  /** null: it did not fail, as yet. */
  get failure(): CopyFailure | null {
    return this.#task?.isAborted === true ? ABORTED : this.#failure;
  }

  get hasEnded(): boolean {
    return this.#task === null || this.#task.isAborted;
  }

  end(sense: Sense | null): void {
    this.#task = null;
    if (sense !== null) this.#failure = { status: Status.CHECK_CONDITION, sense };
  }
}

function keyOf(nexusId: number, listIdentifier: number): string {
  return `${nexusId}/${listIdentifier}`;
}

export class CopyOperations {
  /** The oldest first. */
  readonly #operations = new Map<string, CopyOperation>();

  /**
   * The operation of a copy that begins. It takes the place of an ended one with its identifier,
   * or, when there are many, of the oldest that has ended. "full": all of them are under way.
   */
  begin(task: Task, listIdentifier: number): CopyOperation | "in-use" | "full" {
    const key = keyOf(task.nexus.id, listIdentifier);
    if (this.#operations.get(key)?.hasEnded === false) return "in-use";
    this.#operations.delete(key);
    if (this.#operations.size === limits.copyOperationsMax && !this.#forgetOldest()) return "full";
    const operation = new CopyOperation(task);
    this.#operations.set(key, operation);
    return operation;
  }

  /** Copies are the affair of the nexus that they came by. */
  find({ nexus }: Task, listIdentifier: number): CopyOperation | null {
    return this.#operations.get(keyOf(nexus.id, listIdentifier)) ?? null;
  }

  /** Forgets an operation of which all has been told. */
  told(task: Task, listIdentifier: number): void {
    const operation = this.find(task, listIdentifier);
    if (operation === null || operation.isStatusHeld) return;
    if (operation.failure !== null && operation.areDetailsHeld) return;
    this.#operations.delete(keyOf(task.nexus.id, listIdentifier));
  }

  nexusLost({ id }: { readonly id: number }): void {
    for (const [key, { nexusId }] of this.#operations) {
      if (nexusId === id) this.#operations.delete(key);
    }
  }

  reset(): void {
    this.#operations.clear();
  }

  #forgetOldest(): boolean {
    for (const [key, { hasEnded }] of this.#operations) {
      if (!hasEnded) continue;
      this.#operations.delete(key);
      return true;
    }
    return false;
  }
}
