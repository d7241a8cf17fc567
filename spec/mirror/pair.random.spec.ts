import { Prng } from "../../lib/base/prng";
import type { Side } from "../../lib/mirror/config";
import type { PairCommand } from "../../lib/mirror/pair-status";
import { REGION_BLOCKS, Rig, SIDES } from "./support/pair-rig";
import type { HostWrite } from "./support/pair-rig";

const SEEDS = 60;
const STEPS = 120;
const REGIONS = 4;
const BLOCKS = REGIONS * REGION_BLOCKS;

const COMMANDS: readonly PairCommand[] = [
  { type: "split" },
  { type: "resync", source: null },
  { type: "swap" },
  { type: "verify", isRepairing: true },
];

/** What a block may hold: what was last answered, and what was tried since. */
class Model {
  readonly #allowed = Array.from({ length: BLOCKS }, () => new Set([0]));
  readonly #writes: HostWrite[] = [];

  isBusy(lba: number, blockCount: number): boolean {
    return this.#writes.some(
      (write) =>
        write.outcome === "waiting" &&
        write.lba < lba + blockCount &&
        lba < write.lba + write.blockCount,
    );
  }

  begin(fields: { lba: number; blockCount: number; fill: number }): void {
    for (let at = 0; at < fields.blockCount; at++) {
      this.#allowed[fields.lba + at]?.add(fields.fill);
    }
  }

  add(write: HostWrite): void {
    this.#writes.push(write);
  }

  settle(): void {
    for (const write of [...this.#writes]) {
      if (write.outcome === "waiting") continue;
      this.#writes.splice(this.#writes.indexOf(write), 1);
      if (write.outcome !== "ok") continue;
      for (let at = 0; at < write.blockCount; at++) {
        this.#allowed[write.lba + at] = new Set([write.fill]);
      }
    }
  }

  wrongIn(content: Uint8Array): number[] {
    return [...content.keys()].filter((lba) => !this.#allowed[lba]?.has(content[lba] as number));
  }
}

class Run {
  readonly rig: Rig;
  readonly model = new Model();
  readonly random: Prng;
  readonly up = new Set<Side>([1, 2]);
  /** A crash takes what was not flushed, too: then answered writes may be lost, no marks. */
  readonly isPowerLost: boolean;
  #fill = 0;

  constructor(seed: number, isPowerLost: boolean) {
    this.isPowerLost = isPowerLost;
    this.random = new Prng(seed);
    const survivor = this.random.pick([1, 2, null] as const);
    this.rig = new Rig({ survivor, firstMain: this.random.pick([1, 2] as const) }, REGIONS);
    this.rig.boot(1, 2).connect();
  }

  write(): void {
    const side = this.random.pick(SIDES);
    const blockCount = 1 + this.random.below(3);
    const lba = this.random.below(BLOCKS - blockCount);
    if (!this.up.has(side) || this.model.isBusy(lba, blockCount)) return;
    const fill = (this.#fill = (this.#fill % 255) + 1);
    this.model.begin({ lba, blockCount, fill });
    this.model.add(this.rig.side(side).write(lba, fill, blockCount));
  }

  step(): void {
    const { random, rig } = this;
    const side = random.pick(SIDES);
    const roll = random.below(100);
    if (roll < 55) this.write();
    else if (roll < 63) rig.cut();
    else if (roll < 75) rig.connect();
    else if (roll < 80) this.crash(side);
    else if (roll < 86) this.restart(side);
    else if (roll < 92) this.command(side, random.pick(COMMANDS));
    else rig.advance(random.pick([50, 500, 1200, 6000]));
    rig.pump(random.pick([0, 1, 3, 10, Infinity]));
    this.model.settle();
  }

  crash(side: Side): void {
    if (!this.up.delete(side)) return;
    this.rig.crash(side);
    if (this.isPowerLost) this.rig.side(side).disk.losePower();
  }

  restart(side: Side): void {
    this.crash(side);
    this.rig.restart(side);
    this.up.add(side);
  }

  command(side: Side, command: PairCommand): void {
    if (this.up.has(side)) this.rig.side(side).pair.command(command, () => undefined);
  }

  check(): void {
    const { rig } = this;
    for (const lba of rig.differing()) {
      if (!rig.isCovered(lba)) throw new Error(`block ${lba} differs and no map says so`);
    }
    const standings = SIDES.filter((side) => this.up.has(side)).map(
      (side) => rig.side(side).pair.standing,
    );
    if (standings.includes("alone") && standings.length === 2) {
      const other = standings[standings.indexOf("alone") === 0 ? 1 : 0];
      if (other === "alone" || other === "mirrored") throw new Error(`alone beside ${other}`);
    }
    for (const side of SIDES) {
      const { pair } = rig.side(side);
      const isServing =
        this.up.has(side) && (pair.standing === "alone" || pair.standing === "mirrored");
      if (pair.standing === "alone" && !pair.isConsistent)
        throw new Error("alone with half a copy");
      if (!isServing || !pair.isConsistent || this.isPowerLost) continue;
      const wrong = this.model.wrongIn(rig.side(side).content);
      if (wrong.length > 0) throw new Error(`side ${side} lost blocks ${wrong.join(", ")}`);
    }
  }

  /** Everything works again: the pair has to as well. */
  heal(): void {
    const { rig } = this;
    rig.cut();
    for (const side of SIDES) if (!this.up.has(side)) this.restart(side);
    rig.connect().advance(10_000);
    this.command(1, { type: "resync", source: null });
    rig.advance(10_000);
    this.model.settle();
  }
}

function run(seed: number, isPowerLost: boolean): void {
  const subject = new Run(seed, isPowerLost);
  for (let step = 0; step < STEPS; step++) {
    subject.step();
    try {
      subject.check();
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step}: ${String(error)}`, { cause: error });
    }
  }
  subject.heal();
  subject.check();
  const [first, second] = [...subject.rig.seen].sort();
  const differing = subject.rig.differing().length;
  if (first === "PAIR main mirrored" && second === "PAIR sub mirrored" && differing === 0) return;
  throw new Error(`seed ${seed} ends with ${first}, ${second}, ${differing} differ`);
}

describe("a pair under random losses, crashes and commands", () => {
  it("[M4] keeps what was answered, marks what differs, and comes back to PAIR", () => {
    const runAll = (): void => {
      for (let seed = 1; seed <= SEEDS; seed++) run(seed, false);
    };
    expect(runAll).not.toThrow();
  });

  it("[M5] marks what a loss of power may have made different", () => {
    const runAll = (): void => {
      for (let seed = 1; seed <= SEEDS; seed++) run(seed, true);
    };
    expect(runAll).not.toThrow();
  });
});
