/**
 * Write protection below the SCSI layer's own: whatever changes the medium ends as "not-ready".
 * What the device below could do it still says, so that a unit is of one kind, protected or not.
 */
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import type { Job } from "../block/job";

export class ReadOnlyLayer implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity: Uint8Array;
  readonly #below: BlockDevice;
  readonly #completions: CompletionQueue;

  constructor(below: BlockDevice, completions: CompletionQueue) {
    this.geometry = below.geometry;
    this.can = { ...below.can, volatileCache: false, readOnly: true };
    this.identity = below.identity;
    this.#below = below;
    this.#completions = completions;
  }

  submit(job: Job): void {
    if (job.op === "read" || job.op === "flush") this.#below.submit(job);
    else this.#completions.push(job, "not-ready");
  }

  abort(job: Job): void {
    this.#below.abort(job);
  }
}
