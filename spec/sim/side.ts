/**
 * One side of the pair and what is around it: its clock, disks, and what it kept; a process that
 * crashes, starts again and is paused. One input is one turn; what a turn wants done leaves after
 * it, as `lib/node` does it.
 */
import { assert } from "../../lib/base/assert";
import type { Prng } from "../../lib/base/prng";
import { CompletionQueue } from "../../lib/block/completion-queue";
import type { Job } from "../../lib/block/job";
import type { MirrorConfig, Side } from "../../lib/mirror/config";
import { mapLengthOf } from "../../lib/mirror/dirty-map";
import type { LinkEffect, LinkInput } from "../../lib/mirror/link-events";
import type { PairAnswer, PairCommand, VolumeStatus } from "../../lib/mirror/pair-status";
import { crc32c } from "../../lib/node/crc32c";
import type { ControlUnit, MakeUnit } from "./control-unit";
import { SimulatedDisk } from "./disk";
import { CrashInside, SimulatedPairStorage } from "./pair-storage";
import { ReceivedBytes } from "./received-bytes";
import { SimulatedUnitState } from "./unit-state";

export interface SideClock {
  readonly offsetMs: number;
  /** How fast it goes, beside the world's. */
  readonly rate: number;
}

export interface SideWorld {
  readonly random: Prng;
  nowMs(): number;
  after(delayMs: number, run: () => void): void;
  fail(what: string): void;
  traced(text: () => string): void;
  stepped(volume: number, command: number, job: number, step: number): void;
  effect(effect: LinkEffect): void;
  diskChanged(volume: number, lba: number, blockCount: number): void;
  mapChanged(volume: number, offset: number, before: Uint8Array, after: Uint8Array): void;
  /** Every turn's end, with the jobs whose ends hosts learn with it. */
  turnEnded(answered: readonly Job[], isAccessChanged: boolean): void;
  /** The process ended, or began. */
  crashed(): void;
  started(): void;
}

export interface SideFields {
  readonly side: Side;
  readonly clock: SideClock;
  readonly config: Omit<MirrorConfig, "side" | "volumes">;
  readonly volumeCount: number;
  readonly blockCount: number;
  readonly hasCache: boolean;
  readonly make: MakeUnit;
  readonly world: SideWorld;
}

/** A deadline met this often without time going on is a loop without an end. */
const SPINS_MAX = 200;
const NOBODY: readonly Job[] = [];

export class SimulatedSide {
  readonly side: Side;
  readonly disks: readonly SimulatedDisk[];
  readonly storages: readonly SimulatedPairStorage[];
  unitState: SimulatedUnitState;
  /** Turns until the process crashes inside one; Infinity: it does not. */
  savesUntilCrash = Infinity;
  readonly #fields: SideFields;
  readonly #world: SideWorld;
  #unit: ControlUnit | null = null;
  #completions = new CompletionQueue();
  #process = 0;
  #isPaused = false;
  #isInTurn = false;
  #isStopping = false;
  /** What was under way when it was to stop has ended. */
  #isStopped = false;
  #waiting: (() => void)[] = [];
  #answered: Job[] = [];
  /** The job that is being submitted. */
  #submitted: Job | null = null;
  /** Bytes of this turn. */
  #received: ReceivedBytes[] = [];
  #heldCount = 0;
  #isAccessChanged = false;
  #timerMs = Infinity;
  #spins = 0;

  constructor(fields: SideFields) {
    this.#fields = fields;
    this.#world = fields.world;
    this.side = fields.side;
    this.unitState = this.#newUnitState();
    const volumes = Array.from({ length: fields.volumeCount }, (_, volume) => volume);
    this.disks = volumes.map((volume) => this.#newDisk(volume));
    this.storages = volumes.map((volume) => this.#newStorage(volume));
  }

  get isUp(): boolean {
    return this.#unit !== null;
  }

  get isAwake(): boolean {
    return this.isUp && !this.#isPaused;
  }

  /** Whether hosts can ask it for anything. */
  get isServing(): boolean {
    return this.isUp && !this.#isStopping;
  }

  /** Which of its processes runs; a new one does not know what was asked of the old. */
  get process(): number {
    return this.#process;
  }

  /** Received bytes that somebody holds over their turn. */
  get heldCount(): number {
    return this.#heldCount;
  }

  get localMs(): number {
    const { rate, offsetMs } = this.#fields.clock;
    return this.#world.nowMs() * rate + offsetMs;
  }

  status(volume: number): VolumeStatus | null {
    return this.#unit?.status(volume) ?? null;
  }

  leaks(): string[] {
    const leaks = this.#unit?.leaks() ?? [];
    if (this.#heldCount > 0) leaks.push(`${this.#heldCount} received chunks are held`);
    this.disks.forEach((disk, volume) => {
      if (disk.pendingCount > 0) leaks.push(`${disk.pendingCount} jobs at the disk of ${volume}`);
    });
    return leaks;
  }

  start(): void {
    assert(this.#unit === null, "a side runs once");
    const { config, make, side } = this.#fields;
    this.#completions = new CompletionQueue();
    this.unitState = this.#newUnitState();
    this.#heldCount = 0;
    const volumes = this.disks.map((device, number) => {
      const kept = this.storages[number] as SimulatedPairStorage;
      const [storage, journal] = [kept.open(), kept.openJournal()];
      return { number, device, isNew: device.isNew, storage, journal };
    });
    this.#world.traced(() => "starts");
    this.#unit = make({ ...config, side, volumes }, this.#ports());
    this.turn(() => this.#unit?.start(this.localMs));
    this.#world.started();
  }

  /** Ends as a process does that is asked to. */
  stop(): void {
    if (this.#unit === null || this.#isStopping) return;
    this.#world.traced(() => "stops");
    this.#isStopping = true;
    this.turn(() => this.#unit?.stop(() => (this.#isStopped = true)));
  }

  /** The process ends, now and without a word. */
  crash(): void {
    if (this.#unit === null) return;
    this.#world.traced(() => "crashes");
    this.#isStopping = false;
    this.#isStopped = false;
    this.#unit = null;
    this.#process++;
    this.#isPaused = false;
    this.#waiting = [];
    this.#answered = [];
    this.#received = [];
    this.#timerMs = Infinity;
    this.savesUntilCrash = Infinity;
    for (const disk of this.disks) disk.crash();
    this.#world.crashed();
  }

  pause(): void {
    if (this.#unit === null) return;
    this.#world.traced(() => "is paused");
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#world.traced(() => "goes on");
    this.#isPaused = false;
    // Whether its timers or its sockets are looked at first.
    const look = (): void => this.#unit?.time(this.localMs);
    if (this.#world.random.chance(0.5)) this.#waiting.unshift(look);
    this.turn(look);
  }

  /** Runs in a turn, now or when the side can. */
  turn(run: () => void): void {
    if (this.#unit === null) return;
    this.#waiting.push(run);
    if (this.#isInTurn || this.#isPaused) return;
    this.#isInTurn = true;
    const process = this.#process;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        next();
        this.#settle();
        if (this.#isStopped) this.#exit();
        if (this.#isPaused) break;
      }
    } catch (error) {
      this.#isInTurn = false;
      if (!(error instanceof CrashInside)) {
        this.#world.fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      if (process === this.#process) this.crash();
    }
    this.#isInTurn = false;
    this.#arm();
  }

  /** It has stopped in good order: nothing is left to be written. */
  #exit(): void {
    const isBusy = this.disks.some(({ pendingCount }) => pendingCount > 0);
    if (isBusy) this.#world.fail("it stopped with jobs at its disks");
    this.crash();
  }

  /** Ends what can end, and lets what is wanted leave, until the turn rests. */
  #settle(): void {
    const unit = this.#unit;
    if (unit === null) return;
    for (let isResting = false; !isResting;) {
      this.#completions.run();
      isResting = true;
      unit.drain((effect) => {
        isResting = false;
        this.#world.effect(effect);
      });
      if (!this.#completions.isEmpty) isResting = false;
    }
    if (this.#received.length > 0) for (const bytes of this.#received.splice(0)) bytes.release();
    if (this.#world.random.chance(0.1)) unit.invariants();
    const isAccessChanged = this.#isAccessChanged;
    this.#isAccessChanged = false;
    const answered = this.#answered.length > 0 ? this.#answered.splice(0) : NOBODY;
    this.#world.turnEnded(answered, isAccessChanged);
  }

  deliver(input: () => LinkInput | null): void {
    this.turn(() => {
      const value = input();
      if (value === null) return;
      if (value.type !== "path-bytes") this.#world.traced(() => described(value));
      this.#unit?.handle(value, this.localMs);
    });
  }

  receive(bytes: Uint8Array): LinkInput {
    this.#heldCount++;
    const process = this.#process;
    const received = new ReceivedBytes(bytes, () => {
      if (process === this.#process) this.#heldCount--;
    });
    this.#received.push(received);
    return { type: "path-bytes", chunk: received.chunk, lease: received };
  }

  /** A host's job; it is answered in `turnEnded`, unless the process ends before. */
  submit(volume: number, job: Job): void {
    this.turn(() => {
      this.#unit?.time(this.localMs);
      this.#submitted = job;
      this.#unit?.volume(volume).submit(job);
      this.#submitted = null;
    });
  }

  /** What a job's `onDone` calls. */
  answer(job: Job): void {
    if (this.#submitted === job) this.#world.fail("a job was done inside submit");
    this.#answered.push(job);
  }

  abort(volume: number, job: Job): void {
    this.turn(() => this.#unit?.volume(volume).abort(job));
  }

  command(volume: number, command: PairCommand, done: (answer: PairAnswer) => void): void {
    this.turn(() => {
      this.#unit?.time(this.localMs);
      this.#unit?.command(volume, command, done);
    });
  }

  propose(volume: number, action: Uint8Array, done: (answer: Uint8Array | null) => void): void {
    this.turn(() => {
      this.#unit?.time(this.localMs);
      this.#unit?.propose(volume, action, done);
    });
  }

  /** Keeps the deadline, a little late as timers are. */
  #arm(): void {
    const unit = this.#unit;
    if (unit === null || this.#isPaused) return;
    const { rate, offsetMs } = this.#fields.clock;
    const atMs = (unit.nextDeadline() - offsetMs) / rate;
    if (atMs >= this.#timerMs || atMs === Infinity) return;
    this.#timerMs = atMs;
    const process = this.#process;
    const delayMs = Math.max(0, atMs - this.#world.nowMs());
    this.#spins = delayMs > 0 ? 0 : this.#spins + 1;
    if (this.#spins > SPINS_MAX) return this.#world.fail("its deadline does not pass");
    this.#world.after(delayMs + 0.01 + this.#world.random.below(50) / 100, () => {
      if (process !== this.#process || this.#timerMs !== atMs) return;
      this.#timerMs = Infinity;
      this.turn(() => this.#unit?.time(this.localMs));
    });
  }

  #ports(): Parameters<MakeUnit>[1] {
    const world = this.#world;
    return {
      crc32c,
      completions: this.#completions,
      entropy: (length) => world.random.bytes(length),
      step: (volume, command, job, step) => world.stepped(volume, command, job, step),
      report: (level, volume, text) => world.traced(() => `${level} of ${volume}: ${text}`),
      isReserved: (volume, { nexus, access }) => {
        const holder = this.unitState.holder(volume);
        return access === "write" && holder !== null && !nexus.startsWith(`h${holder} `);
      },
      unitState: this.unitState,
      accessChanged: () => (this.#isAccessChanged = true),
    };
  }

  #newUnitState(): SimulatedUnitState {
    const process = this.#process;
    return new SimulatedUnitState({
      random: this.#fields.world.random,
      later: (delayMs, run) =>
        this.#world.after(delayMs, () => {
          if (process === this.#process) this.turn(run);
        }),
    });
  }

  #newDisk(volume: number): SimulatedDisk {
    const world = this.#fields.world;
    return new SimulatedDisk(this.#fields.blockCount, this.#fields.hasCache, {
      random: world.random,
      after: (delayMs, run) => world.after(delayMs, run),
      turn: (run) =>
        this.turn(() => {
          this.#unit?.time(this.localMs);
          run();
        }),
      changed: (lba, blockCount) => world.diskChanged(volume, lba, blockCount),
      fail: (what) => world.fail(what),
    });
  }

  #newStorage(volume: number): SimulatedPairStorage {
    const world = this.#fields.world;
    const geometry = { blockSize: 512, blockCount: this.#fields.blockCount };
    return new SimulatedPairStorage(mapLengthOf(geometry), {
      crashesHere: () => this.savesUntilCrash-- <= 0,
      mapChanged: (offset, before, after) => world.mapChanged(volume, offset, before, after),
      fail: (what) => world.fail(what),
    });
  }
}

function described(input: LinkInput): string {
  if (input.type === "path-sent") return `path-sent ${input.count}`;
  return input.type === "path-bytes" ? "path-bytes" : `${input.type} ${input.path}`;
}
