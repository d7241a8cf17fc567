/**
 * What the transport knows of a task that the SCSI layer need not: its `Task.transport`.
 *
 *   received ──its turn in CmdSN order──▶ running ──sendCommandComplete──▶ ended ──answered──▶ gone
 *
 * An ended task stays while the initiator owes data for it: it is answered when that has come.
 */
import { type SenseCode, Status } from "node-scsi-cdb";
import { type Lease, NO_LEASES } from "../base/lease";
import type { Task } from "../scsi/task";
import type { DataOut } from "./data-out";
import type { Pdu } from "./pdu";
import type { Reservation } from "./payload-budget";

export class Transfer {
  /** The header of the command, whose LUN field its R2Ts repeat. */
  readonly bhs: Uint8Array;
  readonly isImmediate: boolean;
  /** Expected Data Transfer Length. */
  readonly expectedLength: number;
  /** Data on its way to us; null for a command without the W bit. */
  readonly dataOut: DataOut | null;
  /** Why the command is not given to the SCSI layer at all; null: it is. */
  readonly refusal: SenseCode | null;
  state: "received" | "running" | "ended" | "gone" = "received";
  /** The share of the target's payload that the task has solicited. */
  reservation: Reservation | null = null;
  /** Of the bytes that the task's CDB and Data-Out lie in. */
  #leases: readonly Lease[] = NO_LEASES;

  constructor(fields: {
    bhs: Uint8Array;
    isImmediate: boolean;
    expectedLength: number;
    dataOut: DataOut | null;
    refusal: SenseCode | null;
  }) {
    this.bhs = fields.bhs;
    this.isImmediate = fields.isImmediate;
    this.expectedLength = fields.expectedLength;
    this.dataOut = fields.dataOut;
    this.refusal = fields.refusal;
  }

  /** Keeps the bytes of a PDU of this task until `letGo`. */
  keep({ leases }: Pdu): void {
    if (leases.length === 0) return;
    for (const lease of leases) lease.hold();
    this.#leases = this.#leases.length === 0 ? leases : [...this.#leases, ...leases];
  }

  /** The task is gone: nobody looks into its bytes any more. */
  letGo(): void {
    for (const lease of this.#leases) lease.release();
    this.#leases = NO_LEASES;
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
