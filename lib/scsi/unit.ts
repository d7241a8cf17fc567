/**
 * What a command sees of the logical unit it runs on: facts, state, and the verbs by which it
 * touches blocks and ends its task. `logical-unit.ts` is the one implementation; a command never
 * sees the transport, the task set or another command.
 */
import type { Sense } from "node-scsi-cdb";
import type { BufferPool } from "../base/buffer-pool";
import type { BlockDevice } from "../block/device";
import type { Job, JobOp } from "../block/job";
import type { ModePages } from "./mode-pages/mode-pages";
import type { Nexus } from "./nexus";
import type { Reservation } from "./reservation";
import type { Task } from "./task";
import type { UnitAttentions } from "./unit-attention";
import type { CommandTable } from "./command-table";

/** What a unit is: fixed while it lives. */
export interface UnitProfile {
  readonly lun: number;
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
}

export interface Unit {
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly modePages: ModePages;
  readonly reservation: Reservation;
  readonly unitAttentions: UnitAttentions;
  readonly commands: CommandTable;
  /** Payload buffers; `read` takes from it. */
  readonly buffers: BufferPool;
  /** LUNs of the target this unit is part of, ascending. */
  readonly targetLuns: readonly number[];
  /** Stopped by START STOP UNIT; medium commands get NOT READY, INITIALIZING COMMAND REQUIRED. */
  isStopped: boolean;
  /** False after an eject: medium commands get NOT READY, MEDIUM NOT PRESENT. */
  isMediumPresent: boolean;

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
  run(
    task: Task,
    job: {
      op: JobOp;
      lba: number;
      blockCount: number;
      fua?: boolean;
      data?: readonly Uint8Array[];
    },
    then: (job: Job) => void,
  ): void;
  /**
   * Reads blocks into pool buffers that become task.dataIn (waiting for room in the pool if need
   * be), then calls `then`. The buffers go back when the task is sent.
   */
  read(task: Task, lba: number, blockCount: number, then: () => void): void;
  /** A unit attention for every nexus but `except`. */
  attentionForAll(sense: Sense, except: Nexus | null): void;
}
