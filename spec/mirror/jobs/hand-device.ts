/**
 * A device whose jobs are performed one by one, when the spec says so. It sees to it that nobody
 * writes where somebody else is at work.
 */
import { strict as assert } from "node:assert";
import type { CompletionQueue } from "../../../lib/block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../../../lib/block/device";
import { Job } from "../../../lib/block/job";
import type { JobOp } from "../../../lib/block/job";
import { MemoryStore } from "../../../lib/store/memory-store";

export const BLOCK = 512;

export class HandDevice implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities = {
    volatileCache: true,
    unmap: true,
    readOnly: false,
    atomicWrites: true,
  };
  readonly identity = new Uint8Array(16);
  readonly pending: Job[] = [];
  readonly done: { op: JobOp; lba: number; blockCount: number }[] = [];
  /** The status of what is performed next, instead of doing it. */
  failNext: "medium-error" | "no-space" | null = null;
  readonly #store: MemoryStore;
  readonly #completions: CompletionQueue;

  constructor(completions: CompletionQueue, blockCount: number) {
    const { identity } = this;
    const geometry = { blockSize: BLOCK, blockCount };
    this.geometry = geometry;
    this.#store = new MemoryStore({ geometry, identity, completions });
    this.#completions = completions;
  }

  submit(job: Job): void {
    const writes = (one: Job): boolean => one.op !== "read" && one.op !== "flush";
    for (const other of this.pending) {
      const meet = other.lba < job.lba + job.blockCount && job.lba < other.lba + other.blockCount;
      const isFlush = other.op === "flush" || job.op === "flush";
      assert(isFlush || !meet || !(writes(other) || writes(job)), "nobody writes under another");
    }
    this.pending.push(job);
  }

  abort(job: Job): void {
    job.isAborted = true;
  }

  perform(index = 0): void {
    const [job] = this.pending.splice(index, 1);
    assert(job !== undefined, "there is a job to perform");
    const { op, lba, blockCount } = job;
    this.done.push({ op, lba, blockCount });
    const { failNext } = this;
    this.failNext = null;
    if (failNext === null) this.#store.submit(job);
    else this.#completions.push(job, failNext);
    this.#completions.run();
  }

  /** One byte for each block: what specs write has the same one all over a block. */
  content(): number[] {
    const bytes = this.#read();
    return Array.from(
      { length: this.geometry.blockCount },
      (_, block) => bytes[block * BLOCK] as number,
    );
  }

  #read(): Uint8Array {
    const { blockCount } = this.geometry;
    const bytes = new Uint8Array(blockCount * BLOCK);
    this.#store.submit(
      new Job({ op: "read", lba: 0, blockCount, data: [bytes], onDone: () => undefined }),
    );
    this.#completions.run();
    return bytes;
  }
}
