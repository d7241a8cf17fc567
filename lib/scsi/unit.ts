/**
 * What a command sees of the logical unit it runs on: facts, state, and the verbs by which it
 * touches blocks and ends its task. `logical-unit.ts` is the one implementation; a command never
 * sees the transport, the task set or another command.
 */
import type { Sense } from "node-scsi-cdb";
import type { BufferPool } from "../base/buffer-pool";
import type { BlockDevice } from "../block/device";
import type { Job, JobOp } from "../block/job";
import type { AcaConditions } from "./aca";
import type { TargetPortGroups } from "./alua";
import type { MediumRemoval } from "./medium-removal";
import type { ModePages } from "./mode-pages/mode-pages";
import type { UnitOperation } from "./operations/unit-operation";
import type { Reservation } from "./reservation";
import type { Task } from "./task";
import type { CopyOperations } from "./third-party-copy/copy-operations";
import type { UnitAttentions } from "./unit-attention";
import type { UnitRecords } from "./unit-records";
import type { CommandTable } from "./command-table";
import type { TestBuffers } from "./test-buffers";

/** What a unit is: fixed while it lives. */
export interface UnitProfile {
  readonly lun: number;
  /** The SCSI device name of the target, UTF-8: in iSCSI its iSCSI name, the same at every port. */
  readonly targetName: string;
  /** ASCII, at most 8, 16 and 4 characters. [SPC INQUIRY] */
  readonly vendor: string;
  readonly product: string;
  readonly revision: string;
  /** UNIT SERIAL NUMBER, ASCII. */
  readonly serial: string;
  /** NAA designator, locally assigned or registered: 8 or 16 bytes. */
  readonly naa: Uint8Array;
  /** RMB and the ability to eject. */
  readonly removable: boolean;
  readonly readOnly: boolean;
  /** Reports LBPME and takes UNMAP. */
  readonly thin: boolean;
  /** LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT. */
  readonly physicalBlockExponent: number;
  /** READ and WRITE of more than the initiator expects fail; absent: they end with a residual. */
  readonly refusesOverflow?: boolean;
  /** Bytes a second that SANITIZE and FORMAT UNIT go through; 0, absent: no bound. */
  readonly sanitizeRate?: number;
}

/** A job as a command asks for it; the fields are `Job`'s. */
export interface JobRequest {
  readonly op: JobOp;
  readonly lba: number;
  readonly blockCount: number;
  readonly fua?: boolean;
  readonly data?: readonly Uint8Array[];
}

export interface Unit {
  /**
   * True: no unit stands at the task's LUN, and only commands that run without a unit get here.
   * INQUIRY answers peripheral qualifier 011b, REQUEST SENSE the sense LOGICAL UNIT NOT SUPPORTED.
   * [SPC-4 6.6, 6.39]
   */
  readonly isVacant: boolean;
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly modePages: ModePages;
  readonly reservation: Reservation;
  /** The ports that lead to it, of all controllers, and their states. */
  readonly access: TargetPortGroups;
  readonly unitAttentions: UnitAttentions;
  readonly records: UnitRecords;
  /** Its ACA conditions. */
  readonly aca: AcaConditions;
  /** Who prevents the medium from being ejected. */
  readonly removal: MediumRemoval;
  /** SANITIZE's or FORMAT UNIT's, while one runs or has failed. */
  readonly operation: UnitOperation;
  readonly commands: CommandTable;
  /** Of this controller alone. */
  readonly testBuffers: TestBuffers;
  /** Payload buffers; `read` takes from it. */
  readonly buffers: BufferPool;
  /** The units of the target it is part of, itself among them, ascending by LUN. */
  readonly targetUnits: readonly Unit[];
  /** The third-party copies that came to this unit, as far as something is to be told of them. */
  readonly copies: CopyOperations;
  /** Stopped by START STOP UNIT; medium commands get NOT READY, INITIALIZING COMMAND REQUIRED. */
  isStopped: boolean;
  /** False after an eject: medium commands get NOT READY, MEDIUM NOT PRESENT. */
  isMediumPresent: boolean;
  /** By what the unit is, by what is under it, or by SWP in the Control mode page. */
  readonly isWriteProtected: boolean;

  /** Ends the task with GOOD and what is in task.dataIn. */
  good(task: Task): void;
  /** Ends the task with GOOD and parameter data cut to `allocationLength`. */
  goodWithData(task: Task, data: Uint8Array, allocationLength: number): void;
  /** Ends the task with CHECK CONDITION. */
  fail(task: Task, sense: Sense): void;
  /** Ends the task with RESERVATION CONFLICT. */
  conflict(task: Task): void;
  /**
   * Submits a job for the task and calls `then` when it ended "ok" and the task is not aborted;
   * otherwise ends the task with the sense of the job's status. Several may run for one task.
   */
  run(task: Task, request: JobRequest, then: (job: Job) => void): void;
  /**
   * Submits a job for the task at any unit of the target, for the task's nexus, and calls `done`
   * however it ended, unless the task is aborted. The one way by which a command touches the blocks
   * of another unit; whether it may, it finds out itself.
   */
  runAt(task: Task, at: Unit, request: JobRequest, done: (job: Job) => void): void;
  /**
   * Reads blocks into pool buffers that become task.dataIn (waiting for room in the pool if need
   * be), and counts them into task.dataInLength; then calls `then`. The buffers go back when the
   * task is sent, so a task that reads again while it holds one could wait for itself: it reads
   * once. Blocks that a command with Data-In has no taker for are not read; what a command without
   * Data-In reads is not sent. Ends the task with BUSY when too many wait for room.
   */
  read(task: Task, lba: number, blockCount: number, then: () => void): void;
  /**
   * Lends the task a buffer of the pool (waiting for room in it if need be) and calls `then` with
   * it. It goes back when the task is sent; a task borrows once, and so does not `read` as well.
   * Ends the task with BUSY when too many wait for room.
   */
  borrow(task: Task, length: number, then: (buffer: Uint8Array) => void): void;
  /** Ends the task when the operation on the medium is over: with GOOD, or as it failed. */
  endWithOperation(task: Task): void;
}
