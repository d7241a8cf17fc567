/**
 * One storage control unit of the pair, 301 or 302, whole: the link to the other, and for each
 * volume its pair, its traffic and its control. One synchronous object: inputs go in, effects wait
 * for `drain`. It knows no iSCSI and no SCSI.
 *
 *                  ┌──▶ Pair ◀───────┐ standing, books
 *   Link ──by volume──▶ MirrorVolume ┤
 *                  └──▶ Control ─────┘
 */
import { assert } from "../base/assert";
import { BufferPool } from "../base/buffer-pool";
import { getU32 } from "../base/bytes";
import type { Lease } from "../base/lease";
import { limits } from "../base/limits";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice } from "../block/device";
import type { MirrorConfig, MirrorPorts, Side, VolumeConfig } from "./config";
import type { ControlAnswer } from "./control";
import { Control } from "./control";
import { Link } from "./link";
import type { LinkEffect, LinkInput } from "./link-events";
import type { LinkMessage } from "./messages";
import { Pair } from "./pair";
import type { AccessState, PairAnswer, PairCommand, VolumeStatus } from "./pair-status";
import { RelayJournal } from "./relay-journal";
import { commandNumber } from "./steps";
import type { TrafficStatus } from "./volume";
import { MirrorVolume } from "./volume";

/** All of one volume at this side. */
interface Parts {
  readonly pair: Pair;
  readonly traffic: MirrorVolume;
  readonly control: Control;
}

export interface UnitStatus extends VolumeStatus {
  readonly traffic: TrafficStatus;
  /** Actions on reservations and mode pages that have not been answered. */
  readonly controls: number;
}

/** Between the places where a process may begin to count; the last is far from 2^48. */
const COUNTS_APART = 2 ** 14;

export class StorageControlUnit {
  readonly #config: MirrorConfig;
  readonly #ports: MirrorPorts & { readonly completions: CompletionQueue };
  readonly #link: Link;
  readonly #volumes = new Map<number, Parts>();
  readonly #buffers = new BufferPool({
    limit: limits.mirrorBuffersMax,
    waitersMax: limits.mirrorRelaysMax,
  });
  #nowMs = -Infinity;
  /** Begins where chance has it: the other side may remember what an earlier process gave. */
  #count: number;
  #isStopping = false;
  /** `stop` has been answered, or need not be. */
  #whenStopped: (() => void) | null = null;

  /** `ports.completions`: where the volumes' devices put their jobs, too. */
  constructor(
    config: MirrorConfig,
    ports: MirrorPorts & { readonly completions: CompletionQueue },
  ) {
    this.#config = config;
    this.#ports = ports;
    this.#count = getU32(ports.entropy(4), 0) * COUNTS_APART;
    this.#link = new Link({
      side: config.side,
      timing: config.timing,
      crc32c: ports.crc32c,
      entropy: (length) => ports.entropy(length),
      hasChecksums: config.linkChecksums ?? true,
      handlers: {
        up: () => this.#each(({ pair }) => pair.linkUp(this.#nowMs)),
        message: (message, lease) => this.#receive(message, lease),
        down: (reason) => this.#linkDown(reason),
        refused: (reason) => this.#report("warn", `The link was not made: ${reason}.`),
      },
    });
    for (const volume of config.volumes) this.#volumes.set(volume.number, this.#partsOf(volume));
  }

  /** The mirrored volume, as this side's hosts have it. */
  volume(number: number): BlockDevice {
    return this.#parts(number).traffic;
  }

  start(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#each(({ pair }) => pair.start(nowMs));
  }

  handle(input: LinkInput, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#link.handle(input, nowMs);
  }

  /** At `nextDeadline()` or later, and in every turn before jobs end: reads ask for the time. */
  time(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#link.time(nowMs);
    this.#each(({ pair }) => pair.time(nowMs));
  }

  nextDeadline(): number {
    let earliest = this.#link.nextDeadline();
    this.#each(({ pair }) => (earliest = Math.min(earliest, pair.nextDeadline())));
    return earliest;
  }

  drain(sink: (effect: LinkEffect) => void): void {
    this.#link.drain(sink);
  }

  /**
   * Has an action applied on both sides in the one order of both; `done` comes once, also from
   * within. The action's bytes stay as they are until then.
   */
  propose(volume: number, action: Uint8Array, done: (answer: ControlAnswer) => void): void {
    if (this.#isStopping) done("unavailable");
    else this.#parts(volume).control.propose(action, done);
  }

  status(): readonly UnitStatus[] {
    return [...this.#volumes.values()].map(({ pair, traffic, control }) => ({
      ...pair.status(),
      traffic: traffic.status(),
      controls: control.pendingCount,
    }));
  }

  /** What the pair of one volume is, without its traffic. */
  pairStatus(volume: number): VolumeStatus {
    return this.#parts(volume).pair.status();
  }

  command(volume: number, command: PairCommand, done: (answer: PairAnswer) => void): void {
    const parts = this.#volumes.get(volume);
    if (parts !== undefined) return parts.pair.command(command, done);
    done({ ok: false, text: `There is no volume ${volume}.` });
  }

  /** What the ports of both sides report of themselves. */
  accessStates(volume: number): ReadonlyMap<Side, AccessState> {
    return this.#parts(volume).pair.accessStates();
  }

  /**
   * For the end of the process, when no host has a job here any more: the link goes down, and
   * `then` comes when nothing is under way at the volumes' devices.
   */
  stop(then: () => void): void {
    this.#isStopping = true;
    let left = this.#volumes.size;
    this.#whenStopped = then;
    if (left === 0) return this.#stopped();
    this.#each(({ traffic }) =>
      traffic.whenQuiet(() => {
        left--;
        if (left === 0) this.#stopPairs();
      }),
    );
  }

  /** Asserts what must hold between any two inputs. */
  invariants(): void {
    this.#each(({ traffic }) => traffic.invariants());
  }

  #stopPairs(): void {
    let left = this.#volumes.size;
    this.#each(({ pair }) => pair.stop(this.#nowMs));
    this.#link.drop("this side stops");
    this.#each(({ pair }) =>
      pair.whenIdle(() => {
        left--;
        if (left === 0) this.#stopped();
      }),
    );
  }

  #stopped(): void {
    const then = this.#whenStopped;
    this.#whenStopped = null;
    then?.();
  }

  #partsOf(volume: VolumeConfig): Parts {
    const { side, options } = this.#config;
    const { number } = volume;
    const ports = this.#ports;
    const nextCount = (): number => ++this.#count;
    const drop = (reason: string): void => this.#link.drop(reason);
    const pair: Pair = this.#pairOf(volume, () => ({ traffic, control }));
    const traffic = new MirrorVolume({
      side,
      volume: number,
      options,
      device: volume.device,
      journal: this.#journalOf(volume),
      pair,
      completions: ports.completions,
      buffers: this.#buffers,
      crc32c: ports.crc32c,
      step: (of, command, job, step) => ports.step(of, command, job, step),
      isReserved: (of, origin) => ports.isReserved(of, origin),
      send: (message, release) => this.#link.send(message, release),
      drop,
      isLinkUp: () => this.#link.isUp,
      report: (level, text) => ports.report(level, number, text),
      nowMs: () => this.#nowMs,
      nextCount,
    });
    const control = new Control({
      volume: number,
      pair,
      unitState: ports.unitState,
      whenSettled: (then) => traffic.whenSettled(then),
      send: (message) => this.#link.send(message),
      drop,
      nextNumber: () => commandNumber(side, nextCount()),
    });
    return { pair, traffic, control };
  }

  #journalOf({ journal }: VolumeConfig): RelayJournal | null {
    if (this.#config.options.communicationMedium === "cache") return null;
    assert(journal !== undefined, "a communication volume on a disk has one");
    return new RelayJournal(journal, this.#ports.crc32c);
  }

  #pairOf(volume: VolumeConfig, parts: () => Omit<Parts, "pair">): Pair {
    const { number } = volume;
    const ports = this.#ports;
    return new Pair({
      config: this.#config,
      volume,
      link: this.#link,
      traffic: () => {
        const { traffic, control } = parts();
        return {
          standingChanged: () => {
            traffic.standingChanged();
            control.standingChanged();
          },
          // In this order: an action waits for writes, and no write waits for an action.
          quiesce: (then) => control.quiesce(() => traffic.quiesce(then)),
          whenIdle: (then) => traffic.whenIdle(then),
          offerEarly: (isWelcome) => traffic.offerEarly(isWelcome),
          holdRange: (lba, blockCount, then) => traffic.holdRange(lba, blockCount, then),
        };
      },
      snapshot: () => parts().control.snapshot(),
      restore: (bytes) => parts().control.restore(bytes),
      crc32c: ports.crc32c,
      entropy: (length) => ports.entropy(length),
      report: (level, text) => ports.report(level, number, text),
      accessChanged: () => ports.accessChanged(number),
    });
  }

  #receive(message: LinkMessage, lease: Lease | null): void {
    const parts = this.#volumes.get(message.volume);
    if (parts === undefined) return this.#link.drop(`it speaks of volume ${message.volume}`);
    switch (message.type) {
      case "pair":
        return parts.pair.receive(message, lease, this.#nowMs);
      case "control":
      case "control-apply":
      case "control-end":
        return parts.control.receive(message);
      default:
        return parts.traffic.receive(message, lease);
    }
  }

  #linkDown(reason: string): void {
    if (!this.#isStopping) this.#report("warn", `The link is down: ${reason}.`);
    this.#each(({ pair, traffic, control }) => {
      traffic.linkDown();
      control.linkDown();
      pair.linkDown(this.#nowMs);
    });
  }

  /** What concerns no volume more than another is told of each. */
  #report(level: "info" | "warn" | "error", text: string): void {
    for (const number of this.#volumes.keys()) this.#ports.report(level, number, text);
  }

  #each(then: (parts: Parts) => void): void {
    for (const parts of this.#volumes.values()) then(parts);
  }

  #parts(number: number): Parts {
    const parts = this.#volumes.get(number);
    assert(parts !== undefined, "volumes are asked for by their numbers");
    return parts;
  }
}
