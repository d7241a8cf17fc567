/**
 * The Data-Out of one task: what may come unsolicited, what was solicited by R2T, what has come,
 * and whether it came as it should. It sends nothing and has no clock; `data-out-phase.ts` does.
 *
 *   0 ──── immediate ──── unsolicited ────┬──── R2T 0 ────┬──── R2T 1 ────┬─ … ── wanted
 *                                         └ ≤ FirstBurst  └ ≤ MaxBurst    └ ≤ MaxBurst
 *
 * [RFC7143 4.2.5.2, 11.7, 11.8]
 */
import {
  PROTOCOL_SERVICE_CRC_ERROR,
  type SenseCode,
  WRITE_ERROR_NOT_ENOUGH_UNSOLICITED_DATA,
  WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA,
} from "node-scsi-cdb";
import { assert } from "../base/assert";
import { sliceChunks } from "../base/bytes";
import { serialAdd } from "../base/serial-number";
import { NO_TAG } from "./pdu";
import type { DataOutBhs } from "./pdus/data";

/** A run of Data-Out PDUs that ends with the F bit. */
export interface Sequence {
  /** NO_TAG: the unsolicited one. */
  readonly targetTransferTag: number;
  /** Buffer Offset of its first byte and of the byte behind its last. */
  readonly start: number;
  readonly end: number;
}

interface OpenSequence extends Sequence {
  at: number;
  dataSN: number;
}

export class DataOut {
  /** All that has come in order, as views: the task's `dataOut`. */
  chunks: Uint8Array[] = [];
  /** Bytes in `chunks`. */
  received = 0;
  /** What was wrong with the data; null: nothing. The command fails when the data has ended. */
  failure: SenseCode | null = null;
  /** When data last came or was asked for. */
  progressMs = 0;
  /** Bytes the command takes, once it has asked for them. */
  #wanted: number | null = null;
  #solicited = 0;
  #r2tSN = 0;
  readonly #open: OpenSequence[] = [];

  /**
   * @param command `expectedLength` Expected Data Transfer Length; `immediateMax` and
   * `unsolicitedMax` bytes that may come with the command, and without R2T at all; `hasMore` its F
   * bit is 0.
   */
  constructor(command: {
    expectedLength: number;
    unsolicitedMax: number;
    immediateMax: number;
    immediate: readonly Uint8Array[];
    immediateLength: number;
    hasMore: boolean;
  }) {
    const { immediateLength, unsolicitedMax, hasMore } = command;
    const end = Math.min(unsolicitedMax, command.expectedLength);
    const isTooMuch = immediateLength > Math.min(command.immediateMax, command.expectedLength);
    if (isTooMuch || (hasMore && unsolicitedMax === 0)) {
      this.failure = WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA;
    } else {
      for (const view of command.immediate) this.chunks.push(view);
      this.received = immediateLength;
    }
    if (hasMore) {
      const start = immediateLength;
      this.#open.push({ targetTransferTag: NO_TAG, start, end, at: start, dataSN: 0 });
    }
  }

  /** Whether the initiator still owes a PDU with the F bit. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Whether unsolicited data still comes. */
  get isUnsolicitedOpen(): boolean {
    return this.#open[0]?.targetTransferTag === NO_TAG;
  }

  /** Whether an R2T is not answered yet. */
  get isSolicitedOpen(): boolean {
    return this.isOpen && !this.isUnsolicitedOpen;
  }

  /** Whether the command has asked for data. */
  get isWanted(): boolean {
    return this.#wanted !== null;
  }

  /** R2Ts sent for the task. */
  get r2tCount(): number {
    return this.#r2tSN;
  }

  /** Bytes still to be solicited; 0 when all is there that the command takes. */
  get missing(): number {
    return Math.max((this.#wanted ?? 0) - this.received, 0);
  }

  /** The command asks for its data, once. */
  want(length: number): void {
    this.#wanted = length;
  }

  /** What the command gets: no more than it wants. */
  take(): Uint8Array[] {
    const wanted = this.#wanted ?? 0;
    return this.received > wanted ? sliceChunks(this.chunks, 0, wanted) : this.chunks;
  }

  /** Whether something is left to solicit and one more R2T may be outstanding. */
  canSolicit(outstandingMax: number): boolean {
    if (this.isUnsolicitedOpen || this.#open.length >= outstandingMax) return false;
    return this.failure === null && this.#nextOffset() < (this.#wanted ?? 0);
  }

  /** Opens the next sequence, if one can be solicited; the R2T for it has the number `r2tSN`. */
  solicit(targetTransferTag: number, burstMax: number): Sequence & { readonly r2tSN: number } {
    const start = this.#nextOffset();
    const end = Math.min(start + burstMax, this.#wanted ?? 0);
    assert(start < end, "there is something to solicit");
    this.#open.push({ targetTransferTag, start, end, at: start, dataSN: 0 });
    this.#solicited = end;
    return { targetTransferTag, start, end, r2tSN: this.#r2tSN++ };
  }

  /**
   * Takes a Data-Out PDU; false when it belongs to no open sequence and is nothing to this task.
   * What is wrong with it becomes `failure`; the F bit ends its sequence all the same, since a
   * failed command is answered only when all its data has come. [RFC7143 7.8, 11.4.7.2]
   */
  receive(bhs: DataOutBhs, data: readonly Uint8Array[], dataLength: number): boolean {
    const index = this.#open.findIndex((open) => open.targetTransferTag === bhs.targetTransferTag);
    const sequence = this.#open[index];
    if (sequence === undefined) return false;
    this.failure ??= this.#check(sequence, index, bhs, dataLength);
    if (this.failure === null) {
      for (const view of data) this.chunks.push(view);
      this.received += dataLength;
      sequence.at += dataLength;
      sequence.dataSN = serialAdd(sequence.dataSN, 1);
    } else {
      this.chunks = [];
    }
    if (bhs.final) this.#open.splice(index, 1);
    return true;
  }

  #nextOffset(): number {
    return Math.max(this.#solicited, this.received);
  }

  /** Waits for no sequence any longer, which fails the command. */
  giveUp(failure: SenseCode): void {
    this.failure ??= failure;
    this.abandon();
  }

  /** Waits for no sequence any longer: nobody wants the data. */
  abandon(): void {
    this.#open.length = 0;
    this.chunks = [];
  }

  /** DataSequenceInOrder and DataPDUInOrder are Yes at level 0: everything comes in order. */
  #check(
    sequence: OpenSequence,
    index: number,
    bhs: DataOutBhs,
    dataLength: number,
  ): SenseCode | null {
    const isUnsolicited = sequence.targetTransferTag === NO_TAG;
    const isInOrder = index === 0 && bhs.dataSN === sequence.dataSN;
    if (!isInOrder || bhs.bufferOffset !== sequence.at) return PROTOCOL_SERVICE_CRC_ERROR;
    const end = sequence.at + dataLength;
    if (end > sequence.end) return WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA;
    if (isUnsolicited) return null;
    return bhs.final && end < sequence.end ? WRITE_ERROR_NOT_ENOUGH_UNSOLICITED_DATA : null;
  }
}
