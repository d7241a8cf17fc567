/**
 * A Job: one operation on a range of blocks, the only way to touch them. It knows its range, its
 * data and how it ended; it knows nothing of SCSI.
 */

export type JobOp = "read" | "write" | "flush" | "unmap" | "write-same";

export type JobStatus = "ok" | "medium-error" | "no-space" | "not-ready" | "aborted";

export class Job {
  readonly op: JobOp;
  /** First block. */
  readonly lba: number;
  /** Blocks; 0 with `flush` means to the end of the medium. */
  readonly blockCount: number;
  /** On stable storage before it ends (write, write-same, unmap). */
  readonly fua: boolean;
  /**
   * read: filled by the device, exactly blockCount × blockSize bytes over all chunks;
   * write: the same amount to store; write-same: one block. Views, never concatenated;
   * they stay the submitter's, and stay as they are until the job is done.
   */
  readonly data: readonly Uint8Array[];
  status: JobStatus = "ok";
  /** Set by `BlockDevice.abort`: a device may end the job early as "aborted". */
  isAborted = false;
  /** Called exactly once, never inside `submit`. */
  readonly onDone: (job: Job) => void;

  constructor(fields: {
    op: JobOp;
    lba: number;
    blockCount: number;
    fua?: boolean;
    data?: readonly Uint8Array[];
    onDone: (job: Job) => void;
  }) {
    this.op = fields.op;
    this.lba = fields.lba;
    this.blockCount = fields.blockCount;
    this.fua = fields.fua ?? false;
    this.data = fields.data ?? [];
    this.onDone = fields.onDone;
  }
}
