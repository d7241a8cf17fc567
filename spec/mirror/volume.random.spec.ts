/**
 * Both sides' hosts write, read and compare overlapping blocks while messages and devices take
 * their time, all from a seed: every block's history is that of one disk, and the copies are equal
 * when all is quiet. Then with rules broken on purpose: the same eyes have to see it.
 */
import { Prng } from "../../lib/base/prng";
import type { MirrorOptions } from "../../lib/mirror/config";
import { Exclusion } from "../../lib/mirror/exclusion";
import { isLinearizable } from "./jobs/linearizability";
import type { Operation } from "./jobs/linearizability";
import type { HostFields, HostResult, RigSide } from "./jobs/rig";
import { BLOCKS, Rig } from "./jobs/rig";
import { OPTIONS } from "./support/options";

/** Blocks that hosts touch: few, so that they meet. */
const RANGE = 4;

/** What happens in the middle, besides nothing. */
type Loss = "none" | "main-goes-on" | "sub-goes-on" | "comes-back" | "swap" | "copy-fails";

/** The other copy is left behind, and the books have to say where. */
const PARTING: readonly Loss[] = ["main-goes-on", "sub-goes-on", "copy-fails"];

/** One run: who did what, and when. */
class Run {
  readonly rig: Rig;
  readonly #prng: Prng;
  readonly #histories = Array.from({ length: RANGE }, (): Operation[] => []);
  #clock = 0;
  #lastValue = 0;
  #underWay = 0;

  constructor(seed: number, options: Partial<MirrorOptions>) {
    this.rig = new Rig(options);
    this.#prng = new Prng(seed);
  }

  /** Some commands, and whatever happens to them; then until all have ended. */
  act(count: number, loss: Loss): void {
    const lossAt = loss === "none" ? -1 : this.#prng.below(count);
    for (let issued = 0; issued < count;) {
      if (loss !== "none" && issued === lossAt && this.#prng.chance(0.3)) {
        this.lose(loss);
        loss = "none";
      }
      if (this.#underWay < 6 && this.#prng.chance(0.3)) {
        this.#issue();
        issued++;
      } else {
        this.#move();
      }
    }
    if (loss !== "none") this.lose(loss);
    while (this.#move());
  }

  lose(loss: Loss): void {
    const { main, sub } = this.rig;
    if (loss === "swap") return this.rig.exchangeRoles();
    if (loss === "copy-fails") {
      this.rig.suspendOnFault();
      sub.device.failNext = "medium-error";
      return;
    }
    this.rig.loseLink();
    for (let count = this.#prng.below(6); count > 0; count--) this.#move();
    if (loss === "comes-back") {
      // Who ordered first is there first.
      this.rig.become(main, { standing: "mirrored" });
      this.rig.become(sub, { standing: "mirrored" });
    } else {
      const [winner, loser] = loss === "main-goes-on" ? [main, sub] : [sub, main];
      this.rig.become(loser, { standing: "blocked" });
      for (let moves = this.#prng.below(6); moves > 0; moves--) this.#move();
      this.rig.become(winner, { standing: "alone", role: "main" });
    }
  }

  /** What is wrong, in words; empty: nothing. */
  problems(loss: Loss): string[] {
    const found: string[] = [];
    if (this.#underWay > 0) found.push("jobs have not ended");
    found.push(...this.rig.drops);
    for (const [block, history] of this.#histories.entries()) {
      if (!isLinearizable(history, 0)) found.push(`block ${block} is not linearizable`);
    }
    const { main, sub } = this.rig;
    const copies = [main.device.content(), sub.device.content()];
    for (let block = 0; block < BLOCKS; block++) {
      const isEqual = copies[0]?.[block] === copies[1]?.[block];
      const isKnown = main.pair.dirty.has(block) || sub.pair.dirty.has(block);
      if (isEqual || (isKnown && PARTING.includes(loss))) continue;
      found.push(`block ${block} differs`);
    }
    return found;
  }

  /** One message or one device job, any; false: nothing is left to move. */
  #move(): boolean {
    const { main, sub } = this.rig;
    const moves: (() => void)[] = [];
    for (const side of [main, sub]) {
      if (side.sent.length > 0) moves.push(() => this.rig.deliver(side));
      const { pending } = side.device;
      if (pending.length > 0) {
        moves.push(() => side.device.perform(this.#prng.below(pending.length)));
      }
    }
    if (moves.length === 0) return false;
    this.#clock++;
    this.#prng.pick(moves)();
    main.volume.invariants();
    sub.volume.invariants();
    return true;
  }

  #issue(): void {
    const side = this.#prng.pick([this.rig.main, this.rig.sub]);
    const kind = this.#prng.below(11);
    const lba = this.#prng.below(RANGE);
    const blockCount = kind === 9 ? 1 : 1 + this.#prng.below(Math.min(3, RANGE - lba));
    if (kind < 4) {
      const values = Array.from({ length: blockCount }, () => this.#fresh());
      this.#host(side, { op: "write", lba, blockCount, values });
    } else if (kind < 8) {
      this.#host(side, { op: "read", lba, blockCount });
    } else if (kind === 10) {
      // Few bits, so that not all of them are set soon.
      const values = Array.from({ length: blockCount }, () => 1 << this.#prng.below(8));
      this.#host(side, { op: "or-write", lba, blockCount, values });
    } else if (kind === 8) {
      this.#host(side, { op: "flush" });
    } else {
      // Often of the newest value, so that some succeed.
      const from = this.#prng.chance(0.5) ? this.#lastValue : this.#prng.below(8);
      this.#host(side, { op: "compare-and-write", lba, values: [from, this.#fresh()] });
    }
  }

  #fresh(): number {
    this.#lastValue++;
    expect(this.#lastValue).toBeLessThan(0xd0);
    return this.#lastValue;
  }

  #host(side: RigSide, fields: HostFields): void {
    const cameAt = ++this.#clock;
    this.#underWay++;
    this.rig.submit(side, {
      ...fields,
      onDone: (result) => {
        this.#underWay--;
        this.#record(fields, result, cameAt);
      },
    });
  }

  #record(fields: HostFields, result: HostResult, cameAt: number): void {
    const { op, lba = 0, blockCount = 1, values = [] } = fields;
    const isOk = result.status === "ok";
    const endedAt = isOk || result.status === "miscompare" ? ++this.#clock : Infinity;
    if (op === "flush" || (op === "read" && !isOk)) return;
    const times = { cameAt, endedAt };
    if (op === "compare-and-write") {
      const [from, value] = values as [number, number];
      const is = result.status === "miscompare" ? "cas-failed" : "cas";
      this.#histories[lba]?.push({ is, from, value, ...times });
      return;
    }
    const is = op === "read" ? "read" : op === "or-write" ? "or" : "write";
    const list = is === "read" ? result.values : values;
    for (let at = 0; at < blockCount; at++) {
      this.#histories[lba + at]?.push({ is, value: list[at] as number, ...times });
    }
  }
}

function problemsOf(seed: number, options: Partial<MirrorOptions>, loss: Loss): string[] {
  const run = new Run(seed, options);
  run.act(24, loss);
  const problems = run.problems(loss).map((problem) => `seed ${seed}: ${problem}`);
  if (problems.length === 0) run.rig.expectIdle();
  return problems;
}

const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

const FORMS: readonly Partial<MirrorOptions>[] = [
  {},
  { granularity: "volume" },
  { completeAt: "job-four-end" },
  { omitTransfer: false },
  { directRead: "overlap-test" },
  { directRead: "off" },
  { example: "sub-relay" },
  { example: "sub-relay", completeAt: "job-four-end", directRead: "overlap-test" },
  { example: "communication", directRead: "off", completeAt: "job-four-end" },
];

function nameOf(form: Partial<MirrorOptions>): string {
  const { example, ...others } = { ...OPTIONS, ...form };
  const differing = Object.entries(others)
    .filter(([name, value]) => value !== OPTIONS[name as keyof MirrorOptions])
    .map(([, value]) => String(value));
  return [example, ...differing].join(", ");
}

describe("histories from seeds", () => {
  for (const form of FORMS) {
    it(`[G-01 S8-2 F7 R15 R16] are those of one disk: ${nameOf(form)}`, () => {
      expect(SEEDS.flatMap((seed) => problemsOf(seed, form, "none"))).toEqual([]);
    });

    it(`[F10 F14 R15 R16 A15] stay so over a loss of the other side: ${nameOf(form)}`, () => {
      const losses: readonly Loss[] = ["main-goes-on", "sub-goes-on", "comes-back"];
      const found = SEEDS.flatMap((seed) =>
        problemsOf(seed, form, losses[seed % losses.length] as Loss),
      );
      expect(found).toEqual([]);
    });

    it(`[O-04 O-05 A10] stay so over exchanged roles, and a copy that fails: ${nameOf(form)}`, () => {
      const found = SEEDS.flatMap((seed) =>
        problemsOf(seed, form, seed % 2 === 0 ? "swap" : "copy-fails"),
      );
      expect(found).toEqual([]);
    });
  }
});

/** Every seed's problems with a rule broken. */
function caught(breakRule: (rig: Rig) => void, options: Partial<MirrorOptions> = {}): number {
  return SEEDS.filter((seed) => {
    const run = new Run(seed, options);
    breakRule(run.rig);
    try {
      run.act(24, "none");
    } catch {
      return true;
    }
    return run.problems("none").length > 0;
  }).length;
}

describe("a broken rule is seen", () => {
  afterEach(() => jest.restoreAllMocks());

  it("[F8] the main side does not wait for the sub side's copy", () => {
    const breakRule = (rig: Rig): void => {
      rig.onSend = (from, message) => {
        if (from === rig.main && message.type === "copy") {
          const { volume, copyId } = message;
          const end = { type: "copy-end", volume, copyId, result: "done" } as const;
          rig.sub.sent.push({ message: end, release: undefined });
        }
        return message.type !== "copy-end";
      };
    };
    expect(caught(breakRule)).toBeGreaterThan(0);
  });

  it("[F2 R3] reads do not wait for writes under way", () => {
    const isBlocked = Exclusion.prototype.isBlocked;
    jest.spyOn(Exclusion.prototype, "isBlocked").mockImplementation(function (
      this: Exclusion,
      claim,
    ) {
      return !claim.isShared && isBlocked.call(this, claim);
    });
    expect(caught(() => undefined)).toBeGreaterThan(0);
  });

  it("[F4] the main side's copy does not wait for exclusive-sub", () => {
    const isBlocked = Exclusion.prototype.isBlocked;
    jest.spyOn(Exclusion.prototype, "isBlocked").mockImplementation(function (
      this: Exclusion,
      claim,
    ) {
      return !claim.isUrgent && isBlocked.call(this, claim);
    });
    expect(caught(() => undefined)).toBeGreaterThan(0);
  });
});
