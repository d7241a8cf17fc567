/**
 * The Data-In of one command as it was cut into PDUs, kept while the initiator may ask for it
 * again. It sends nothing; `data-in.ts` does. [RFC7143 11.16]
 *
 *     acknowledged           kept
 *   ────────────────┤├────┬────┬────┬────┤
 *                 first                 end        DataSN
 */
import { BufferPool } from "../base/buffer-pool";
import { lengthOf, sliceChunks } from "../base/bytes";
import type { Task } from "../scsi/task";
import type { Release, ReleaseHow } from "./outbox";
import { LUN_OFFSET } from "./pdus/scsi-command";
import { transferOf } from "./transfer";

/** One Data-In PDU: bytes `start`…`end` of the data. */
export interface Segment {
  readonly dataSN: number;
  readonly start: number;
  readonly end: number;
  readonly final: boolean;
  /** A: the initiator is to say that it has everything up to here. */
  readonly acknowledge: boolean;
}

export class SentDataIn {
  readonly initiatorTaskTag: number;
  /** The command's LUN field, and a tag: by these a DataACK names the data. */
  readonly lun: Uint8Array;
  readonly targetTransferTag: number;
  /** Bytes that may be sent, and those of the buffer that they keep from others. */
  readonly length: number;
  readonly heldLength: number;
  readonly #chunks: readonly Uint8Array[];
  readonly #burstMax: number;
  readonly #release: Release | null;
  #segmentMax = 0;
  #segments: Segment[] = [];
  #first = 0;
  /** Where the segment `#first` begins. */
  #start = 0;
  /** Those who may still read the data: whoever keeps this, and each PDU on its way. */
  #holds = 1;
  #how: ReleaseHow = "sent";

  /** Takes what the task borrowed, and gives it back when the last hold has ended. */
  constructor(
    task: Task,
    fields: {
      readonly length: number;
      readonly targetTransferTag: number;
      readonly segmentMax: number;
      readonly burstMax: number;
    },
  ) {
    this.initiatorTaskTag = task.tag;
    this.lun = Buffer.from(transferOf(task).bhs.subarray(LUN_OFFSET, LUN_OFFSET + 8));
    this.targetTransferTag = fields.targetTransferTag;
    this.length = fields.length;
    this.heldLength = BufferPool.sizeClass(task.borrowed?.length ?? lengthOf(task.dataIn));
    this.#chunks = task.dataIn;
    this.#burstMax = fields.burstMax;
    this.#release = task.release;
    this.cut(fields.segmentMax);
  }

  /** The first DataSN that is not acknowledged, and the one behind the last. */
  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#first + this.#segments.length;
  }

  /** The MaxRecvDataSegmentLength it was cut for. */
  get segmentMax(): number {
    return this.#segmentMax;
  }

  /** Cuts what is not acknowledged anew. [RFC7143 11.16.3] */
  cut(segmentMax: number): void {
    const segments: Segment[] = [];
    // Only the last segment of a sequence may be no multiple of four. [RFC7143 11.7]
    const whole = segmentMax & ~3;
    for (let start = this.#start; start < this.length;) {
      const burstEnd = start - (start % this.#burstMax) + this.#burstMax;
      const end = Math.min(start + whole, burstEnd, this.length);
      const isLast = end === this.length;
      const final = isLast || end === burstEnd;
      const dataSN = this.#first + segments.length;
      // The last one is acknowledged with the status. [RFC7143 11.7.2]
      segments.push({ dataSN, start, end, final, acknowledge: final && !isLast });
      start = end;
    }
    this.#segmentMax = segmentMax;
    this.#segments = segments;
  }

  /** The `count` segments from DataSN `begin` on, all of which are kept. */
  segments(begin: number, count: number): readonly Segment[] {
    const at = begin - this.#first;
    return this.#segments.slice(at, at + count);
  }

  dataOf({ start, end }: Segment): Uint8Array[] {
    return sliceChunks(this.#chunks, start, end);
  }

  /**
   * The initiator has everything before `dataSN` and will not ask for that again; the buffer is one
   * piece and stays all the same. False when it cannot have it, or had said that it has more.
   */
  acknowledge(dataSN: number): boolean {
    if (dataSN < this.#first || dataSN > this.end) return false;
    this.#start = this.#segments[dataSN - this.#first]?.start ?? this.length;
    this.#segments.splice(0, dataSN - this.#first);
    this.#first = dataSN;
    return true;
  }

  /** One more reads the data, until it calls what it gets. */
  hold(): Release {
    this.#holds++;
    return this.letGo;
  }

  readonly letGo = (how: ReleaseHow): void => {
    if (how === "dropped") this.#how = how;
    if (--this.#holds === 0) this.#release?.(this.#how);
  };
}
