/**
 * Who gives the pair its commands: makes it where both copies have data, tries everything under
 * load where the scenario says so, and mends what only a person can decide. Also whoever has
 * actions applied on both sides.
 */
import type { Prng } from "../../lib/base/prng";
import type { Side } from "../../lib/mirror/config";
import type { PairCommand } from "../../lib/mirror/pair-status";
import type { Control } from "./checkers/control";
import type { Reservations } from "./checkers/reservations";
import { type FaultPlan, type Scenario, sourceOf } from "./scenario";
import type { SimulatedSide } from "./side";
import { actionOf } from "./unit-state";

export interface OperatorWorld {
  readonly random: Prng;
  readonly scenario: Scenario;
  readonly control: Control;
  readonly reservations: Reservations;
  after(delayMs: number, run: () => void): void;
  side(side: Side): SimulatedSide;
  traced(who: string, text: () => string): void;
}

const SIDES: readonly Side[] = [1, 2];
/** Faults under which an operator tries everything, and those that only a person can mend. */
const COMMANDED: readonly FaultPlan[] = ["commands", "chaos", "crash-in-resync"];
const MENDED: readonly FaultPlan[] = ["replace", "bad-disk"];

interface Proposed {
  readonly side: Side;
  readonly volume: number;
  readonly isReservation: boolean;
}

export class Operator {
  readonly #world: OperatorWorld;
  #isLoadOver = false;
  #actionCount = 0;
  /** Actions proposed and not answered, by the side asked. */
  readonly #proposed = new Map<number, Proposed>();

  constructor(world: OperatorWorld) {
    this.#world = world;
  }

  /** Actions that nobody has answered. */
  get proposedCount(): number {
    return this.#proposed.size;
  }

  start(): void {
    const { scenario } = this.#world;
    const isNeeded = scenario.initial === "both" || MENDED.includes(scenario.faults);
    if (isNeeded || this.#gives) this.#every(20, 250, () => this.#look());
    if (scenario.hasControl) this.#every(1, 60, () => this.#propose());
  }

  get #gives(): boolean {
    return COMMANDED.includes(this.#world.scenario.faults);
  }

  /** From now on it only mends. */
  stop(): void {
    this.#isLoadOver = true;
  }

  /** A side's process has ended, and with it what it was asked. */
  crashed(side: Side): void {
    const { reservations } = this.#world;
    reservations.crashed();
    for (const [action, proposed] of this.#proposed) {
      if (proposed.side !== side) continue;
      this.#proposed.delete(action);
      if (proposed.isReservation) reservations.lost(proposed.volume);
    }
  }

  #every(fromMs: number, toMs: number, run: () => void): void {
    const { random, after } = this.#world;
    after(fromMs + random.below(toMs - fromMs), () => {
      run();
      this.#every(fromMs, toMs, run);
    });
  }

  #look(): void {
    const { random, scenario } = this.#world;
    for (let volume = 0; volume < scenario.volumeCount; volume++) {
      const first = this.#world.side(1).status(volume);
      const second = this.#world.side(2).status(volume);
      if (first === null || second === null || !first.isLinked || !second.isLinked) continue;
      const isPaired = first.pairId !== "" && first.pairId === second.pairId;
      const isFounded = first.pairId !== "" || second.pairId !== "";
      if (!isPaired && isFounded && scenario.faults === "replace") this.#copyAgain(volume);
      else if (!isPaired && scenario.initial === "both") {
        this.#command(sourceOf(scenario), volume, { type: "create", source: null });
      } else if (isPaired && this.#isLoadOver) this.#mend(volume);
      else if (isPaired && this.#gives) this.#command(random.pick(SIDES), volume, this.#any());
    }
  }

  #any(): PairCommand {
    const { random } = this.#world;
    const isRepairing = random.chance(0.5);
    return random.pick<PairCommand>([
      { type: "split" },
      { type: "resync", source: null },
      { type: "resync", source: null },
      { type: "verify", isRepairing },
      { type: "swap" },
      { type: "swap" },
    ]);
  }

  /** The side that still has its pair's data is the one to copy from. */
  #copyAgain(volume: number): void {
    for (const side of SIDES) {
      const status = this.#world.side(side).status(volume);
      if (status !== null && status.problem !== null && status.pairId !== "")
        this.#command(side, volume, { type: "create", source: side });
    }
  }

  /** A split pair stays split until somebody asks, and one with bad disks suspended. */
  #mend(volume: number): void {
    const isBad = this.#world.scenario.faults === "bad-disk";
    for (const side of SIDES) {
      const status = this.#world.side(side).status(volume);
      const isWaiting = status?.state === "PSUS" || isBad;
      if (isWaiting && status?.standing === "alone")
        this.#command(side, volume, { type: "resync", source: null });
    }
  }

  #command(side: Side, volume: number, command: PairCommand): void {
    const { traced } = this.#world;
    traced(`op${side}`, () => `${command.type} of ${volume}`);
    this.#world.side(side).command(volume, command, ({ ok, text }) => {
      traced(`op${side}`, () => `${command.type} of ${volume}: ${ok ? "ok" : "no"}, ${text}`);
    });
  }

  /** Has something applied on both sides: now and then a reservation, never two at once. */
  #propose(): void {
    const { random, scenario } = this.#world;
    const side = random.pick(SIDES);
    const volume = random.below(scenario.volumeCount);
    if (!this.#world.side(side).isServing) return;
    const isReserving = [...this.#proposed.values()].some(({ isReservation }) => isReservation);
    const holder = this.#world.side(side).unitState.holder(volume);
    if (this.#isLoadOver) {
      if (holder !== null && !isReserving) this.#apply({ side, volume, host: null });
    } else if (isReserving || random.chance(0.6)) this.#apply({ side, volume });
    else if (holder !== null) this.#apply({ side, volume, host: null });
    else this.#apply({ side, volume, host: 1 + random.below(scenario.hosts.length) });
  }

  /** `host`: whom to reserve it for; null: releases it; none: something else. */
  #apply(of: { side: Side; volume: number; host?: number | null }): void {
    const { control, reservations, traced } = this.#world;
    const { side, volume, host } = of;
    const isReservation = host !== undefined;
    const action = actionOf(++this.#actionCount, host === null ? "release" : host);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(action);
    this.#proposed.set(action, { side, volume, isReservation });
    if (isReservation) reservations.asked(volume);
    traced(`ctl${side}`, () => `action ${action} for ${volume}`);
    this.#world.side(side).propose(volume, bytes, (answer) => {
      this.#proposed.delete(action);
      traced(`ctl${side}`, () => `action ${action} ${answer !== null ? "is done" : "is refused"}`);
      if (answer !== null) control.told(volume, action, answer);
      if (!isReservation) return;
      if (answer === null) reservations.lost(volume);
      else reservations.told(volume, host === null ? null : `h${host}`);
    });
  }
}
