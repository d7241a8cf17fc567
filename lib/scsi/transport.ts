/**
 * The seam between a transport and the SCSI layer, in SAM's verbs. The transport knows tasks and
 * nexuses; it knows no command. The SCSI layer knows no PDU. [SAM-5 5.4, 7.12]
 */
import type { Sense, SenseFormat } from "node-scsi-cdb";
import type { Nexus } from "./nexus";
import type { Task } from "./task";

/** What the transport offers to the SCSI layer. */
export interface TransportServices {
  /**
   * Collect min(task.dataOutLength, task.dataOutMax) bytes into task.dataOut (some may be there
   * already), then call `DeviceServer.dataOutReceived`, or `dataOutFailed` when that cannot be
   * done; possibly before this returns.
   */
  receiveDataOut(task: Task): void;
  /**
   * The end of a task: send task.dataIn, status, sense and residuals. Called exactly once for
   * every task that was given to `commandReceived`, also for an aborted one (then nothing is
   * sent unless its status is TASK ABORTED). The transport calls task.release when it is done.
   */
  sendCommandComplete(task: Task): void;
}

export type TaskManagementFunction =
  | "abort-task"
  | "abort-task-set"
  | "clear-aca"
  | "clear-task-set"
  | "logical-unit-reset"
  | "target-warm-reset"
  | "target-cold-reset"
  | "query-task"
  | "query-task-set"
  | "i-t-nexus-reset"
  | "query-asynchronous-event";

/** The service responses of SAM, in iSCSI's words. */
export type TaskManagementResponse =
  | "function-complete"
  | "function-succeeded"
  | "task-does-not-exist"
  | "lun-does-not-exist"
  | "function-not-supported"
  | "function-rejected";

export interface TaskManagement {
  readonly function: TaskManagementFunction;
  readonly nexus: Nexus;
  readonly lun: number | null;
  /** abort-task, query-task: the tag of the task that is meant. */
  readonly referencedTag: number;
  /**
   * Called once, when every task it covers has ended, at every controller of the units.
   * `information`: three bytes of Additional Response Information, if there are any. [SAM-5 7.10]
   */
  readonly onDone: (response: TaskManagementResponse, information?: Uint8Array) => void;
}

/** What the SCSI layer offers to the transport. */
export interface DeviceServer {
  nexusEstablished(nexus: Nexus): void;
  /** Aborts the nexus's tasks, ends its SPC-2 reservations. [SAM-5 6.3.4] */
  nexusLost(nexus: Nexus): void;
  commandReceived(task: Task): void;
  dataOutReceived(task: Task): void;
  /** The Data-Out that was asked for did not come, or not as it should: the task ends so. */
  dataOutFailed(task: Task, sense: Sense): void;
  taskManagementReceived(request: TaskManagement): void;
  /** How sense data is put that comes with the status of a task. [SPC-4 D_SENSE] */
  senseFormatOf(task: Task): SenseFormat;
}
