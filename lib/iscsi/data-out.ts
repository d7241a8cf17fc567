/**
 * The Data-Out of one task: what may come unsolicited, what was solicited by R2T, what has come,
 * and whether it came as it should. It sends nothing and has no clock; `data-out-phase.ts` does.
 *
 *   0 ──── immediate ──── unsolicited ────┬──── R2T 0 ────┬──── R2T 1 ────┬─ … ── wanted
 *                                         └ ≤ FirstBurst  └ ≤ MaxBurst    └ ≤ MaxBurst
 *
 * Where data can be recovered, a sequence that has lost a PDU is taken no further; when its end has
 * come, the next R2T asks for what is missing of it.
 *
 * [RFC7143 4.2.5.2, 7.8, 11.7, 11.8]
 */
import {
  PROTOCOL_SERVICE_CRC_ERROR,
  type SenseCode,
  WRITE_ERROR_NOT_ENOUGH_UNSOLICITED_DATA,
  WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA,
} from "node-scsi-cdb";
import { assert } from "../base/assert";
import { sliceChunks } from "../base/bytes";
import { limits } from "../base/limits";
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

/** What is to be asked for again, and how often something was. */
interface Recovery {
  /** The rests of sequences that have lost a PDU. */
  readonly lost: { readonly start: number; readonly end: number }[];
  /** Recoveries in a row, since `received` bytes had come. */
  count: number;
  received: number;
}

/** A sequence that was asked for. */
export interface R2t extends Sequence {
  readonly r2tSN: number;
}

interface OpenSequence extends R2t {
  /** `start` and the bytes that have come: in order, the offset of the next. */
  at: number;
  dataSN: number;
  /** A PDU of it is lost. */
  isBroken: boolean;
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
  /** null: what is lost fails the command. */
  readonly #recovery: Recovery | null;
  readonly #order: DataOrder;
  /** Sequences that have ended, where they need not come in order: what `chunks` is made of. */
  #parts: readonly Part[] = NO_PARTS;

  /**
   * @param command `expectedLength` Expected Data Transfer Length; `immediateMax` and
   * `unsolicitedMax` bytes that may come with the command, and without R2T at all; `hasMore` its F
   * bit is 0; `canRecover` ErrorRecoveryLevel is above 0.
   */
  constructor(command: {
    expectedLength: number;
    unsolicitedMax: number;
    immediateMax: number;
    immediate: readonly Uint8Array[];
    immediateLength: number;
    hasMore: boolean;
    canRecover: boolean;
    /** Absent: all comes in order. */
    order?: DataOrder;
  }) {
    this.#recovery = command.canRecover ? { lost: [], count: 0, received: 0 } : null;
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
    if (hasMore) this.#begin(NO_TAG, { start: immediateLength, end, r2tSN: 0 });
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

  /** The R2Ts whose sequences have not ended. */
  get openR2ts(): readonly R2t[] {
    return this.#open.filter(({ targetTransferTag }) => targetTransferTag !== NO_TAG);
  }

  /** Of those, the ones for which nothing has come. */
  get unansweredR2ts(): readonly R2t[] {
    return this.#open.filter(
      ({ targetTransferTag, at, start, isBroken }) =>
        targetTransferTag !== NO_TAG && at === start && !isBroken,
    );
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
    if (this.failure !== null) return false;
    return this.#nextOffset() < (this.#wanted ?? 0) || (this.#recovery?.lost.length ?? 0) > 0;
  }

  /** Opens the next sequence, if one can be solicited: what is lost goes before what is new. */
  solicit(targetTransferTag: number, burstMax: number): R2t {
    const lost = this.#recovery?.lost.shift();
    const start = lost?.start ?? this.#nextOffset();
    const end = lost?.end ?? Math.min(start + burstMax, this.#wanted ?? 0);
    assert(start < end, "there is something to solicit");
    this.#solicited = Math.max(this.#solicited, end);
    return this.#begin(targetTransferTag, { start, end, r2tSN: this.#r2tSN++ });
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
    if (this.#recovery !== null && bhs.dataSN !== sequence.dataSN) sequence.isBroken = true;
    if (!sequence.isBroken) this.failure ??= this.#check(sequence, index, bhs, dataLength);
    if (this.failure === null && !sequence.isBroken) {
      if (sequence.scattered === null) for (const view of data) this.chunks.push(view);
      else this.#scatter(sequence, sequence.scattered, bhs, data, dataLength);
      this.received += dataLength;
      sequence.at += dataLength;
      sequence.dataSN = serialAdd(sequence.dataSN, 1);
    }
    if (this.failure !== null) this.chunks = [];
    if (bhs.final) this.#end(sequence, index);
    return true;
  }

  /** A PDU has come whose data is damaged; nothing to a task that it does not belong to. */
  lose(bhs: DataOutBhs): void {
    const index = this.#open.findIndex((open) => open.targetTransferTag === bhs.targetTransferTag);
    const sequence = this.#open[index];
    if (sequence === undefined) return;
    sequence.isBroken = true;
    if (bhs.final) this.#end(sequence, index);
  }

  /** Counts one more recovery; false when there were enough, or what is lost is lost. */
  tryRecovery(): boolean {
    const recovery = this.#recovery;
    if (recovery === null || this.failure !== null) return false;
    if (this.received > recovery.received) recovery.count = 0;
    recovery.received = this.received;
    return recovery.count++ < limits.dataRecoveriesMax;
  }

  /** Waits no longer for what is open: it is to be asked for again. */
  goBack(): void {
    for (const sequence of this.#open.splice(0)) this.#recover(sequence);
  }

  #begin(
    targetTransferTag: number,
    { start, end, r2tSN }: { start: number; end: number; r2tSN: number },
  ): R2t {
    // Unsolicited data that may be none at all has no place: it fails when it comes.
    const scattered = this.isCopying && start < end ? new ScatteredData({ start, end }) : null;
    const place = { targetTransferTag, start, end, r2tSN, at: start, dataSN: 0 };
    const sequence = { ...place, isBroken: false, scattered };
    this.#open.push(sequence);
    return sequence;
  }

  #end(sequence: OpenSequence, index: number): void {
    this.#open.splice(index, 1);
    if (!sequence.isBroken || this.failure !== null) return;
    if (this.tryRecovery()) this.#recover(sequence);
    else this.giveUp(PROTOCOL_SERVICE_CRC_ERROR);
  }

  /** Unsolicited data that does not come is solicited as if it had never been promised. */
  #recover({ targetTransferTag, at: start, end }: OpenSequence): void {
    if (targetTransferTag !== NO_TAG && start < end) this.#recovery?.lost.push({ start, end });
  }

  /** Whether received bytes are copied, so that nobody need keep them. */
  get isCopying(): boolean {
    return !this.#order.isPduInOrder || !this.#order.isSequenceInOrder;
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
