/**
 * What a connection above ErrorRecoveryLevel 0 has sent and may be asked for again: every PDU that
 * used up a StatSN, with the Data-In of its command, until ExpStatSN acknowledges it. It sends
 * nothing; `snack.ts` does. [RFC7143 7.1.4.2, 11.16]
 *
 *     acknowledged      kept, but for what there was no room for
 *   ───────────────┤├──────────────────────────────────────────┤├
 *                begin                                        end        StatSN
 */
import { getU32 } from "../base/bytes";
import { limits } from "../base/limits";
import { serialAdd, serialDistance, serialLess } from "../base/serial-number";
import { scsiResponse } from "./pdus/scsi-command";
import type { SentDataIn } from "./sent-data-in";

/** A PDU that used up a StatSN. */
export interface SentStatus {
  readonly statSN: number;
  /** As it was sent, in bytes of its own. */
  readonly bhs: Uint8Array;
  readonly data: readonly Uint8Array[];
  /** Bytes in `data`. */
  readonly dataLength: number;
  /** Of a SCSI Response: the data that went before it. */
  readonly dataIn: SentDataIn | null;
}

/** Bytes kept in the whole target. */
export class KeptBytes {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** False, and nothing counted, when it would be too much. */
  take(bytes: number): boolean {
    if (this.#count + bytes > limits.keptBytesMax) return false;
    this.#count += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#count -= bytes;
  }
}

export class Unacknowledged {
  readonly #bytes: KeptBytes;
  readonly #kept = new Map<number, SentStatus>();
  #begin: number;
  #end: number;
  /** `#begin` when `isStuck` was last asked. */
  #seen: number | null = null;

  constructor(fields: { statSN: number; bytes: KeptBytes }) {
    this.#begin = fields.statSN;
    this.#end = fields.statSN;
    this.#bytes = fields.bytes;
  }

  /** The first StatSN that is not acknowledged, and the one behind the last that was sent. */
  get begin(): number {
    return this.#begin;
  }

  get end(): number {
    return this.#end;
  }

  /** Whether nothing had to be forgotten that is not acknowledged. */
  get isComplete(): boolean {
    return this.#kept.size === serialDistance(this.#end, this.#begin);
  }

  /**
   * Keeps the next one. The oldest are forgotten where there is no room for it, and it is itself
   * when that does not help: a SNACK for it is rejected, and the initiator ends its command so.
   */
  keep(status: SentStatus): void {
    this.#end = serialAdd(status.statSN, 1);
    if (this.#makeRoom(bytesOf(status))) this.#kept.set(status.statSN, status);
    else status.dataIn?.letGo("sent");
  }

  /** The initiator has everything before `expStatSN`. What it cannot have counts for nothing. */
  acknowledge(expStatSN: number): void {
    if (serialLess(this.#end, expStatSN)) return;
    while (serialLess(this.#begin, expStatSN)) {
      this.#forget(this.#begin);
      this.#begin = serialAdd(this.#begin, 1);
    }
  }

  ofStatSN(statSN: number): SentStatus | undefined {
    return this.#kept.get(statSN);
  }

  /** The last answer to a SCSI command with this Initiator Task Tag. */
  ofCommand(initiatorTaskTag: number): SentStatus | undefined {
    const answers = [...this.#kept.values()].filter(
      ({ bhs }) => bhs[0] === scsiResponse.opcode && getU32(bhs, 16) === initiatorTaskTag,
    );
    return answers.at(-1);
  }

  /** The Data-In that a DataACK names. */
  ofTransferTag(targetTransferTag: number): SentDataIn | undefined {
    for (const { dataIn } of this.#kept.values()) {
      if (dataIn?.targetTransferTag === targetTransferTag) return dataIn;
    }
    return undefined;
  }

  /** Whether something waits to be acknowledged that did so when this was asked before. */
  isStuck(): boolean {
    const isStuck = this.#begin !== this.#end && this.#begin === this.#seen;
    this.#seen = this.#begin === this.#end ? null : this.#begin;
    return isStuck;
  }

  /** Nobody will ask any more. */
  clear(): void {
    for (const statSN of [...this.#kept.keys()]) this.#forget(statSN);
  }

  #makeRoom(bytes: number): boolean {
    if (this.#kept.size === limits.keptStatusesMax) this.#forgetOldest();
    while (!this.#bytes.take(bytes)) {
      if (this.#kept.size === 0) return false;
      this.#forgetOldest();
    }
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(statSN: number): void {
    const status = this.#kept.get(statSN);
    if (status === undefined) return;
    this.#kept.delete(statSN);
    this.#bytes.give(bytesOf(status));
    status.dataIn?.letGo("sent");
  }
}

function bytesOf({ dataLength, dataIn }: SentStatus): number {
  return dataLength + (dataIn?.heldLength ?? 0);
}
