/**
 * One fdatasync serves everybody who waits for stable storage. Who comes while one runs waits for
 * the next, because the running one need not cover what was written since it began. After a
 * failure the kernel may have dropped what it could not write and forgotten about it, so no later
 * call may claim what that one lost: it fails for everybody until the store is opened again.
 */
import type { DiskFile } from "./disk-file";

/** `error` is null when the data is on stable storage. */
export type Synced = (error: Error | null) => void;

export class GroupSync {
  readonly #file: DiskFile;
  #waiting: Synced[] = [];
  #isRunning = false;
  #failure: Error | null = null;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Calls `synced` later, when all that is written by now is on stable storage. */
  join(synced: Synced): void {
    this.#waiting.push(synced);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      if (this.#failure === null) {
        await this.#file.sync().catch((reason: Error) => (this.#failure = reason));
      }
      for (const synced of group) synced(this.#failure);
    }
    this.#isRunning = false;
  }
}
