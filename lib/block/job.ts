/**
 * A Job: one operation on a range of blocks, the only way to touch them. It knows its range, its
 * data and how it ended; it knows nothing of SCSI.
 */

export type JobOp =
  | "read"
  | "write"
  /** A write that whatever ends the process or the power leaves done or not begun. */
  | "write-atomic"
  | "flush"
  | "unmap"
  | "write-same"
  | "compare-and-write"
  /** What is stored has a bit where it had one or the data has one; nobody comes between. */
  | "or-write";

/** Whether what it writes depends on what it finds: known only where its order is. */
export function readsFirst(op: JobOp): boolean {
  return op === "compare-and-write" || op === "or-write";
}

/**
 * `miscompare`: compare-and-write found other data, `Job.miscompareAt` bytes from its start, and
 * wrote none; `reserved`: somebody else's reservation forbids it where its order was decided;
 * `deciding`: whether this side may do it is being found out, ask again; `unavailable`: this side
 * may not do it, the other path can.
 */
export type JobStatus =
  | "ok"
  | "medium-error"
  | "no-space"
  | "not-ready"
  | "aborted"
  | "miscompare"
  | "reserved"
  | "deciding"
  | "unavailable";

/** For whom a job is done: what a reservation is asked about once more where order is decided. */
export interface JobOrigin {
  /** The I_T nexus, by a name that both controllers know. */
  readonly nexus: string;
  readonly access: "read" | "write";
}

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
   * write, write-atomic, or-write: the same amount to store, or to add; compare-and-write: as much
   * to compare with and then as much to store; write-same: one block. Views, never concatenated;
   * they stay the submitter's, and stay as they are until the job is done.
   */
  readonly data: readonly Uint8Array[];
  /** null: done by a controller for itself. */
  readonly origin: JobOrigin | null;
  /** After "miscompare": the first byte that differs. */
  miscompareAt = 0;
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
    origin?: JobOrigin | null;
    onDone: (job: Job) => void;
  }) {
    this.op = fields.op;
    this.lba = fields.lba;
    this.blockCount = fields.blockCount;
    this.fua = fields.fua ?? false;
    this.data = fields.data ?? [];
    this.origin = fields.origin ?? null;
    this.onDone = fields.onDone;
  }
}
