/**
 * Does the operation on a unit's medium at the controller whose task it is: portion after portion,
 * in jobs of its own through the unit's device, so of a pair on both copies. What is done is kept
 * by actions, so that another controller, or the next process, goes on from there. It belongs to no
 * task and no nexus: nothing that ends those ends it. [SBC-4 4.11.2]
 *
 *   rests ──begin──▶ asks: is every controller ready? ──▶ portion after portion ◀──┐ next pass
 *     ▲      taken over ──▲                                        ▼               │
 *     └───── tells that it has succeeded, or failed ◀─────────── flush ────────────┘
 */
import type { Sense } from "node-scsi-cdb";
import { limits } from "../../base/limits";
import { Job, type JobOp, type JobStatus } from "../../block/job";
import type { LogicalUnit } from "../logical-unit";
import { portNames } from "../nexus";
import { OPERATION_KINDS, type Operation, blockOfPass } from "./operation";
import type { OperationStep } from "./unit-operation";

/** How often it is told how far it is: what a controller that dies has done since is done again. */
const TELL_MS = 1000;
/** When what is not possible now is tried again. */
const RETRY_MS = 500;
/** So late may a portion be begun that the rate is kept all the same: timers are not exact. */
const LATE_MS = 50;

/** What means that the medium cannot be written; all else passes. */
const FAILURES: ReadonlySet<JobStatus> = new Set(["medium-error", "no-space"]);

/** What it has of its logical unit. */
export type WorkedOn = Pick<LogicalUnit, "operation" | "device" | "profile" | "propose">;

/** Where the work is: ahead of what has been told. */
interface Place {
  readonly number: number;
  pass: number;
  lba: number;
}

/** Somebody who waits for the end of an operation. */
interface Waiter {
  readonly number: number;
  readonly then: (failure: Sense | null) => void;
}

export class OperationWork {
  readonly #unit: WorkedOn;
  readonly #isOwnPort: (port: number) => boolean;
  /** null: every controller has still to be asked whether it is ready. */
  #place: Place | null = null;
  #job: Job | null = null;
  #isProposing = false;
  /** Of this controller, while it has to take over what another did; null: it has not. */
  #heirPort: number | null = null;
  #isStopped = false;
  #nowMs = -Infinity;
  /** When to go on; Infinity: something is under way, or there is nothing to do. */
  #nextMs = Infinity;
  /** No sooner than this the next portion is begun: the rate allows no more. */
  #paceMs = -Infinity;
  #toldMs = -Infinity;
  #waiters: Waiter[] = [];

  /** `isOwnPort`: whether the controller of a port is this one. */
  constructor(unit: WorkedOn, isOwnPort: (port: number) => boolean) {
    this.#unit = unit;
    this.#isOwnPort = isOwnPort;
  }

  /** There may be an operation that is this controller's to do. */
  begin(): void {
    if (this.#mine !== null) this.#goOn(this.#nowMs);
  }

  /** The operation is another now, or not this controller's any more. */
  changed(): void {
    this.#tellWaiters();
    if (this.#place === null || this.#mine?.number === this.#place.number) return;
    this.#place = null;
    // What has not begun must not come behind what hosts write after the operation.
    if (this.#job !== null) this.#unit.device.abort(this.#job);
  }

  /** Goes on with what another controller did, which is gone. `port`: of this one. */
  takeOver(port: number): void {
    this.#heirPort = port;
    if (this.#isOthers) this.#goOn(this.#nowMs);
  }

  /** Calls `then` when the operation that runs is over: with why it failed, if it did. */
  whenOver(then: (failure: Sense | null) => void): void {
    const number = this.#unit.operation.current?.number ?? 0;
    this.#waiters.push({ number, then });
    this.#tellWaiters();
  }

  time(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#nextMs <= nowMs) this.#step();
  }

  nextDeadline(): number {
    return this.#nextMs;
  }

  /** Begins nothing more: the process ends. */
  stop(): void {
    this.#isStopped = true;
    this.#nextMs = Infinity;
  }

  get #mine(): Operation | null {
    const { running } = this.#unit.operation;
    const isMine = running !== null && !this.#isStopped && this.#isOwnPort(running.port);
    return isMine ? running : null;
  }

  /** One runs that is another controller's to do. */
  get #isOthers(): boolean {
    const { running } = this.#unit.operation;
    return running !== null && !this.#isOwnPort(running.port);
  }

  #goOn(atMs: number): void {
    const isUnderWay = this.#job !== null || this.#isProposing;
    if (!isUnderWay && !this.#isStopped) this.#nextMs = atMs;
  }

  #step(): void {
    this.#nextMs = Infinity;
    this.#inherit();
    const operation = this.#mine;
    if (operation === null || this.#isProposing) return;
    // An action is applied when what came before it is over everywhere: no task is left then.
    if (this.#place === null) {
      return this.#tell(operation, "advanced", (isDone) => void (isDone && this.#enter()));
    }
    const { pass, lba } = this.#place;
    if (pass === operation.passCount) return this.#tell(operation, "succeeded");
    if (this.#nowMs - this.#toldMs >= TELL_MS) return this.#tell(operation, "advanced");
    this.#perform(operation, pass, lba);
  }

  #inherit(): void {
    const { running } = this.#unit.operation;
    const port = this.#heirPort;
    this.#heirPort = null;
    if (port === null || running === null || !this.#isOthers) return;
    this.#tell({ ...running, port }, "taken-over", (isDone) => {
      if (!isDone) this.#heirPort = port;
    });
  }

  #enter(): void {
    const operation = this.#mine;
    if (operation === null) return;
    const { number, passesDone: pass, blocksDone: lba } = operation;
    this.#place = { number, pass, lba };
  }

  #tell(
    operation: Operation,
    change: OperationStep["change"],
    then?: (isDone: boolean) => void,
  ): void {
    const { number, passesDone, blocksDone } = operation;
    const { pass, lba } = this.#place ?? { pass: passesDone, lba: blocksDone };
    this.#toldMs = this.#nowMs;
    this.#isProposing = true;
    const step = { number, change, passesDone: pass, blocksDone: lba };
    this.#propose(step, operation.port, (isDone) => {
      this.#isProposing = false;
      then?.(isDone);
      this.#goOn(isDone ? this.#nowMs : this.#nowMs + RETRY_MS);
    });
  }

  /** `done`, possibly from within: whether every controller has applied it. */
  #propose(step: OperationStep, port: number, done: (isDone: boolean) => void): void {
    const action = { type: "operation-step", nexus: portNames(port), step } as const;
    this.#unit.propose(action, (answer) => done(answer === "good"));
  }

  /** The next portion of the pass; behind the last one what makes the pass stable. */
  #perform(operation: Operation, pass: number, lba: number): void {
    const { blockSize, blockCount: end } = this.#unit.device.geometry;
    const count = Math.min(end - lba, limits.operationPortion / blockSize);
    if (count === 0) return this.#submit("flush", { lba: 0, blockCount: 0 }, []);
    const isUnmap = operation.pattern.length === 0;
    const data = isUnmap ? [] : [blockOfPass(operation, pass, blockSize)];
    this.#pace(count * blockSize);
    this.#submit(isUnmap ? "unmap" : "write-same", { lba, blockCount: count }, data);
  }

  /** What it costs at the rate is not begun before. */
  #pace(bytes: number): void {
    const { sanitizeRate = 0 } = this.#unit.profile;
    if (sanitizeRate === 0) return;
    this.#paceMs = Math.max(this.#paceMs, this.#nowMs - LATE_MS) + (1000 * bytes) / sanitizeRate;
  }

  #submit(
    op: JobOp,
    range: { readonly lba: number; readonly blockCount: number },
    data: readonly Uint8Array[],
  ): void {
    const place = this.#place;
    const job = new Job({ op, ...range, data, onDone: () => this.#done(job, place) });
    this.#job = job;
    this.#unit.device.submit(job);
  }

  #done({ op, blockCount, status }: Job, place: Place | null): void {
    this.#job = null;
    const operation = this.#mine;
    // Another operation, or none: what this job did is nobody's any more.
    if (operation === null || place === null || place !== this.#place) {
      return this.#goOn(this.#nowMs);
    }
    if (FAILURES.has(status)) return this.#tell(operation, "failed");
    if (status !== "ok") return this.#goOn(this.#nowMs + RETRY_MS);
    place.lba += blockCount;
    if (op === "flush") {
      place.pass++;
      place.lba = 0;
    }
    this.#goOn(Math.max(this.#nowMs, this.#paceMs));
  }

  #tellWaiters(): void {
    const { current } = this.#unit.operation;
    const isOver = ({ number }: Waiter): boolean =>
      current === null || current.hasFailed || current.number !== number;
    const over = this.#waiters.filter(isOver);
    if (over.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !isOver(waiter));
    for (const { number, then } of over) {
      const hasFailed = current?.number === number && current.hasFailed;
      then(hasFailed ? { code: OPERATION_KINDS[current.kind].failed } : null);
    }
  }
}
