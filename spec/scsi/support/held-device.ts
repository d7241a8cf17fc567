/** A block device whose jobs end when the spec says so, in any order and with any status. */
import type { BlockDevice, Capabilities } from "../../../lib/block/device";
import type { Job, JobStatus } from "../../../lib/block/job";

export class HeldDevice implements BlockDevice {
  readonly geometry = { blockSize: 512, blockCount: 1000 };
  readonly can: Capabilities;
  readonly identity = new Uint8Array(16);
  /** Submitted and not ended yet, oldest first. */
  readonly jobs: Job[] = [];

  constructor(can: Partial<Capabilities> = {}) {
    this.can = { volatileCache: false, unmap: false, readOnly: false, atomicWrites: true, ...can };
  }

  submit(job: Job): void {
    this.jobs.push(job);
  }

  abort(job: Job): void {
    job.isAborted = true;
  }

  /** Ends the job at `index`; a read finds the low byte of its block address everywhere. */
  finish(status: JobStatus = "ok", index = 0): void {
    const [job] = this.jobs.splice(index, 1);
    if (job === undefined) throw new Error("no such job is held");
    if (job.op === "read") for (const chunk of job.data) chunk.fill(job.lba);
    job.status = status;
    job.onDone(job);
  }

  finishAll(): void {
    while (this.jobs.length > 0) this.finish();
  }
}
