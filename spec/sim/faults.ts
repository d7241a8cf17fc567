/**
 * What goes wrong in a run, and that it ends: crashes, pauses, cuts of either path, by a plan and
 * the seed. When it has healed the world has nothing more against the pair.
 */
import type { Prng } from "../../lib/base/prng";
import type { Side } from "../../lib/mirror/config";
import type { OneWayPath } from "./network";
import type { FaultPlan, Scenario } from "./scenario";
import type { SimulatedSide } from "./side";

export interface FaultsWorld {
  readonly random: Prng;
  readonly scenario: Scenario;
  after(delayMs: number, run: () => void): void;
  side(side: Side): SimulatedSide;
  /** The path that the side sends on. */
  path(from: Side): OneWayPath;
  traced(who: string, text: () => string): void;
}

const SIDES: readonly Side[] = [1, 2];

export class Faults {
  readonly #world: FaultsWorld;
  #isOver = false;
  #crashCount = 0;

  constructor(world: FaultsWorld) {
    this.#world = world;
  }

  /** How often a process has ended. */
  get crashCount(): number {
    return this.#crashCount;
  }

  start(): void {
    const { scenario } = this.#world;
    const plan = this.#plans[scenario.faults];
    if (plan !== null) this.#soon(150, 400, plan);
  }

  readonly #plans: Readonly<Record<FaultPlan, (() => void) | null>> = {
    none: null,
    commands: null,
    crash: () => this.#crash(this.#anySide()),
    crashes: () => {
      this.#crash(this.#anySide());
      this.#soon(20, 600, this.#plans.crashes as () => void);
    },
    "crash-inside": () => {
      this.#crashInside(this.#anySide());
      this.#soon(100, 600, this.#plans["crash-inside"] as () => void);
    },
    cut: () => {
      this.#cut();
      this.#soon(100, 700, this.#plans.cut as () => void);
    },
    flapping: () => {
      this.#world.path(this.#anySide()).reset();
      this.#soon(1, 60, this.#plans.flapping as () => void);
    },
    pause: () => {
      this.#pause(this.#anySide());
      this.#soon(100, 700, this.#plans.pause as () => void);
    },
    "crash-in-resync": () => {
      const side = this.#anySide();
      if (this.#isResyncing()) this.#crash(side);
      else if (this.#world.random.chance(0.05)) this.#crash(side);
      this.#soon(2, 25, this.#plans["crash-in-resync"] as () => void);
    },
    chaos: () => {
      const { random } = this.#world;
      const what = random.below(6);
      if (what === 0) this.#crash(this.#anySide());
      if (what === 1) this.#crashInside(this.#anySide());
      if (what === 2) this.#cut();
      if (what === 3) this.#world.path(this.#anySide()).reset();
      if (what === 4) this.#pause(this.#anySide());
      this.#soon(10, 400, this.#plans.chaos as () => void);
    },
  };

  /** Everything works from now on. */
  heal(): void {
    this.#isOver = true;
    for (const side of SIDES) {
      const simulated = this.#world.side(side);
      simulated.savesUntilCrash = Infinity;
      simulated.resume();
      if (!simulated.isUp) simulated.start();
      this.#world.path(side).heal();
    }
  }

  /** The process of a side has ended, for whatever reason: it comes back some time. */
  crashed(side: Side): void {
    this.#crashCount++;
    const restart = (): void => {
      if (!this.#world.side(side).isUp) this.#world.side(side).start();
    };
    if (this.#isOver) this.#world.after(10, restart);
    else this.#soon(5, this.#world.random.chance(0.5) ? 80 : 900, restart);
  }

  #anySide(): Side {
    return this.#world.random.pick(SIDES);
  }

  #isResyncing(): boolean {
    return SIDES.some((side) => (this.#world.side(side).status(0)?.resync ?? null) !== null);
  }

  #crash(side: Side): void {
    this.#world.side(side).crash();
  }

  /** In the middle of a turn, where something is kept. */
  #crashInside(side: Side): void {
    this.#world.side(side).savesUntilCrash = this.#world.random.below(8);
  }

  #pause(side: Side): void {
    const { random, side: sideOf } = this.#world;
    sideOf(side).pause();
    this.#soon(10, random.chance(0.5) ? 100 : 600, () => sideOf(side).resume());
  }

  #cut(): void {
    const { random } = this.#world;
    const which = random.pick<readonly Side[]>([[1], [2], [1, 2]]);
    const path = (from: Side): OneWayPath => this.#world.path(from);
    this.#world.traced(
      "net",
      () => `cut of ${which.map((from) => (from === 1 ? 202 : 203)).join()}`,
    );
    for (const from of which) path(from).cut();
    this.#soon(5, random.chance(0.5) ? 100 : 700, () => {
      this.#world.traced("net", () => "healed");
      for (const from of which) {
        if (random.chance(0.5)) path(from).reset();
        path(from).heal();
      }
    });
  }

  /** Once, within bounds, unless it is over by then. */
  #soon(fromMs: number, toMs: number, run: () => void): void {
    const delayMs = fromMs + (this.#world.random.below(1000) / 1000) * (toMs - fromMs);
    this.#world.after(delayMs, () => {
      if (!this.#isOver) run();
    });
  }
}
