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
import { ScatteredData } from "./scattered-data";

/** A run of Data-Out PDUs that ends with the F bit. */
export interface Sequence {
  /** NO_TAG: the unsolicited one. */
  readonly targetTransferTag: number;
  /** Buffer Offset of its first byte and of the byte behind its last. */
  readonly start: number;
  readonly end: number;
}

interface OpenSequence extends Sequence {
  /** `start` and the bytes that have come: in order, the offset of the next. */
  at: number;
  dataSN: number;
  /** Where its data goes that need not come in order; null: to `chunks`. */
  readonly scattered: ScatteredData | null;
}

/** DataPDUInOrder and DataSequenceInOrder. [RFC7143 13.18, 13.19] */
export interface DataOrder {
  readonly isPduInOrder: boolean;
  readonly isSequenceInOrder: boolean;
}

/** The data of a sequence that has ended. */
interface Part {
  readonly start: number;
  readonly data: readonly Uint8Array[];
}

const NO_PARTS: readonly Part[] = [];
const IN_ORDER: DataOrder = { isPduInOrder: true, isSequenceInOrder: true };

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
  readonly #order: DataOrder;
  /** Sequences that have ended, where they need not come in order: what `chunks` is made of. */
  #parts: readonly Part[] = NO_PARTS;

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
    /** Absent: all comes in order. */
    order?: DataOrder;
  }) {
    this.#order = command.order ?? IN_ORDER;
    const { immediateLength, unsolicitedMax, hasMore } = command;
    const end = Math.min(unsolicitedMax, command.expectedLength);
    const isTooMuch = immediateLength > Math.min(command.immediateMax, command.expectedLength);
    if (isTooMuch || (hasMore && unsolicitedMax === 0)) {
      this.failure = WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA;
    } else {
      for (const view of command.immediate) this.chunks.push(view);
      this.received = immediateLength;
      if (this.isCopying) this.#parts = [{ start: 0, data: command.immediate }];
    }
    if (!hasMore) return;
    this.#begin({ targetTransferTag: NO_TAG, start: immediateLength, end });
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
    this.#begin({ targetTransferTag, start, end });
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
      if (sequence.scattered === null) for (const view of data) this.chunks.push(view);
      else this.#scatter(sequence, sequence.scattered, bhs, data, dataLength);
      this.received += dataLength;
      sequence.at += dataLength;
      sequence.dataSN = serialAdd(sequence.dataSN, 1);
    }
    if (this.failure !== null) this.chunks = [];
    if (bhs.final) this.#open.splice(index, 1);
    return true;
  }

  /** Whether received bytes are copied, so that nobody need keep them. */
  get isCopying(): boolean {
    return !this.#order.isPduInOrder || !this.#order.isSequenceInOrder;
  }

  #begin({ targetTransferTag, start, end }: Sequence): void {
    // Unsolicited data that may be none at all has no place: it fails when it comes.
    const scattered = this.isCopying && start < end ? new ScatteredData({ start, end }) : null;
    this.#open.push({ targetTransferTag, start, end, at: start, dataSN: 0, scattered });
  }

  /** Takes data in any order; the F bit makes a part of the whole of it. */
  #scatter(
    { start }: Sequence,
    scattered: ScatteredData,
    { bufferOffset, final }: DataOutBhs,
    data: readonly Uint8Array[],
    dataLength: number,
  ): void {
    const isNew = scattered.add(bufferOffset, data, dataLength);
    const whole = isNew && final ? scattered.take() : null;
    if (!isNew || (final && whole === null)) this.failure = PROTOCOL_SERVICE_CRC_ERROR;
    if (whole === null) return;
    const parts = [...this.#parts, { start, data: [whole] }];
    this.#parts = parts.sort((a, b) => a.start - b.start);
    this.chunks = this.#parts.flatMap((part) => part.data);
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

  /** DataSN counts a sequence's PDUs as they are sent, whatever order their data has. */
  #check(
    sequence: OpenSequence,
    index: number,
    bhs: DataOutBhs,
    dataLength: number,
  ): SenseCode | null {
    const isUnsolicited = sequence.targetTransferTag === NO_TAG;
    const { isPduInOrder, isSequenceInOrder } = this.#order;
    const { bufferOffset } = bhs;
    const isInTurn = (index === 0 || !isSequenceInOrder) && bhs.dataSN === sequence.dataSN;
    const isInPlace = isPduInOrder ? bufferOffset === sequence.at : bufferOffset >= sequence.start;
    if (!isInTurn || !isInPlace) return PROTOCOL_SERVICE_CRC_ERROR;
    if (bufferOffset + dataLength > sequence.end) return WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA;
    if (isUnsolicited) return null;
    const isShort = sequence.at + dataLength < sequence.end;
    return bhs.final && isShort ? WRITE_ERROR_NOT_ENOUGH_UNSOLICITED_DATA : null;
  }
}
