/**
 * A Task: one SCSI command on its way through the target, SAM's "command" and RFC 7143's "task".
 * The transport makes it, the logical unit runs it, and the transport sends what it became.
 */
import type { Sense, Status } from "node-scsi-cdb";
import type { Nexus } from "./nexus";

export type TaskAttribute = "simple" | "ordered" | "head-of-queue" | "aca" | "untagged";

export class Task {
  readonly nexus: Nexus;
  /** The LUN as a number; null when the field names no unit that could exist. */
  readonly lun: number | null;
  /** Initiator Task Tag. */
  readonly tag: number;
  readonly attribute: TaskAttribute;
  /** 16 bytes, or more with an additional header segment; valid until the task has ended. */
  readonly cdb: Uint8Array;
  /** Bytes the initiator is ready to take and to give: Expected Data Transfer Length each way. */
  readonly dataInMax: number;
  readonly dataOutMax: number;

  /** Bytes the command itself asks for (from the CDB), whatever the initiator expects. */
  dataInLength = 0;
  dataOutLength = 0;
  /** Data-Out received so far, in order, as views that are valid until the task has ended. */
  dataOut: Uint8Array[] = [];
  /** Data-In to send, as views. The transport sends no more than dataInMax bytes of it. */
  dataIn: Uint8Array[] = [];
  /** The payload buffer that it has borrowed: the transport may write in the room before it. */
  borrowed: Uint8Array | null = null;
  status: Status = 0;
  sense: Sense | null = null;
  /** Set by task management or by the end of the nexus: nothing may be sent for it any more. */
  isAborted = false;
  /** Set with `isAborted`, when it was not its own nexus that wanted it. */
  isAbortedByOther = false;
  /**
   * Returns what the task borrowed (payload buffers). The transport calls it once, when all is sent
   * or dropped.
   */
  release: ((how: "sent" | "dropped") => void) | null = null;
  /** The transport's own part of the task. */
  readonly transport: unknown;
  /** The device server's own part, while it has the task. */
  execution: unknown = null;

  constructor(fields: {
    nexus: Nexus;
    lun: number | null;
    tag: number;
    attribute: TaskAttribute;
    cdb: Uint8Array;
    dataInMax: number;
    dataOutMax: number;
    transport?: unknown;
  }) {
    this.nexus = fields.nexus;
    this.lun = fields.lun;
    this.tag = fields.tag;
    this.attribute = fields.attribute;
    this.cdb = fields.cdb;
    this.dataInMax = fields.dataInMax;
    this.dataOutMax = fields.dataOutMax;
    this.transport = fields.transport;
  }
}
