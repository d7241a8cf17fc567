/**
 * What the transport knows of a task that the SCSI layer need not: its `Task.transport`.
 *
 *   received ──its turn in CmdSN order──▶ running ──sendCommandComplete──▶ ended ──answered──▶ gone
 *
 * An ended task stays while the initiator owes data for it: it is answered when that has come.
 */
import { type SenseCode, Status } from "node-scsi-cdb";
import { gather } from "../base/bytes";
import { type Lease, NO_LEASES } from "../base/lease";
import type { Task } from "../scsi/task";
import type { DataOut } from "./data-out";
import type { Pdu } from "./pdu";
import type { Reservation } from "./payload-budget";
import type { SessionConnection } from "./session-connection";

const NONE: readonly never[] = [];

/** So many pieces of Data-Out are kept where they are, and more if they are so long on average. */
const PIECES_MAX = 64;
const BYTES_PER_PIECE_MIN = 1024;

export class Transfer {
  /** The one that the command came by and its answer goes by. [RFC7143 4.2.5.1] */
  readonly connection: SessionConnection;
  /** The header of the command, whose LUN field its R2Ts repeat. */
  readonly bhs: Uint8Array;
  readonly isImmediate: boolean;
  /** Expected Data Transfer Length. */
  readonly expectedLength: number;
  /** Data on its way to us; null for a command without the W bit. */
  readonly dataOut: DataOut | null;
  /** Why the command is not given to the SCSI layer at all; null: it is. */
  readonly refusal: SenseCode | null;
  /** Expected Data Transfer Length of the other way, of a command with both the R and W bit. */
  readonly bidirectionalReadLength: number;
  state: "received" | "running" | "ended" | "gone" = "received";
  /** The share of the target's payload that the task has solicited. */
  reservation: Reservation | null = null;
  /** Its R2Ts are answered before the function that aborted it is. */
  isAwaited = false;
  /** The initiator has been told that the unit's tasks are ended. */
  isTerminationTold = false;
  /** Who waits for the task to be gone. */
  onGone: readonly (() => void)[] = NONE;
  /** Of the bytes that the command and its immediate data lie in. */
  #leases: readonly Lease[] = NO_LEASES;
  /** Of the bytes that the data of Data-Out PDUs lies in. */
  #dataLeases: Lease[] | null = null;

  constructor(fields: {
    connection: SessionConnection;
    bhs: Uint8Array;
    isImmediate: boolean;
    expectedLength: number;
    dataOut: DataOut | null;
    refusal: SenseCode | null;
    bidirectionalReadLength: number;
  }) {
    this.connection = fields.connection;
    this.bhs = fields.bhs;
    this.isImmediate = fields.isImmediate;
    this.expectedLength = fields.expectedLength;
    this.dataOut = fields.dataOut;
    this.refusal = fields.refusal;
    this.bidirectionalReadLength = fields.bidirectionalReadLength;
  }

  /** Keeps the bytes of the command until `letGo`. */
  keepCommand({ leases }: Pdu): void {
    for (const lease of leases) lease.hold();
    this.#leases = leases;
  }

  /**
   * Keeps the data that `dataOut` has just taken until `letGo`. Data in a great many small pieces
   * is copied together, or it would hold many times its size.
   */
  keepData({ leases }: Pdu, dataOut: DataOut): void {
    const held = (this.#dataLeases ??= []);
    for (const lease of leases) {
      if (lease === held.at(-1)) continue;
      lease.hold();
      held.push(lease);
    }
    if (dataOut.chunks.length <= PIECES_MAX + dataOut.received / BYTES_PER_PIECE_MIN) return;
    dataOut.chunks = [gather(dataOut.chunks)];
    this.#letGoData();
  }

  /** The task is gone: nobody looks into its bytes any more. */
  letGo(): void {
    for (const lease of this.#leases) lease.release();
    this.#leases = NO_LEASES;
    this.#letGoData();
  }

  #letGoData(): void {
    for (const lease of this.#dataLeases ?? []) lease.release();
    this.#dataLeases = null;
  }

  /** Why the transport fails the task, whatever the SCSI layer makes of it; null: it does not. */
  get failure(): SenseCode | null {
    return this.refusal ?? this.dataOut?.failure ?? null;
  }

  /** Whether the initiator still owes data for the task. */
  get isOwedData(): boolean {
    return this.dataOut !== null && this.dataOut.isOpen;
  }
}

export function transferOf(task: Task): Transfer {
  return task.transport as Transfer;
}

/** Whether the initiator is to hear nothing of the task: it was aborted without TASK ABORTED. */
export function isSilent(task: Task): boolean {
  return task.isAborted && task.status !== Status.TASK_ABORTED;
}
