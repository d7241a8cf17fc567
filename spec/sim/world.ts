/**
 * A whole world from one seed: two sides, the paths between them, disks, hosts, faults, and the
 * checkers that look at all of it. It runs until it rests or something is wrong.
 */
import { Prng } from "../../lib/base/prng";
import type { Job } from "../../lib/block/job";
import type { Side } from "../../lib/mirror/config";
import type { VolumeStatus } from "../../lib/mirror/pair-status";
import { Attempts } from "./attempts";
import { NOTHING, putValue, valueOf } from "./block-value";
import { Control } from "./checkers/control";
import { History } from "./checkers/history";
import { Reservations } from "./checkers/reservations";
import { SingleOwner } from "./checkers/single-owner";
import { type Twin, Twins } from "./checkers/twins";
import type { MakeUnit } from "./control-unit";
import { EventQueue } from "./event-queue";
import { Faults } from "./faults";
import { type Outcome, SimulatedHost } from "./host";
import { LinkReader } from "./link-reader";
import { OneWayPath } from "./network";
import { Operator } from "./operator";
import { isPromising, type Scenario, sourceOf } from "./scenario";
import { SimulatedSide } from "./side";
import type { Trace } from "./trace";

const SIDES: readonly Side[] = [1, 2];
/** Time that a healed pair has to be mirrored again and to end everything. */
const LIVENESS_MS = 30_000;
/** Time in which whatever it still does by itself has an end. */
const LEAK_MS = 500;
/** Events of one run; more are a loop. */
const EVENTS_MAX = 2_000_000;

export interface WorldFields {
  readonly scenario: Scenario;
  readonly make: MakeUnit;
  readonly trace: Trace;
}

export class World {
  readonly scenario: Scenario;
  readonly random: Prng;
  readonly history: History;
  readonly sides: Readonly<Record<Side, SimulatedSide>>;
  readonly paths: Readonly<Record<Side, OneWayPath>>;
  readonly hosts: readonly SimulatedHost[];
  readonly control = new Control();
  readonly reservations = new Reservations();
  /** What pairs were: state, role and standing of a side. */
  readonly states = new Set<string>();
  /** JOB and step of every step that was taken, as JOB × 1000 + step. */
  readonly steps = new Set<number>();
  readonly #queue = new EventQueue();
  readonly #trace: Trace;
  readonly #make: MakeUnit;
  readonly #attempts: Attempts;
  readonly #twins: readonly Twins[];
  readonly #owner = new SingleOwner();
  readonly #faults: Faults;
  readonly #operator: Operator;
  readonly #readers: Readonly<Record<Side, LinkReader>>;
  readonly #volumes: readonly number[];
  /** The newest of `states`, by side. */
  readonly #seen: Partial<Record<Side, Pick<VolumeStatus, "state" | "role" | "standing">>> = {};
  #newest = 0;
  #failure: string | null = null;

  constructor({ scenario, make, trace }: WorldFields) {
    this.scenario = scenario;
    this.#volumes = Array.from({ length: scenario.volumeCount }, (_, volume) => volume);
    this.random = new Prng(scenario.seed ^ 0x7717_1111);
    this.#trace = trace;
    this.#make = make;
    this.#attempts = new Attempts(this);
    this.sides = { 1: this.#newSide(1), 2: this.#newSide(2) };
    this.paths = { 1: this.#newPath(1), 2: this.#newPath(2) };
    this.#readers = { 1: new LinkReader(), 2: new LinkReader() };
    const initial = this.#fill();
    this.history = new History((volume, lba) => initial[volume]?.[lba] ?? NOTHING);
    this.#twins = this.#volumes.map(
      (volume) => new Twins(this.#twin(1, volume), this.#twin(2, volume)),
    );
    this.hosts = scenario.hosts.map((plan) => new SimulatedHost(plan, this));
    this.#faults = new Faults(this);
    this.#operator = new Operator(this);
  }

  get eventCount(): number {
    return this.#queue.ranCount;
  }

  get commandCount(): number {
    return this.hosts.reduce((sum, host) => sum + host.doneCount, 0);
  }

  get hasErrors(): boolean {
    return this.scenario.faults === "bad-disk";
  }

  nowMs(): number {
    return this.#queue.nowMs;
  }

  newValue(): number {
    return ++this.#newest;
  }

  readonly after = (delayMs: number, run: () => void): void => {
    this.#queue.after(delayMs, run);
  };

  /** The first thing that is wrong ends the run. */
  fail(what: string): void {
    this.#failure ??= what;
    this.traced("FAIL", () => what);
  }

  readonly side = (side: Side): SimulatedSide => this.sides[side];

  path(from: Side): OneWayPath {
    return this.paths[from];
  }

  readonly traced = (who: string, text: () => string): void => {
    if (this.#trace.isOn) this.#trace.add(this.nowMs(), who, text());
  };

  submit(
    side: Side,
    volume: number,
    makeJob: (onDone: (job: Job) => void) => Job,
    ended: (outcome: Outcome, job: Job) => void,
  ): void {
    const held = this.reservations.current(volume);
    const job = this.#attempts.submit(side, volume, makeJob, (outcome, done) => {
      const isTold = outcome === "ok" || outcome === "reserved";
      if (held !== null && isTold && done.origin?.access === "write") {
        const [host = ""] = done.origin.nexus.split(" ");
        this.#fail(this.reservations.answered(volume, host, held, outcome === "ok"));
      }
      ended(outcome, done);
    });
    this.traced(
      job.origin?.nexus ?? "",
      () => `${job.op} ${volume}:${job.lba}+${job.blockCount} at ${side}`,
    );
    const { patienceMs } = this.scenario;
    if (patienceMs === Infinity) return;
    this.after(patienceMs, () => {
      if (this.nowMs() < this.scenario.loadMs) this.#attempts.giveUp(job);
    });
  }

  abort(side: Side, volume: number, job: Job): void {
    if (this.#attempts.volumeOf(job) !== undefined) this.sides[side].abort(volume, job);
  }

  /** Its hosts are logged out first. */
  stop(side: Side): void {
    this.sides[side].stop();
    this.#attempts.stopping(side);
  }

  /** Null, or what is wrong. */
  run(): string | null {
    const { loadMs } = this.scenario;
    for (const side of SIDES)
      this.after(this.random.below(50), () => {
        if (!this.sides[side].isUp) this.sides[side].start();
      });
    for (const host of this.hosts) host.start();
    this.#operator.start();
    this.#faults.start();
    this.#runUntil(() => this.nowMs() >= loadMs, Infinity);
    this.traced("", () => "everything works from now on");
    for (const host of this.hosts) host.stop();
    this.#operator.stop();
    this.#faults.heal();
    const isAtRest = this.#runUntil(() => this.#unrest() === null, loadMs + LIVENESS_MS);
    if (!isAtRest) this.fail(`no rest in ${LIVENESS_MS} ms: ${this.#unrest() ?? "at last"}`);
    const restMs = this.nowMs() + 3 * this.scenario.timing.leaseMs;
    this.#runUntil(() => this.nowMs() >= restMs, Infinity);
    // A flush now and then is no leak: what never ends is.
    if (!this.#runUntil(() => this.#leak() === null, restMs + LEAK_MS)) this.#fail(this.#leak());
    if (this.#failure === null) this.#checkAtRest();
    return this.#failure;
  }

  /** False: the time was up, or something is wrong. */
  #runUntil(isOver: () => boolean, untilMs: number): boolean {
    while (this.#failure === null && this.#queue.step(untilMs)) {
      // Not after every event: looking costs more than they do.
      if (this.#queue.ranCount % 16 === 0 && isOver()) return true;
      if (this.#queue.ranCount > EVENTS_MAX) this.fail("it does not come to an end");
    }
    return false;
  }

  /** What is still to come, in a sentence; null: nothing. */
  #unrest(): string | null {
    for (const volume of this.#volumes) {
      for (const side of SIDES) {
        const status = this.sides[side].status(volume);
        if (status === null) return `side ${side} does not run`;
        const { state, standing, resync, verify, problem } = status;
        if (state !== "PAIR" || standing !== "mirrored")
          return `side ${side} is ${state} and ${standing} on volume ${volume}: ${String(problem)}`;
        if (resync !== null || verify !== null) return `side ${side} copies or compares`;
      }
    }
    for (const host of this.hosts)
      if (host.underWay > 0) return `${host.plan.name} waits for ${host.underWay} commands`;
    if (this.#operator.proposedCount > 0) return "an action has not been answered";
    return null;
  }

  #fail(what: string | null): void {
    if (what !== null) this.fail(what);
  }

  #leak(): string | null {
    for (const side of SIDES) {
      const leaks = this.sides[side].leaks();
      if (leaks.length > 0) return `side ${side} at rest: ${leaks.join("; ")}`;
    }
    return null;
  }

  #checkAtRest(): void {
    const unrest = this.#unrest();
    if (unrest !== null) return this.fail(`its rest did not last: ${unrest}`);
    for (const volume of this.#volumes) {
      const difference = this.#twins[volume]?.difference() ?? null;
      if (difference !== null) return this.fail(`volume ${volume}: ${difference}`);
      this.#readCopies(volume);
      const [first, second] = SIDES.map((side) => this.sides[side].unitState.actions(volume));
      const isKept = this.#faults.crashCount === 0;
      const fault = this.control.check(volume, first ?? [], second ?? [], isKept);
      if (fault !== null) return this.fail(fault);
    }
    const fault = isPromising(this.scenario) ? this.history.check() : null;
    if (fault !== null) this.fail(fault);
  }

  /** What both copies have in the end is what a last read of each would get. */
  #readCopies(volume: number): void {
    for (const side of SIDES) {
      const { words } = this.sides[side].disks[volume] as { words: Uint32Array };
      for (const lba of this.history.blocksOf(volume)) {
        const value = valueOf(words, lba, lba);
        if (value === null) return this.fail(`block ${lba} of side ${side} is no block`);
        const range = { volume, lba, who: `the copy of side ${side}` };
        this.history.read(range, this.history.begin(), [value]);
      }
    }
  }

  #turnEnded(side: Side, answered: readonly Job[], isChanged: boolean): void {
    const isLooking = isChanged || answered.length > 0 || this.#queue.ranCount % 16 === 0;
    for (const volume of isLooking ? this.#volumes : []) {
      const status = this.sides[side].status(volume);
      const standing = status?.standing ?? null;
      if (status !== null) this.#saw(side, status);
      this.#fail(this.#owner.stands(volume, side, standing));
    }
    for (const job of answered) {
      const { op, lba, blockCount, status } = job;
      const who = job.origin?.nexus ?? "";
      const volume = this.#attempts.volumeOf(job) ?? 0;
      this.traced(who, () => `${op} ${volume}:${lba}+${blockCount}: ${status}`);
      const fault = status === "ok" ? this.#owner.answered(volume, side, job) : null;
      if (fault !== null) this.fail(fault);
      this.#attempts.answered(job);
    }
  }

  #saw(side: Side, { state, role, standing }: VolumeStatus): void {
    const last = this.#seen[side];
    if (last?.state === state && last.role === role && last.standing === standing) return;
    this.#seen[side] = { state, role, standing };
    this.states.add(`${state} ${role} ${standing}`);
  }

  #newSide(side: Side): SimulatedSide {
    const { scenario } = this;
    const { survivor, firstMain, options, timing, volumeCount, blockCount, clocks, hasCache } =
      scenario;
    const made = new SimulatedSide({
      ...{ side, volumeCount, blockCount, hasCache, make: this.#make },
      clock: clocks[side - 1] as (typeof clocks)[0],
      config: { survivor, firstMain, options, timing },
      world: {
        random: this.random,
        nowMs: () => this.nowMs(),
        after: (delayMs, run) => this.after(delayMs, run),
        fail: (what) => this.fail(`side ${side}: ${what}`),
        traced: (text) => this.traced(String(side), text),
        stepped: (volume, command, job, step) => {
          this.steps.add(job * 1000 + step);
          this.traced(
            String(side),
            () => `command ${command % 2 ** 40} of ${volume}: JOB${job} ${step}`,
          );
        },
        effect: (effect) => {
          if (effect.type === "path-send") return this.paths[side].send(effect.chunks);
          this.traced(String(side), () => `closes ${effect.path}`);
          this.paths[effect.path === "out" ? side : side === 1 ? 2 : 1].close(effect.path, true);
        },
        diskChanged: (volume, lba, count) =>
          this.#covered(side, volume, (twins) => {
            this.traced(`disk${side}`, () => `${volume}:${lba}+${count} is written`);
            return twins.uncovered(lba, count);
          }),
        mapChanged: (volume, offset, before, after) =>
          this.#covered(side, volume, (twins) => twins.uncoveredBy(offset, before, after)),
        turnEnded: (answered, isChanged) => this.#turnEnded(side, answered, isChanged),
        crashed: () => this.#crashed(side),
        started: () => undefined,
      },
    });
    for (const disk of made.disks) disk.slownessMs = scenario.diskSlownessMs;
    return made;
  }

  #covered(side: Side, volume: number, check: (twins: Twins) => string | null): void {
    const twins = this.#twins[volume];
    const fault = twins === undefined ? null : check(twins);
    if (fault !== null) this.fail(`volume ${volume}, after a change at side ${side}: ${fault}`);
  }

  #crashed(side: Side): void {
    for (const volume of this.#volumes) this.#owner.stands(volume, side, null);
    this.paths[side].close("out", false);
    this.paths[side === 1 ? 2 : 1].close("in", false);
    this.#attempts.crashed(side);
    this.#operator.crashed(side);
    this.#faults.crashed(side);
  }

  #newPath(from: Side): OneWayPath {
    const path = new OneWayPath(from, {
      random: this.random,
      nowMs: () => this.nowMs(),
      after: (delayMs, run) => this.after(delayMs, run),
      fail: (what) => this.fail(`path of side ${from}: ${what}`),
      side: (side) => this.sides[side],
      seen: (sender, bytes, isNew) => {
        if (!this.#trace.isOn) return;
        for (const line of this.#readers[sender].read(bytes, isNew))
          this.traced(`${sender}→${sender === 1 ? 2 : 1}`, () => line);
      },
    });
    path.weather.delayMs = this.scenario.networkDelayMs;
    return path;
  }

  #twin(side: Side, volume: number): Twin {
    const { disks, storages } = this.sides[side];
    return { disk: disks[volume], storage: storages[volume] } as Twin;
  }

  /** Puts data on the copies that have some; returns the values hosts will find, by volume. */
  #fill(): number[][] {
    const { initial, blockCount } = this.scenario;
    const source = sourceOf(this.scenario);
    const found: number[][] = this.#volumes.map(() => []);
    for (const side of SIDES) {
      const hasData =
        initial === "both" || (initial === "first" ? 1 : initial === "second" ? 2 : 0) === side;
      if (!hasData) continue;
      this.sides[side].disks.forEach((disk, volume) => {
        disk.isNew = false;
        for (let lba = 0; lba < blockCount; lba++) {
          const value = this.newValue();
          putValue(disk.words, lba, value, lba);
          if (side === source) (found[volume] as number[])[lba] = value;
        }
      });
    }
    return found;
  }
}
