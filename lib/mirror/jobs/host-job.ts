/**
 * JOB1: a host's job at either side. It decides by the pair's standing and role which course the
 * job takes, and takes another when they change; the courses are in files of their own.
 *
 *   run ──deciding──▶ waits ──standingChanged──▶ run
 *    ├──blocked, or abnormal where that is refused (703)──▶ ended "unavailable"
 *    └──▶ a course ──again──▶ run
 *              └────end─────▶ ended
 */
import { assert } from "../../base/assert";
import type { Job, JobStatus } from "../../block/job";
import type { JobContext } from "./context";
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
}

export class HostJob {
  readonly job: Job;
  /** Its number in the trace and on the link. */
  readonly command: number;
  readonly #context: JobContext;
  readonly #ended: (hostJob: HostJob) => void;
  /** null: the pair has to decide first. */
  #course: Course | null = null;

  constructor(context: JobContext, fields: { job: Job; ended: (hostJob: HostJob) => void }) {
    this.job = fields.job;
    this.command = context.nextNumber();
    this.#context = context;
    this.#ended = fields.ended;
  }

  start(): void {
    this.#context.steps(this.command, 1, this.#context.example.arrived);
    this.#run();
  }

  end(status: JobStatus): void {
    this.#course = null;
    this.#ended(this);
    this.#context.ports.completions.push(this.job, status);
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
    this.job.isAborted = true;
    if (this.#course === null || this.#course.abort()) this.end("aborted");
  }

  #run(): void {
    const { pair, options, example } = this.#context;
    if (pair.standing === "deciding") return;
    const isAbnormal = pair.standing === "alone" && options.onMirrorLoss === "check";
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
    switch (this.job.op) {
      case "read":
        return this.#context.mayReadHere(this.job)
          ? new LocalRead(this.#context, this)
          : new RelayedRead(this.#context, this);
      case "flush":
        return isOrdering ? new MainFlush(this.#context, this) : new SubFlush(this.#context, this);
      default:
        return isOrdering ? new MainWrite(this.#context, this) : new SubWrite(this.#context, this);
    }
  }
}
