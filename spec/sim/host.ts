/**
 * A host: commands one after the other or some at once, on one path or two. What a side refuses or
 * does not answer it tries again, there or on its other path, until it is done.
 */
import type { Prng } from "../../lib/base/prng";
import { Job, type JobOp, type JobStatus } from "../../lib/block/job";
import type { Side } from "../../lib/mirror/config";
import { ANYWHERE, BLOCK_SIZE, NOTHING, putValue, valueOf, wordsOf } from "./block-value";
import type { History, Recorded } from "./checkers/history";

/** What became of a job: an answer; nothing, since the process ended; or there was none to ask. */
export type Outcome = JobStatus | "lost" | "down";

export interface HostWorld {
  readonly random: Prng;
  readonly history: History;
  /** Values that nobody wrote before. */
  newValue(): number;
  after(delayMs: number, run: () => void): void;
  fail(what: string): void;
  /** Whether disks may fail. */
  readonly hasErrors: boolean;
  submit(
    side: Side,
    volume: number,
    makeJob: (onDone: (job: Job) => void) => Job,
    ended: (outcome: Outcome, job: Job) => void,
  ): void;
  abort(side: Side, volume: number, job: Job): void;
}

export interface HostPlan {
  readonly name: string;
  readonly sides: readonly Side[];
  /** Commands at once. */
  readonly depth: number;
  /** The longest pause between two of them. */
  readonly thinkMs: number;
  readonly volumeCount: number;
  /** Where it reads and writes: overlapping with others'. */
  readonly places: readonly number[];
  /** The largest command, in blocks. */
  readonly blockCountMax: number;
  /** A user of compare-and-write, and of nothing but that and reads. */
  readonly isLocker: boolean;
  /** How probable it is that it aborts a command. */
  readonly aborts: number;
}

const NONE = new Uint8Array(0);
const EMPTY = Buffer.alloc(0);

interface Command {
  readonly op: JobOp;
  readonly volume: number;
  readonly lba: number;
  readonly blockCount: number;
  readonly values: readonly number[];
  /** compare-and-write: the block it hopes to find. */
  readonly expected: Uint8Array;
  /** Its attempts that nobody answered: they have no effect any more once it has ended. */
  readonly lost: Recorded[];
  side: Side;
}

/** Outcomes after which the same is tried once more. */
const AGAIN: ReadonlySet<Outcome> = new Set<Outcome>([
  "deciding",
  "unavailable",
  "reserved",
  "lost",
  "down",
]);

export class SimulatedHost {
  readonly plan: HostPlan;
  readonly #world: HostWorld;
  #underWay = 0;
  #isStopped = false;
  #doneCount = 0;

  constructor(plan: HostPlan, world: HostWorld) {
    this.plan = plan;
    this.#world = world;
  }

  /** Commands that have not ended. */
  get underWay(): number {
    return this.#underWay;
  }

  get doneCount(): number {
    return this.#doneCount;
  }

  start(): void {
    for (let index = 0; index < this.plan.depth; index++) this.#next();
  }

  /** Begins nothing new. */
  stop(): void {
    this.#isStopped = true;
  }

  #next(): void {
    const { random, after } = this.#world;
    after(random.below(this.plan.thinkMs * 100) / 100, () => {
      if (this.#isStopped) return;
      this.#underWay++;
      if (this.plan.isLocker) this.#lock();
      else this.#attempt(this.#choose());
    });
  }

  #ended(): void {
    this.#underWay--;
    this.#doneCount++;
    this.#next();
  }

  #choose(): Command {
    const { random } = this.#world;
    const { places, volumeCount, blockCountMax } = this.plan;
    const volume = random.below(volumeCount);
    const blockCount = random.chance(0.5) ? 1 : 1 + random.below(blockCountMax);
    const side = random.pick(this.plan.sides);
    const lba = random.pick(places);
    const op = opOf(random.below(100));
    const isFlush = op === "flush";
    return {
      op,
      volume,
      lba: isFlush ? 0 : lba,
      blockCount: isFlush ? 0 : blockCount,
      values: this.#newValues(op, blockCount),
      expected: NONE,
      lost: [],
      side,
    };
  }

  #newValues(op: JobOp, blockCount: number): number[] {
    const values: number[] = [];
    if (op === "read" || op === "flush") return values;
    const same = op === "unmap" ? NOTHING : this.#world.newValue();
    while (values.length < blockCount) values.push(op === "write" ? this.#world.newValue() : same);
    return values;
  }

  #attempt(command: Command): void {
    const { history } = this.#world;
    const { op, values, lost } = command;
    const start = history.begin();
    // Each attempt is a write of its own: others may come between two that both had an effect.
    const recorded = history.write(this.#range(command), values);
    this.#submit(command, (outcome, job) => {
      if (outcome === "lost") lost.push(recorded);
      else if (outcome === "ok") history.ended(recorded);
      else history.abandoned(recorded);
      if (AGAIN.has(outcome)) return this.#again(command, outcome);
      this.#checkEnd(outcome, job);
      if (outcome === "ok" && op === "read")
        history.read(this.#range(command), start, this.#valuesOf(job));
      if (outcome === "ok") for (const attempt of lost) history.abandoned(attempt);
      this.#ended();
    });
  }

  /** That it ended in one of the ways in which it can. */
  #checkEnd(outcome: Outcome, job: Job): void {
    const isAborted = outcome === "aborted" && job.isAborted;
    const isBad = outcome === "medium-error" && this.#world.hasErrors;
    if (outcome !== "ok" && !AGAIN.has(outcome) && !isAborted && !isBad)
      this.#world.fail(`a ${job.op} of ${this.plan.name} ended as "${outcome}"`);
  }

  #again(command: Command, outcome: Outcome): void {
    const { random, after } = this.#world;
    const isElsewhere = outcome === "deciding" ? random.chance(0.3) : random.chance(0.8);
    if (isElsewhere && this.plan.sides.length > 1)
      command.side = random.pick(this.plan.sides.filter((side) => side !== command.side));
    after(0.5 + random.below(100) / 10, () => this.#attempt(command));
  }

  /** Reads a block and changes it if it still is as it was read. */
  #lock(): void {
    const { random, history } = this.#world;
    const volume = random.below(this.plan.volumeCount);
    const range = { volume, lba: random.pick(this.plan.places), blockCount: 1 };
    const base = { ...range, values: [], expected: NONE, lost: [] };
    const read: Command = { ...base, op: "read", side: random.pick(this.plan.sides) };
    const start = history.begin();
    this.#submit(read, (outcome, job) => {
      if (AGAIN.has(outcome)) return this.#soon(() => this.#lock());
      this.#checkEnd(outcome, job);
      if (outcome !== "ok") return this.#ended();
      const [value] = this.#valuesOf(job) as [number];
      history.read(this.#range(range), start, [value]);
      const expected = { value, bytes: Buffer.concat(job.data) };
      const side = random.chance(0.8) ? read.side : random.pick(this.plan.sides);
      this.#soon(() => this.#swap(range, expected, side));
    });
  }

  #swap(
    range: Pick<Command, "volume" | "lba" | "blockCount">,
    expected: { readonly value: number; readonly bytes: Uint8Array },
    side: Side,
  ): void {
    const { history } = this.#world;
    const value = this.#world.newValue();
    const recorded = history.swap(this.#range(range), expected.value, value);
    const op: JobOp = "compare-and-write";
    const command = { ...range, op, values: [value], expected: expected.bytes, lost: [], side };
    this.#submit(command, (outcome, job) => {
      if (outcome === "ok") history.ended(recorded);
      else if (outcome === "miscompare") {
        history.differed(recorded);
        if (job.miscompareAt < 0 || job.miscompareAt >= BLOCK_SIZE)
          this.#world.fail(`a miscompare at byte ${job.miscompareAt}`);
      } else if (AGAIN.has(outcome) && outcome !== "lost") history.abandoned(recorded);
      else if (outcome === "medium-error") history.abandoned(recorded);
      if (outcome !== "miscompare") this.#checkEnd(outcome, job);
      this.#ended();
    });
  }

  #soon(run: () => void): void {
    this.#world.after(0.1 + this.#world.random.below(100) / 20, run);
  }

  #submit(command: Command, ended: (outcome: Outcome, job: Job) => void): void {
    const { op, volume, lba, blockCount, side } = command;
    const { random } = this.#world;
    const content = this.#contentOf(command);
    const origin = {
      nexus: `${this.plan.name} ${side}`,
      access: op === "read" || op === "flush" ? "read" : "write",
    } as const;
    const data = cut(content, random);
    const makeJob = (onDone: (job: Job) => void): Job => {
      const job = new Job({ op, lba, blockCount, data, origin, fua: random.chance(0.1), onDone });
      if (random.chance(this.plan.aborts))
        this.#world.after(random.below(40) / 10, () => this.#world.abort(side, volume, job));
      return job;
    };
    this.#world.submit(side, volume, makeJob, (outcome, job) => {
      ended(outcome, job);
      // Its place is used again at once, whoever still looks at it.
      if (outcome !== "lost") content.fill(0xee);
    });
  }

  /** What is written, or the room for what is read. */
  #contentOf({ op, lba, blockCount, values, expected }: Command): Buffer {
    if (op === "flush" || op === "unmap") return EMPTY;
    if (op === "read") return Buffer.allocUnsafe(blockCount * BLOCK_SIZE).fill(0xaa);
    if (op === "write-same") {
      const content = Buffer.allocUnsafe(BLOCK_SIZE);
      putValue(wordsOf(content), 0, values[0] as number, ANYWHERE);
      return content;
    }
    const content = Buffer.allocUnsafe(expected.length + values.length * BLOCK_SIZE);
    content.set(expected);
    const words = wordsOf(content);
    const first = expected.length / BLOCK_SIZE;
    values.forEach((value, index) => putValue(words, first + index, value, lba + index));
    return content;
  }

  #valuesOf(job: Job): number[] {
    const content = Buffer.concat(job.data);
    const words = wordsOf(content);
    const values: number[] = [];
    for (let index = 0; index < job.blockCount; index++) {
      const value = valueOf(words, index, job.lba + index);
      if (value === null)
        this.#world.fail(
          `a read of ${this.plan.name} got a block ${job.lba + index} that nobody wrote: ` +
            content.toString("hex", index * BLOCK_SIZE, index * BLOCK_SIZE + 16),
        );
      values.push(value ?? NOTHING);
    }
    return values;
  }

  #range({ volume, lba }: Pick<Command, "volume" | "lba">): {
    volume: number;
    lba: number;
    who: string;
  } {
    return { volume, lba, who: this.plan.name };
  }
}

/** What a host does next, by a number below 100. */
function opOf(kind: number): JobOp {
  if (kind < 45) return "read";
  if (kind < 48) return "flush";
  if (kind < 93) return "write";
  return kind < 96 ? "write-same" : "unmap";
}

/** The same bytes as one to three views. */
function cut(content: Buffer, random: Prng): Uint8Array[] {
  if (content.length === 0) return [];
  if (content.length < 2 || random.chance(0.5)) return [content];
  const at = 1 + random.below(content.length - 1);
  if (random.chance(0.5)) return [content.subarray(0, at), content.subarray(at)];
  const middle = random.below(at);
  return [content.subarray(0, middle), content.subarray(middle, at), content.subarray(at)];
}
