/**
 * A layer that takes time, in a clock that its owner turns: a job waits here and reaches the device
 * below when `tick` passes its due time. What still waits is lost if the owner drops the layer.
 */
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import type { Job } from "../block/job";

interface Waiting {
  readonly dueMs: number;
  readonly job: Job;
}

export class DelayedLayer implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity: Uint8Array;
  readonly #below: BlockDevice;
  readonly #completions: CompletionQueue;
  readonly #latencyMs: (job: Job) => number;
  #nowMs = 0;
  /** By due time; among equals the first come is first. */
  #waiting: Waiting[] = [];

  constructor(
    below: BlockDevice,
    fields: { completions: CompletionQueue; latencyMs: (job: Job) => number },
  ) {
    this.geometry = below.geometry;
    this.can = below.can;
    this.identity = below.identity;
    this.#below = below;
    this.#completions = fields.completions;
    this.#latencyMs = fields.latencyMs;
  }

  /** When `tick` has something to do next; Infinity when nothing waits. */
  get dueMs(): number {
    return this.#waiting[0]?.dueMs ?? Infinity;
  }

  submit(job: Job): void {
    const dueMs = this.#nowMs + this.#latencyMs(job);
    const after = this.#waiting.findIndex((waiting) => waiting.dueMs > dueMs);
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, { dueMs, job });
  }

  abort(job: Job): void {
    const index = this.#waiting.findIndex((waiting) => waiting.job === job);
    if (index < 0) return this.#below.abort(job);
    job.isAborted = true;
    this.#waiting.splice(index, 1);
    this.#completions.push(job, "aborted");
  }

  /** Sets the clock and passes on what is due, in order. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    const after = this.#waiting.findIndex((waiting) => waiting.dueMs > nowMs);
    const count = after < 0 ? this.#waiting.length : after;
    for (const { job } of this.#waiting.splice(0, count)) this.#below.submit(job);
  }
}
