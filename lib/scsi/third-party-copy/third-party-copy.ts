/**
 * One third-party copy on its way: segment after segment, in portions that are read from the source
 * and written to the destination by jobs of its task, through one buffer of the pool. Whether the
 * nexus may do so is asked at every portion. Blocks are copied in ascending order, so where a
 * segment overlaps itself, later portions find what earlier ones wrote. [SPC-4 5.17.7]
 */
import {
  type ForwardedSense,
  type Sense,
  Status,
  THIRD_PARTY_DEVICE_FAILURE,
  WRITE_PROTECTED,
} from "node-scsi-cdb";
import { lengthOf } from "../../base/bytes";
import type { Job } from "../../block/job";
import { mustBeStable } from "../commands/transfer";
import { notReadySense } from "../gates";
import { senseOfJob } from "../job-sense";
import type { Task } from "../task";
import type { Unit } from "../unit";
import type { CopyOperation } from "./copy-operations";
import type { CopyList } from "./parameter-list";
import { type PlannedEnd, type SegmentPlan, planSegment } from "./segment-plan";

type Role = ForwardedSense["from"];

/** What a unit answers, and no data. */
type Answer = Pick<ForwardedSense, "status" | "sense">;

/** Blocks of an end of a segment. */
interface Blocks {
  readonly plan: SegmentPlan;
  readonly role: Role;
  readonly lba: number;
  readonly blockCount: number;
}

const NOTHING = new Uint8Array(0);

/** A range of whole blocks around a range of bytes, and how far the bytes begin inside. */
interface Cover {
  readonly lba: number;
  readonly blockCount: number;
  readonly skip: number;
}

function coverOf(unit: Unit, start: number, length: number): Cover {
  const { blockSize } = unit.device.geometry;
  const lba = Math.floor(start / blockSize);
  const blockCount = Math.ceil((start + length) / blockSize) - lba;
  return { lba, blockCount, skip: start - lba * blockSize };
}

function checkCondition(sense: Sense): Answer {
  return { status: Status.CHECK_CONDITION, sense };
}

/** Why the nexus may not read the source or write the destination now; null: it may. */
function refusalOf(task: Task, { unit }: PlannedEnd, role: Role): Answer | null {
  if (!unit.reservation.allows(task.nexus, role === "source" ? "read" : "conflict")) {
    return { status: Status.RESERVATION_CONFLICT, sense: null };
  }
  const notReady = unit.operation.sense ?? notReadySense(unit);
  if (notReady !== null) return checkCondition(notReady);
  const isProtected = role === "destination" && unit.isWriteProtected;
  return isProtected ? checkCondition({ code: WRITE_PROTECTED }) : null;
}

function answerOf(job: Job): Answer | null {
  if (job.status === "ok") return null;
  if (job.status === "reserved") return { status: Status.RESERVATION_CONFLICT, sense: null };
  return checkCondition(senseOfJob(job, job.status));
}

export class ThirdPartyCopy {
  readonly #task: Task;
  /** The unit that the command came to. */
  readonly #unit: Unit;
  readonly #list: CopyList;
  readonly #operation: CopyOperation;
  readonly #buffer: Uint8Array;
  /** How many segments are done. */
  #segment = 0;
  /** Bytes of the segment that are written, its padding among them. */
  #done = 0;

  /** `buffer`: of `limits.copyPortionMax` bytes, the task's for as long as the copy lasts. */
  constructor(fields: {
    readonly task: Task;
    readonly unit: Unit;
    readonly list: CopyList;
    readonly operation: CopyOperation;
    readonly buffer: Uint8Array;
  }) {
    this.#task = fields.task;
    this.#unit = fields.unit;
    this.#list = fields.list;
    this.#operation = fields.operation;
    this.#buffer = fields.buffer;
  }

  /** Copies what is left, and ends the task. */
  run(): void {
    for (; this.#segment < this.#list.segments.length; this.#segment++) {
      this.#operation.segmentsProcessed = this.#segment + 1;
      const plan = planSegment(this.#list, this.#segment, this.#unit);
      if ("code" in plan) return this.#fail(plan);
      if (plan.length + plan.padding > 0) return this.#copy(plan);
    }
    this.#operation.end(null);
    this.#unit.good(this.#task);
  }

  /** The next portion of a segment of which something is left. */
  #copy(plan: SegmentPlan): void {
    for (const role of ["source", "destination"] as const) {
      const refusal = refusalOf(this.#task, plan[role], role);
      if (refusal !== null) return this.#failAt(plan, role, refusal);
    }
    const { unit, start } = plan.source;
    const length = this.#portionOf(plan);
    const isLast = this.#done + length === plan.length;
    const padding = isLast && plan.padding > 0 ? [Buffer.alloc(plan.padding)] : [];
    const cover = coverOf(unit, start + this.#done, length);
    this.#read({ plan, role: "source", ...cover }, this.#buffer, () =>
      this.#write(plan, [this.#buffer.subarray(cover.skip, cover.skip + length), ...padding]),
    );
  }

  /** As much as the buffer holds; up to the end of a destination block, unless it is the last. */
  #portionOf({ source, destination, length }: SegmentPlan): number {
    const left = length - this.#done;
    const blockSizeOf = ({ unit }: PlannedEnd): number => unit.device.geometry.blockSize;
    const room = this.#buffer.length - ((source.start + this.#done) % blockSizeOf(source));
    if (left <= room) return left;
    return room - ((destination.start + this.#done + room) % blockSizeOf(destination));
  }

  #read({ plan, role, lba, blockCount }: Blocks, into: Uint8Array, then: () => void): void {
    const { unit } = plan[role];
    const data = [into.subarray(0, blockCount * unit.device.geometry.blockSize)];
    this.#unit.runAt(this.#task, unit, { op: "read", lba, blockCount, data }, (job) => {
      const failure = answerOf(job);
      if (failure === null) then();
      else this.#failAt(plan, role, failure);
    });
  }

  /** Writes bytes that come next, between what their first and last block have beside them. */
  #write(plan: SegmentPlan, bytes: readonly Uint8Array[]): void {
    const { unit, start } = plan.destination;
    const length = lengthOf(bytes);
    const cover = coverOf(unit, start + this.#done, length);
    const { blockSize } = unit.device.geometry;
    const end = (cover.skip + length) % blockSize;
    const last = cover.lba + cover.blockCount - 1;
    this.#readEdge(plan, { lba: cover.lba, isWanted: cover.skip > 0 }, (head) =>
      this.#readEdge(plan, { lba: last, isWanted: end > 0 }, (tail) => {
        const before = cover.skip > 0 ? [head.subarray(0, cover.skip)] : [];
        const behind = end > 0 ? [tail.subarray(end)] : [];
        this.#writeBlocks(plan, { ...cover, data: [...before, ...bytes, ...behind], length });
      }),
    );
  }

  /** Hands over the block of the destination that keeps some of its bytes; else nothing. */
  #readEdge(
    plan: SegmentPlan,
    { lba, isWanted }: { readonly lba: number; readonly isWanted: boolean },
    then: (block: Uint8Array) => void,
  ): void {
    if (!isWanted) return then(NOTHING);
    const block = Buffer.alloc(plan.destination.unit.device.geometry.blockSize);
    this.#read({ plan, role: "destination", lba, blockCount: 1 }, block, () => then(block));
  }

  #writeBlocks(
    plan: SegmentPlan,
    { lba, blockCount, data, length }: Cover & { data: readonly Uint8Array[]; length: number },
  ): void {
    const { unit } = plan.destination;
    const request = { lba, blockCount, data, fua: mustBeStable(false, unit) };
    this.#unit.runAt(this.#task, unit, { op: "write", ...request }, (job) => {
      const failure = answerOf(job);
      if (failure !== null) return this.#failAt(plan, "destination", failure);
      this.#done += length;
      this.#operation.bytesWritten += length;
      if (this.#done < plan.length) return this.#copy(plan);
      this.#done = 0;
      this.#segment++;
      this.run();
    });
  }

  /** Ends the copy for what the source or the destination of a segment answered. */
  #failAt(plan: SegmentPlan, role: Role, answer: Answer): void {
    const { unit, start } = plan.destination;
    const whole = coverOf(unit, start, plan.length + plan.padding);
    // What is left, in blocks of the destination; not told when nothing has been written.
    const written = Math.floor((whole.skip + this.#done) / unit.device.geometry.blockSize);
    const residual = this.#done > 0 ? { information: whole.blockCount - written } : {};
    this.#fail({
      code: THIRD_PARTY_DEVICE_FAILURE,
      ...residual,
      field: { ...plan[role].pointer, in: "data" },
      forwarded: { from: role, ...answer },
    });
  }

  #fail(sense: Sense): void {
    const whole = { ...sense, segment: this.#segment };
    this.#operation.end(whole);
    this.#unit.fail(this.#task, whole);
  }
}
