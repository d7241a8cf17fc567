/**
 * JOB1: a host's job at either side. It decides by the pair's standing and role which course the
 * job takes, and takes another when they change; the courses are in files of their own.
 *
 *   run ──deciding──▶ waits ──standingChanged──▶ run
 *    ├──blocked, or abnormal where that is refused (703)──▶ ended "unavailable"
 *    └──▶ a course ──again──▶ run
 *              └────end─────▶ ended
 *
 * A course may tell the host before its end that the job is done: what goes on then is a job of
 * this side's own, with the data that `early-writes.ts` keeps. Such a one waits where it would be
 * refused, until this side goes on alone or is about to be the sub one of a pair again: then it is
 * offered to the main side, or discarded where that has gone on without it.
 */
import { assert } from "../../base/assert";
import { lengthOf } from "../../base/bytes";
import { Job, readsFirst } from "../../block/job";
import type { JobStatus } from "../../block/job";
import type { EarlyWrite } from "../early-writes";
import type { FoundWrite } from "../relay-journal";
import type { JobContext } from "./context";
import { changes } from "./context";
import { LocalRead } from "./local-read";
import { MainFlush, SubFlush } from "./flush";
import { MainWrite } from "./main-write";
import { RelayedRead } from "./relayed-read";
import { SubWrite } from "./sub-write";

/** One way a host's job can go. It calls `end` or `again` of its host job once and then rests. */
export interface Course {
  start(): void;
  /** What the other side was asked is not answered any more. */
  lost(): void;
  /** The pair has another standing, role or consistency; after `lost`, if that came too. */
  standingChanged(): void;
  /** True: it rests from now on, and nothing of it will happen. */
  abort(): boolean;
  /**
   * Its host has been told, and what it asked of the other side before counts no more: rests, gives
   * back all it has and calls `then`, unless it is as good as done.
   */
  leave?(then: () => void): void;
}

const NOTHING = (): void => undefined;

export class HostJob {
  /** Its number in the trace and on the link. */
  readonly command: number;
  #job: Job;
  #early: EarlyWrite | null = null;
  /** Its number in the journal, where that had it before this process. */
  #foundAs: number | null = null;
  readonly #context: JobContext;
  readonly #ended: (hostJob: HostJob) => void;
  /** null: the pair has to decide first. */
  #course: Course | null = null;

  constructor(context: JobContext, fields: { job: Job; ended: (hostJob: HostJob) => void }) {
    this.#job = fields.job;
    this.command = context.nextNumber();
    this.#context = context;
    this.#ended = fields.ended;
  }

  /** The host's, until it has been told. */
  get job(): Job {
    return this.#job;
  }

  /** The host has been told that it is done. */
  get isEarly(): boolean {
    return this.#early !== null;
  }

  start(): void {
    this.#context.steps(this.command, 1, this.#context.example.arrived);
    this.#run();
  }

  /** One that a process before this one told its host of. */
  static found(
    context: JobContext,
    { write, ended }: { write: FoundWrite; ended: (hostJob: HostJob) => void },
  ): HostJob {
    const { op, lba, blockCount, data, sequence } = write;
    const job = new Job({ op, lba, blockCount, data, onDone: () => undefined });
    const hostJob = new HostJob(context, { job, ended });
    hostJob.#early = context.early.begin([]);
    hostJob.#foundAs = sequence;
    return hostJob;
  }

  end(status: JobStatus): void {
    const { standing } = this.#context.pair;
    const isRefused = status === "unavailable" || status === "deciding";
    const isOpen = standing === "blocked" || standing === "deciding";
    this.#course = null;
    if (!(this.isEarly && isRefused && isOpen)) this.#finish(status);
  }

  #finish(status: JobStatus): void {
    this.#ended(this);
    if (this.#early === null) return this.#context.ports.completions.push(this.#job, status);
    this.settled();
    this.#context.early.end(this.#early, status !== "ok");
  }

  /**
   * Both copies have it: what the journal has of an early one must not be done again, since another
   * write of the same blocks may come now.
   */
  settled(): void {
    if (this.#early === null) return;
    if (this.#foundAs === null) return this.#context.relays.earlyEnded(this.command);
    this.#context.ports.journal?.foundEnded(this.#foundAs);
    this.#foundAs = null;
  }

  /** Whether the host may be told before both copies have it. [0063] [0069] [0077] [0078] */
  get mayEndEarly(): boolean {
    const { options, pair, early } = this.#context;
    const { op, fua, data, blockCount, isAborted } = this.#job;
    if (options.acknowledge === "sync" || this.#early !== null || isAborted) return false;
    const isPlain = changes(op) && !readsFirst(op) && !fua && blockCount > 0;
    return isPlain && pair.standing === "mirrored" && early.hasRoom(lengthOf(data));
  }

  /** Tells the host that it is done, if it may be told; its job is another from here on. */
  endEarly(reported: readonly number[]): void {
    if (!this.mayEndEarly) return;
    if (!this.#context.relays.storeEarly(this.command, this.#job)) return;
    const { op, lba, blockCount, data } = this.#job;
    const early = this.#context.early.begin(data);
    this.#context.steps(this.command, 1, reported);
    this.#context.ports.completions.push(this.#job, "ok");
    this.#early = early;
    // Whose reservation comes later finds it done: it is nobody's any more.
    const kept = early.buffer === null ? [] : [early.buffer];
    this.#job = new Job({ op, lba, blockCount, data: kept, onDone: () => undefined });
  }

  /** A message has its data until what is returned is called. */
  lend(): () => void {
    return this.#early === null ? NOTHING : this.#context.early.lend(this.#early);
  }

  /** Early: goes to the main side, whatever was sent there before. */
  offer(): void {
    this.#left(() => {
      this.#course = new SubWrite(this.#context, this);
      this.#course.start();
    });
  }

  /** Early: the main side has gone on without it. */
  discard(): void {
    this.#left(() => this.#finish("unavailable"));
  }

  /** Early: this process ends. The next finds it, where the communication volume is on a disk. */
  abandon(): void {
    if (this.#context.ports.journal === null) return this.discard();
    const early = this.#early;
    this.#left(() => {
      this.#ended(this);
      if (early !== null) this.#context.early.end(early, false);
    });
  }

  /** JOB1's last steps; the report is among them unless it has been made. */
  ended(reported: readonly number[], ended: readonly number[]): void {
    if (this.#early === null) this.#context.steps(this.command, 1, reported);
    this.#context.steps(this.command, 1, ended);
  }

  /** From the start, by what the pair is now. */
  again(): void {
    this.#course = null;
    this.#run();
  }

  lost(): void {
    this.#course?.lost();
  }

  standingChanged(): void {
    if (this.#course === null) this.#run();
    else this.#course.standingChanged();
  }

  abort(): void {
    this.#job.isAborted = true;
    if (this.#course === null || this.#course.abort()) this.end("aborted");
  }

  #left(then: () => void): void {
    if (this.#course === null) return then();
    this.#course.leave?.(() => {
      this.#course = null;
      then();
    });
  }

  #run(): void {
    const { pair, options, example } = this.#context;
    if (pair.standing === "deciding") return;
    if (pair.standing === "blocked" && this.isEarly) return;
    const isAbnormal =
      pair.standing === "alone" && options.onMirrorLoss === "check" && !this.isEarly;
    if (isAbnormal || pair.standing === "blocked") {
      this.#context.steps(this.command, 1, example.abnormal);
      return this.end("unavailable");
    }
    const course = this.#courseOf();
    assert(this.#course === null, "a job takes one course at a time");
    this.#course = course;
    course.start();
  }

  #courseOf(): Course {
    const { isOrdering } = this.#context;
    switch (this.#job.op) {
      case "read":
        return this.#context.mayReadHere(this.#job)
          ? new LocalRead(this.#context, this)
          : new RelayedRead(this.#context, this);
      case "flush":
        return isOrdering ? new MainFlush(this.#context, this) : new SubFlush(this.#context, this);
      default:
        return isOrdering ? new MainWrite(this.#context, this) : new SubWrite(this.#context, this);
    }
  }
}
