/**
 * Hosts' jobs under way at the sides: each is answered once, or lost with the process that had it.
 */
import type { Prng } from "../../lib/base/prng";
import type { Job } from "../../lib/block/job";
import type { Side } from "../../lib/mirror/config";
import type { Outcome } from "./host";
import type { SimulatedSide } from "./side";

interface Attempt {
  readonly side: Side;
  readonly volume: number;
  readonly ended: (outcome: Outcome, job: Job) => void;
}

export interface AttemptsWorld {
  readonly random: Prng;
  after(delayMs: number, run: () => void): void;
  fail(what: string): void;
  side(side: Side): SimulatedSide;
}

export class Attempts {
  readonly #world: AttemptsWorld;
  readonly #underWay = new Map<Job, Attempt>();
  /** Jobs whose hosts do not wait any more. */
  readonly #givenUp = new WeakSet<Job>();

  constructor(world: AttemptsWorld) {
    this.#world = world;
  }

  submit(
    side: Side,
    volume: number,
    makeJob: (onDone: (job: Job) => void) => Job,
    ended: (outcome: Outcome, job: Job) => void,
  ): Job {
    const simulated = this.#world.side(side);
    const job = makeJob((done) => {
      if (this.#givenUp.has(done)) return;
      if (this.#underWay.has(done)) simulated.answer(done);
      else this.#world.fail(`a ${done.op} was answered though nobody waits for it`);
    });
    this.#underWay.set(job, { side, volume, ended });
    if (simulated.isServing) simulated.submit(volume, job);
    else this.#lose(job, 20, "down");
    return job;
  }

  /** Its host hears nothing and ends the session: the job is aborted, and nobody is told. */
  giveUp(job: Job): void {
    const attempt = this.#underWay.get(job);
    if (attempt === undefined) return;
    this.#givenUp.add(job);
    this.#world.side(attempt.side).abort(attempt.volume, job);
    this.#lose(job, 1, "lost");
  }

  /** The volume a job is for, if it is under way. */
  volumeOf(job: Job): number | undefined {
    return this.#underWay.get(job)?.volume;
  }

  answered(job: Job): void {
    const attempt = this.#underWay.get(job);
    if (this.#givenUp.has(job)) return;
    if (attempt === undefined) return this.#world.fail(`a ${job.op} was answered twice`);
    this.#underWay.delete(job);
    attempt.ended(job.status, job);
  }

  /** The side stops, and with it its hosts' sessions. */
  stopping(side: Side): void {
    for (const [job, { side: at, volume }] of this.#underWay)
      if (at === side) this.#world.side(side).abort(volume, job);
  }

  /** The side's process has ended. */
  crashed(side: Side): void {
    for (const [job, attempt] of this.#underWay)
      if (attempt.side === side) this.#lose(job, 5, "lost");
  }

  #lose(job: Job, withinMs: number, outcome: Outcome): void {
    const attempt = this.#underWay.get(job) as Attempt;
    this.#underWay.delete(job);
    const delayMs = this.#world.random.below(withinMs * 100) / 100;
    this.#world.after(delayMs, () => attempt.ended(outcome, job));
  }
}
