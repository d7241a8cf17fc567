/**
 * Two control units that need no protocol, for they know each other: every job is done on both
 * disks under one lock. They show that the simulator finds nothing wrong where nothing is, and,
 * broken on purpose, that it finds what is.
 */
import type { BlockDevice } from "../../lib/block/device";
import { Job } from "../../lib/block/job";
import type { MirrorConfig, Side } from "../../lib/mirror/config";
import type { VolumeStatus } from "../../lib/mirror/pair-status";
import type { ControlUnit, MakeUnit, UnitPorts } from "./control-unit";

export type FakeFlaw = "none" | "one-copy" | "reads-wait-not" | "answers-early" | "twice-applied";

/** What both units of one world share: the lock, and each other. */
interface Shared {
  readonly units: Map<Side, FakeUnit>;
  readonly waiting: (() => void)[];
  isBusy: boolean;
  readonly flaw: FakeFlaw;
}

/** Between the first copy and the second. */
const COPY_MS = 2;

class FakeUnit implements ControlUnit {
  readonly side: Side;
  readonly config: MirrorConfig;
  readonly ports: UnitPorts;
  readonly #shared: Shared;
  readonly #later: { readonly atMs: number; readonly run: () => void }[] = [];
  #nowMs = 0;

  constructor(config: MirrorConfig, ports: UnitPorts, shared: Shared) {
    this.side = config.side;
    this.config = config;
    this.ports = ports;
    this.#shared = shared;
    shared.units.set(config.side, this);
  }

  /** No map of a pair that needs none says where copies are equal. */
  start(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const { storage } of this.config.volumes)
      storage.saveMap(0, Buffer.alloc(storage.map.length, 0xff));
    if (this.#shared.units.size === 2) this.#unlock();
  }

  handle(_: unknown, nowMs: number): void {
    this.#nowMs = nowMs;
  }

  time(nowMs: number): void {
    this.#nowMs = nowMs;
    while ((this.#later[0]?.atMs ?? Infinity) <= nowMs) this.#later.shift()?.run();
  }

  stop(then: () => void): void {
    then();
  }

  invariants(): void {}
  drain(): void {}

  /** Jobs of this side may end in the other's turns, so it looks often. */
  nextDeadline(): number {
    return this.#nowMs + 0.5;
  }

  leaks(): string[] {
    return this.#shared.isBusy ? ["the lock is held"] : [];
  }

  command(_: number, __: unknown, done: (answer: { ok: boolean; text: string }) => void): void {
    done({ ok: false, text: "a fake pair needs no commands" });
  }

  propose(volume: number, action: Uint8Array, done: (answer: Uint8Array | null) => void): void {
    this.#locked((unlock) => {
      const units = [...this.#shared.units.values()];
      if (this.#shared.flaw === "twice-applied") units.push(units[0] as FakeUnit);
      let left = units.length;
      for (const unit of units)
        unit.ports.unitState.apply(volume, action, (answer) => {
          if (--left > 0) return;
          unlock();
          done(answer);
        });
    });
  }

  status(volume: number): VolumeStatus {
    const role = this.side === this.config.firstMain ? "main" : "sub";
    return {
      ...{ number: volume, side: this.side, role, state: "PAIR", standing: "mirrored" },
      ...{ isConsistent: true, isLinked: true, pairId: "00", epoch: 1, differingBytes: 0 },
      ...{ resync: null, verify: null, lastVerify: null, problem: null },
    };
  }

  volume(number: number): BlockDevice {
    const { device } = this.config.volumes[number] as MirrorConfig["volumes"][0];
    return {
      geometry: device.geometry,
      can: device.can,
      identity: device.identity,
      submit: (job) => this.#submit(number, job),
      abort: (job) => (job.isAborted = true),
    };
  }

  #submit(number: number, job: Job): void {
    const { flaw, units } = this.#shared;
    const isWriting = job.op !== "read" && job.op !== "flush";
    if (!isWriting && flaw === "reads-wait-not")
      return this.#perform(number, job, [this], () => {});
    this.#locked((unlock) => {
      if (job.origin !== null && this.ports.isReserved(number, job.origin)) {
        this.ports.completions.push(job, "reserved");
        return unlock();
      }
      const both = isWriting ? [...units.values()] : [this];
      this.#perform(number, job, flaw === "one-copy" ? [this] : both, unlock);
    });
  }

  /** Does a job on the disks of some units, one after the other. */
  #perform(number: number, job: Job, units: readonly FakeUnit[], unlock: () => void): void {
    const [unit, ...others] = units as readonly [FakeUnit, ...FakeUnit[]];
    const isEarly = this.#shared.flaw === "answers-early";
    const { op, lba, blockCount, fua } = job;
    const data = job.data.map((view) => (op === "read" ? view : Buffer.from(view)));
    const onDone = (done: Job): void => {
      job.miscompareAt = done.miscompareAt;
      if (others.length === 0 || isEarly) this.ports.completions.push(job, done.status);
      if (others.length === 0 || isEarly) unlock();
      if (others.length === 0) return;
      const next = isEarly ? new Job({ op, lba, blockCount, data, fua, onDone: () => {} }) : job;
      const copy = (): void => this.#perform(number, next, others, isEarly ? () => {} : unlock);
      this.#later.push({ atMs: this.#nowMs + COPY_MS, run: copy });
    };
    const { device } = unit.config.volumes[number] as MirrorConfig["volumes"][0];
    device.submit(new Job({ op, lba, blockCount, data, fua, onDone }));
  }

  #locked(run: (unlock: () => void) => void): void {
    const shared = this.#shared;
    const begin = (): void => {
      shared.isBusy = true;
      run(() => this.#unlock());
    };
    if (shared.isBusy) shared.waiting.push(begin);
    else begin();
  }

  #unlock(): void {
    this.#shared.isBusy = false;
    this.#shared.waiting.shift()?.();
  }
}

/** Makes both units of one world. */
export function fakePair(flaw: FakeFlaw): MakeUnit {
  // Locked until both have started.
  const shared: Shared = { units: new Map(), waiting: [], isBusy: true, flaw };
  return (config, ports) => new FakeUnit(config, ports, shared);
}
