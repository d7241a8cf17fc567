/**
 * What all jobs of one mirrored volume share at one side: its copy, its exclusive states, the way
 * to the other side, and who waits for which answer. No job's course is here.
 */
import { assert } from "../../base/assert";
import type { BufferPool } from "../../base/buffer-pool";
import { lengthOf } from "../../base/bytes";
import type { Crc32c } from "../../base/crc32c";
import { limits } from "../../base/limits";
import { NumberTable } from "../../base/number-table";
import type { CompletionQueue } from "../../block/completion-queue";
import type { BlockDevice } from "../../block/device";
import { Job } from "../../block/job";
import type { JobOp, JobOrigin, JobStatus } from "../../block/job";
import type { MirrorOptions, Side } from "../config";
import { EarlyWrites, toldWrites } from "../early-writes";
import { CommunicationVolume } from "../communication-volume";
import { examples } from "../examples";
import type { Example } from "../examples";
import { Claim, Exclusion } from "../exclusion";
import type { ClaimKind } from "../exclusion";
import type { JobResult, LinkMessage } from "../messages";
import type { PairView } from "../pair-view";
import { commandNumber } from "../steps";
import type { RelayJournal } from "../relay-journal";
import type { JobNumber, StepSink } from "../steps";
import type { CopyReceiver } from "./copy-receiver";
import type { CopySender } from "./copy-sender";
import type { RelayReceiver } from "./relay-receiver";
import type { RelaySender } from "./relay-sender";
import type { ToldWrite } from "./told-write";

/** What is done to blocks, whoever asked for it. */
export interface Work {
  readonly op: JobOp;
  readonly lba: number;
  readonly blockCount: number;
  readonly fua: boolean;
  readonly data: readonly Uint8Array[];
}

export interface Range {
  readonly lba: number;
  readonly blockCount: number;
}

/** What a mirrored volume's traffic needs from around it. */
export interface TrafficPorts {
  readonly side: Side;
  readonly volume: number;
  readonly options: MirrorOptions;
  readonly device: BlockDevice;
  readonly pair: PairView;
  readonly completions: CompletionQueue;
  /** For what is read here on behalf of the other side, and written when its host has gone on. */
  readonly buffers: BufferPool;
  readonly crc32c: Crc32c;
  readonly step: StepSink;
  /** Of the communication volume on a medium; null: it is in the cache alone. */
  readonly journal: RelayJournal | null;
  isReserved(volume: number, origin: JobOrigin): boolean;
  /** Data of a message stays as it is until `release` is called, which comes exactly once. */
  send(message: LinkMessage, release?: () => void): void;
  /** The other side does not keep to the protocol, or cannot go on: ends the link. */
  drop(reason: string): void;
  nowMs(): number;
  /** Whether what was sent is still on its way, or there. */
  isLinkUp(): boolean;
  /** Tells an operator what went wrong, in a sentence. */
  report(level: "warn" | "error", text: string): void;
  /** Counts over both kinds of numbers and all volumes, and never back. */
  nextCount(): number;
}

export function overlaps(a: Range, b: Range): boolean {
  return a.lba < b.lba + b.blockCount && b.lba < a.lba + a.blockCount;
}

/** Whether it changes blocks. */
export function changes(op: JobOp): boolean {
  return op !== "read" && op !== "flush";
}

export function resultOf(status: JobStatus): JobResult {
  switch (status) {
    case "ok":
      return "done";
    case "miscompare":
    case "reserved":
    case "no-space":
      return status;
    case "deciding":
    case "unavailable":
      return "check";
    default:
      return "medium-error";
  }
}

export class JobContext {
  readonly ports: TrafficPorts;
  readonly example: Example;
  readonly exclusion = new Exclusion();
  /** Rises whenever what was asked of the other side is not answered any more. */
  session = 0;
  /** JOB5s that wait for an end, by their copy's number. */
  readonly copies = new NumberTable<CopySender>();
  /** JOB3s that wait for an end, by their command's number. */
  readonly relays: CommunicationVolume<RelaySender>;
  /** JOB4s, by the number of the relayed command. */
  readonly received = new NumberTable<RelayReceiver>();
  /** JOB2s under way, as they came: the other side may use a copy's number anew. */
  readonly receivedCopies = new NumberTable<CopyReceiver>();
  /** Writes that the main side has told of, by their copy's number: what 514 stores. [0061] */
  readonly told = new Map<number, ToldWrite>();
  /** This side's hosts' writes that ended before both copies had them. */
  readonly early: EarlyWrites;
  /** What could not be copied to here: the main side has it newer, reads go there. */
  readonly stale: Range[] = [];
  #localCount = 0;
  #copyCount = 0;
  #whenIdle: (() => void)[] = [];
  #whenDecided: (() => void)[] = [];
  #whenStanding: (() => void)[] = [];

  constructor(ports: TrafficPorts) {
    this.ports = ports;
    this.example = examples[ports.options.example];
    this.relays = new CommunicationVolume(ports.volume, ports.journal);
    this.early = new EarlyWrites({
      buffers: ports.buffers,
      tellLost: (count) => ports.report("error", `${toldWrites(count)} may be lost.`),
    });
  }

  get pair(): PairView {
    return this.ports.pair;
  }

  get options(): MirrorOptions {
    return this.ports.options;
  }

  /** Whether this side orders what it does: there is no other, or it is the sub one. */
  get isOrdering(): boolean {
    return this.pair.standing === "alone" || this.pair.role === "main";
  }

  /** Unique over both sides: of a command or of a copy. */
  nextNumber(): number {
    return commandNumber(this.ports.side, this.ports.nextCount());
  }

  /** Of a JOB2, among those of this side. */
  nextCopy(): number {
    return ++this.#copyCount;
  }

  step(command: number, job: JobNumber, step: number): void {
    this.ports.step(this.ports.volume, command, job, step);
  }

  steps(command: number, job: JobNumber, steps: readonly number[]): void {
    for (const step of steps) this.step(command, job, step);
  }

  /** A step of Fig. 17. */
  step17(command: number, job: JobNumber, step: number): void {
    if (this.example.isTentative) this.step(command, job, step);
  }

  isReserved(origin: JobOrigin | null): boolean {
    return origin !== null && this.ports.isReserved(this.ports.volume, origin);
  }

  /**
   * Whether a read may be of this side's copy; else the main side does it. Adjacent ranges do not
   * overlap. [0061]
   */
  mayReadHere(range: Range): boolean {
    if (this.isOrdering) return true;
    const { directRead, acknowledge } = this.options;
    if (directRead === "off" || !this.pair.isConsistent) return false;
    if (this.stale.some((old) => overlaps(old, range))) return false;
    const isTold = directRead === "overlap-test";
    if (isTold) for (const write of this.told.values()) if (overlaps(write, range)) return false;
    // Who was told that a write is done has to find it, before it is here.
    if (!isTold && acknowledge === "sync") return true;
    return !this.relays.some((relay) => relay.isPendingWrite && overlaps(relay.job, range));
  }

  checksumOf(data: readonly Uint8Array[]): number {
    let checksum = 0;
    for (const chunk of data) checksum = this.ports.crc32c(chunk, checksum);
    return checksum;
  }

  /** Whether a message's range and data fit the volume; what does not ends the link. */
  fits(work: Work, hasData = true): boolean {
    const length = this.dataLengthOf(work);
    const isInside = work.lba + work.blockCount <= this.ports.device.geometry.blockCount;
    const isWhole = lengthOf(work.data) === (hasData ? length : 0);
    return isInside && isWhole && length <= limits.linkDataMax;
  }

  /** Bytes of data that belong to a piece of work. */
  dataLengthOf(work: Omit<Work, "data">): number {
    const { blockSize } = this.ports.device.geometry;
    switch (work.op) {
      case "write":
      case "write-atomic":
      case "or-write":
      case "read":
        return work.blockCount * blockSize;
      case "compare-and-write":
        return 2 * work.blockCount * blockSize;
      case "write-same":
        return blockSize;
      default:
        return 0;
    }
  }

  claim(range: Range, kind: ClaimKind, granted: () => void): Claim {
    const isWhole = this.options.granularity === "volume" && !kind.isShared;
    const start = isWhole ? 0 : range.lba;
    const end = isWhole ? this.ports.device.geometry.blockCount : range.lba + range.blockCount;
    return new Claim({ start, end }, kind, granted);
  }

  /** Does something to this side's copy. */
  submit(work: Work, onDone: (job: Job) => void): Job {
    const { op, lba, blockCount, fua, data } = work;
    this.#localCount++;
    const job = new Job({
      op,
      lba,
      blockCount,
      fua,
      data,
      onDone: (done) => {
        this.#localCount--;
        onDone(done);
        this.#tellIdle();
      },
    });
    this.ports.device.submit(job);
    return job;
  }

  whenIdle(then: () => void): void {
    this.#whenIdle.push(then);
    this.#tellIdle();
  }

  /** Calls `then` when the pair is not deciding: now, or within `decided`. */
  whenDecided(then: () => void): void {
    if (this.pair.standing === "deciding") this.#whenDecided.push(then);
    else then();
  }

  /** Calls `then` at the next change of standing. */
  whenStanding(then: () => void): void {
    this.#whenStanding.push(then);
  }

  standingChanged(): void {
    const waiting = this.#whenStanding;
    this.#whenStanding = [];
    for (const then of waiting) then();
  }

  decided(): void {
    if (this.pair.standing === "deciding") return;
    const waiting = this.#whenDecided;
    this.#whenDecided = [];
    for (const then of waiting) then();
  }

  /** Remembers that a range here is older than the main side's. */
  markStale(range: Range): void {
    if (this.stale.length === limits.mirrorStaleRangesMax) {
      this.stale.length = 0;
      this.stale.push({ lba: 0, blockCount: this.ports.device.geometry.blockCount });
    } else {
      this.stale.push(range);
    }
  }

  markFresh(range: Range): void {
    if (this.stale.length === 0) return;
    const left = this.stale.filter(
      ({ lba, blockCount }) => lba < range.lba || lba + blockCount > range.lba + range.blockCount,
    );
    this.stale.splice(0, this.stale.length, ...left);
  }

  invariants(): void {
    assert(this.#localCount >= 0, "a job at the device ends once");
    this.exclusion.invariants();
  }

  #tellIdle(): void {
    if (this.#localCount > 0 || this.#whenIdle.length === 0) return;
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const then of waiting) then();
  }
}
