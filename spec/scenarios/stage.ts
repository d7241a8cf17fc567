/**
 * Where a story takes place: the simulator's two sides, their paths and disks, with no host, fault
 * or operator but those of the story. What is seen of it is a list of lines.
 */
import { Prng } from "../../lib/base/prng";
import { Job, type JobOp } from "../../lib/block/job";
import type { MirrorConfig, Side } from "../../lib/mirror/config";
import { textChart } from "../../lib/mirror/step-chart";
import { StepLog } from "../../lib/mirror/step-log";
import { mergeSteps } from "../../lib/mirror/step-merge";
import type { JobNumber } from "../../lib/mirror/steps";
import { OPTIONS } from "../mirror/support/options";
import { BLOCK_SIZE } from "../sim/block-value";
import { EventQueue } from "../sim/event-queue";
import { OneWayPath } from "../sim/network";
import { realPair } from "../sim/real-pair";
import { SimulatedSide } from "../sim/side";

export const SIDES: readonly Side[] = [1, 2];
export const BLOCKS = 256;
const VOLUME = 0;

type Config = Omit<MirrorConfig, "side" | "volumes">;

const CONFIG: Config = {
  survivor: 1,
  firstMain: 1,
  options: OPTIONS,
  timing: { heartbeatMs: 20, leaseMs: 120, driftMs: 10, peerWaitMs: 300 },
};

export interface Asked {
  readonly op: JobOp;
  readonly side: Side;
  readonly host: string;
  readonly lba: number;
  readonly blockCount: number;
  /** One letter, what every block of a write is full of. */
  readonly pattern: string;
}

interface Parts {
  readonly sides: Readonly<Record<Side, SimulatedSide>>;
  readonly paths: Readonly<Record<Side, OneWayPath>>;
}

export class Stage {
  readonly configs: Record<Side, Config> = { 1: CONFIG, 2: CONFIG };
  readonly #queue = new EventQueue();
  readonly #logs = {
    1: new StepLog({ side: 1, capacity: 4096 }),
    2: new StepLog({ side: 2, capacity: 4096 }),
  };
  readonly #lastStates = new Map<Side, string>();
  /** What happens right after a step, once, by the step's number. */
  readonly #reactions = new Map<number, (() => void)[]>();
  #lines: string[] = [];
  #actionCount = 0;
  /** Built when they are first asked for: a story configures them before. */
  #parts: Parts | null = null;

  say(line: string): void {
    this.#lines.push(line.trimEnd());
  }

  /** Whether it is too late to configure the sides. */
  get isBuilt(): boolean {
    return this.#parts !== null;
  }

  /** What was seen since this was last asked. */
  takeLines(): string[] {
    return this.#lines.splice(0);
  }

  side(side: Side): SimulatedSide {
    return this.#built().sides[side];
  }

  /** 202 is the way from side 1, 203 that from side 2. */
  path(from: Side): OneWayPath {
    return this.#built().paths[from];
  }

  advance(ms: number): void {
    const untilMs = this.#queue.nowMs + ms;
    let isOver = false;
    this.#queue.after(ms, () => (isOver = true));
    while (!isOver && this.#queue.step(untilMs));
  }

  /** A number for an action that nobody had before. */
  nextAction(): number {
    return ++this.#actionCount;
  }

  when(step: number, run: () => void): void {
    this.#reactions.set(step, [...(this.#reactions.get(step) ?? []), run]);
  }

  ask(asked: Asked): void {
    const { op, side, host, lba, blockCount, pattern } = asked;
    const isWriting = op !== "read" && op !== "flush";
    const length = op === "flush" ? 0 : blockCount * BLOCK_SIZE;
    const content = Buffer.alloc(length, isWriting ? pattern : 0);
    const what = `${host} at ${side}: ${op}${op === "flush" ? "" : ` ${lba}+${blockCount}`}`;
    const access = isWriting ? "write" : "read";
    const origin = { nexus: `${host} ${side}`, access } as const;
    const data = length > 0 ? [content] : [];
    const onDone = (job: Job): void => {
      this.side(side).answer(job);
      const found = job.status === "ok" && op === "read" ? `, ${lettersOf(content)}` : "";
      this.say(`${what}: ${job.status}${found}`);
    };
    if (!this.side(side).isServing) return this.say(`${what}: nobody answers`);
    this.side(side).submit(VOLUME, new Job({ op, lba, blockCount, data, origin, onDone }));
  }

  /** Steps of the command that began last. */
  steps(): void {
    const [one, two] = [this.#logs[1].rows(), this.#logs[2].rows()];
    const command = mergeSteps(one, two).at(-1);
    if (command === undefined) return this.say("no command was given");
    const [, , ...lines] = textChart(command, { mainSide: 1 }).trimEnd().split("\n");
    // Without the times: those are of the story's world alone.
    for (const line of lines) this.say(line.trimStart().replace(/^\S+\s+/, ""));
  }

  copies(lba: number, blockCount: number): void {
    for (const side of SIDES) {
      const { content } = this.side(side).disks[VOLUME] as { content: Buffer };
      const part = content.subarray(lba * BLOCK_SIZE, (lba + blockCount) * BLOCK_SIZE);
      this.say(`copy of ${side}: ${lettersOf(part)}`);
    }
  }

  #built(): Parts {
    this.#parts ??= {
      sides: { 1: this.#newSide(1), 2: this.#newSide(2) },
      paths: { 1: this.#newPath(1), 2: this.#newPath(2) },
    };
    return this.#parts;
  }

  readonly #after = (delayMs: number, run: () => void): void => this.#queue.after(delayMs, run);

  #newSide(side: Side): SimulatedSide {
    const other: Side = side === 1 ? 2 : 1;
    return new SimulatedSide({
      ...{ side, volumeCount: 1, blockCount: BLOCKS, hasCache: false, make: realPair() },
      ...{ clock: { offsetMs: 0, rate: 1 }, config: this.configs[side] },
      world: {
        // Each part its own, so that what one draws changes nothing for the others.
        random: new Prng(side),
        nowMs: () => this.#queue.nowMs,
        after: this.#after,
        fail: (what) => this.say(`WRONG: side ${side}: ${what}`),
        traced: (text) => this.#told(side, text()),
        stepped: (volume, command, job, step) => {
          this.#logs[side].at(this.#queue.nowMs);
          this.#logs[side].sink(volume, command, job as JobNumber, step);
          const reactions = this.#reactions.get(step) ?? [];
          this.#reactions.delete(step);
          for (const run of reactions) this.#after(0, run);
        },
        effect: (effect) => {
          if (effect.type === "path-send") return this.path(side).send(effect.chunks);
          this.path(effect.path === "out" ? side : other).close(effect.path, true);
        },
        diskChanged: () => undefined,
        mapChanged: () => undefined,
        turnEnded: () => this.#sawState(side),
        crashed: () => {
          this.#lastStates.delete(side);
          this.path(side).close("out", false);
          this.path(other).close("in", false);
        },
        started: () => undefined,
      },
    });
  }

  /** Of what a side traces, only its reports and its own life. */
  #told(side: Side, text: string): void {
    const [, report] = /^(?:info|warn|error) of \d+: (.*)/s.exec(text) ?? [];
    if (report !== undefined)
      this.say(`${side}: "${report.replaceAll(/(\d+)\.\d+ ms/g, "$1 ms")}"`);
    else if (text === "crashes") this.say(`${side} is gone`);
    else if (text === "starts" || text === "stops") this.say(`${side} ${text}`);
  }

  #sawState(side: Side): void {
    const status = this.side(side).status(VOLUME);
    if (status === null) return;
    const { state, role, standing, epoch } = status;
    const seen = `${state} ${role}, ${standing}, epoch ${epoch}`;
    if (this.#lastStates.get(side) === seen) return;
    this.#lastStates.set(side, seen);
    this.say(`${side}: ${seen}`);
  }

  #newPath(from: Side): OneWayPath {
    return new OneWayPath(from, {
      random: new Prng(2 + from),
      nowMs: () => this.#queue.nowMs,
      after: this.#after,
      fail: (what) => this.say(`WRONG: path of side ${from}: ${what}`),
      side: (side) => this.side(side),
      seen: () => undefined,
    });
  }
}

/** A letter for each block: "." for zeros, "?" for one that is torn. */
function lettersOf(content: Buffer): string {
  let letters = "";
  for (let at = 0; at < content.length; at += BLOCK_SIZE) {
    const block = content.subarray(at, at + BLOCK_SIZE);
    const isWhole = block.every((byte) => byte === block[0]);
    letters += !isWhole ? "?" : block[0] === 0 ? "." : String.fromCharCode(block[0] as number);
  }
  return letters;
}
