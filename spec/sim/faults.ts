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
  /** Ends a side's process in good order. */
  stop(side: Side): void;
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
    stop: () => {
      this.#world.stop(this.#anySide());
      this.#soon(100, 900, this.#plans.stop as () => void);
    },
    power: () => {
      const side = this.#world.side(this.#anySide());
      side.crash();
      if (!side.isUp) for (const disk of side.disks) disk.losePower();
      this.#soon(100, 900, this.#plans.power as () => void);
    },
    replace: () => {
      const side = this.#anySide();
      if (this.#isWhole()) this.#replace(side);
      this.#soon(100, 500, this.#plans.replace as () => void);
    },
    "bad-disk": () => {
      const { random } = this.#world;
      const disk = random.pick(this.#world.side(this.#anySide()).disks);
      disk.errors = random.pick([0.01, 0.1, 0.5]);
      this.#soon(5, 200, () => (disk.errors = 0));
      this.#soon(200, 700, this.#plans["bad-disk"] as () => void);
    },
    "bad-storage": () => {
      const storage = this.#world.random.pick(this.#world.side(this.#anySide()).storages);
      storage.isFailing = true;
      this.#soon(5, 200, () => (storage.isFailing = false));
      this.#soon(200, 700, this.#plans["bad-storage"] as () => void);
    },
    chaos: () => {
      const { random } = this.#world;
      const what = random.below(7);
      if (what === 6) this.#world.stop(this.#anySide());
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
      for (const disk of simulated.disks) disk.errors = 0;
      for (const storage of simulated.storages) storage.isFailing = false;
      // What it could not keep makes a side stop for good: an operator starts it again.
      if (this.#world.scenario.faults === "bad-storage") simulated.crash();
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

  /** Both copies are good: one of them can go. */
  #isWhole(): boolean {
    const { scenario, side } = this.#world;
    return SIDES.every((each) =>
      Array.from({ length: scenario.volumeCount }, (_, volume) => side(each).status(volume)).every(
        (status) => status?.state === "PAIR" && status.standing === "mirrored",
      ),
    );
  }

  /** A side comes back with new disks. */
  #replace(side: Side): void {
    const simulated = this.#world.side(side);
    simulated.crash();
    this.#world.traced(String(side), () => "gets new disks");
    for (const disk of simulated.disks) disk.replace();
    for (const storage of simulated.storages) storage.replace();
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
    if (random.chance(0.4)) {
      const side = this.#anySide();
      this.#soon(0, 50, () => which.forEach((from) => path(from).unplug(side)));
    }
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
