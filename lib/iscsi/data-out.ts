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

/** A run of Data-Out PDUs that ends with the F bit. */
export interface Sequence {
  /** NO_TAG: the unsolicited one. */
  readonly targetTransferTag: number;
  /** Buffer Offset of its first byte and of the byte behind its last. */
  readonly start: number;
  readonly end: number;
}

/** How often lost data was asked for again. */
interface Recovery {
  /** Where the sequence ends of which the rest is asked for. */
  end: number;
  /** Recoveries in a row, since `received` bytes had come. */
  count: number;
  received: number;
}

/** A sequence that was asked for. */
export interface R2t extends Sequence {
  readonly r2tSN: number;
}

interface OpenSequence extends R2t {
  at: number;
  dataSN: number;
  /** A PDU of it is lost. */
  isBroken: boolean;
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
  /** null: what is lost fails the command. */
  readonly #recovery: Recovery | null;

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
  }) {
    this.#recovery = command.canRecover ? { end: 0, count: 0, received: 0 } : null;
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
      this.#begin(NO_TAG, { start: immediateLength, end, r2tSN: 0 });
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
    return this.failure === null && this.#nextOffset() < (this.#wanted ?? 0);
  }

  /** Opens the next sequence, if one can be solicited; the R2T for it has the number `r2tSN`. */
  solicit(targetTransferTag: number, burstMax: number): R2t {
    const start = this.#nextOffset();
    const recoveryEnd = this.#recovery?.end ?? 0;
    const limit = start < recoveryEnd ? recoveryEnd : (this.#wanted ?? 0);
    const end = Math.min(start + burstMax, limit);
    assert(start < end, "there is something to solicit");
    this.#solicited = end;
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
    if (this.failure !== null) {
      this.chunks = [];
    } else if (!sequence.isBroken) {
      for (const view of data) this.chunks.push(view);
      this.received += dataLength;
      sequence.at += dataLength;
      sequence.dataSN = serialAdd(sequence.dataSN, 1);
    }
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
    const last = this.#open.at(-1);
    this.#open.length = 0;
    if (last !== undefined) this.#recover(last);
  }

  #begin(
    targetTransferTag: number,
    { start, end, r2tSN }: { start: number; end: number; r2tSN: number },
  ): R2t {
    const at = start;
    const sequence = { targetTransferTag, start, end, r2tSN, at, dataSN: 0, isBroken: false };
    this.#open.push(sequence);
    return sequence;
  }

  #end(sequence: OpenSequence, index: number): void {
    this.#open.splice(index, 1);
    if (!sequence.isBroken || this.failure !== null) return;
    if (this.tryRecovery()) this.#recover(sequence);
    else this.giveUp(PROTOCOL_SERVICE_CRC_ERROR);
  }

  /** One sequence is open at a time, so all from `received` on is to come. [RFC7143 13.19] */
  #recover({ targetTransferTag, end }: Sequence): void {
    this.#solicited = this.received;
    if (targetTransferTag !== NO_TAG && this.#recovery !== null) this.#recovery.end = end;
  }

  #nextOffset(): number {
    return Math.max(this.#solicited, this.received);
  }

  /** Waits for no sequence any longer. */
  giveUp(failure: SenseCode): void {
    this.failure ??= failure;
    this.#open.length = 0;
    this.chunks = [];
  }

  /** DataSequenceInOrder and DataPDUInOrder are Yes: everything comes in order. */
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
