/** Two pairs over a link of the spec's own, with virtual time. */
import type { MirrorOptions, MirrorTiming, Side } from "../../../lib/mirror/config";
import { encodeBody, kindOf } from "../../../lib/mirror/pair-messages";
import type { PairMessage } from "../../../lib/mirror/pair-messages";
import type { PairAnswer, PairCommand } from "../../../lib/mirror/pair-status";
import { REGION_BLOCKS } from "./pair-rig-disk";
import { OPTIONS } from "./options";
import { RigSide } from "./pair-rig-side";

export { REGION_BLOCKS } from "./pair-rig-disk";
export type { HostWrite, Outcome } from "./pair-rig-side";

export const SIDES: readonly Side[] = [1, 2];

export const TIMING: MirrorTiming = {
  heartbeatMs: 100,
  leaseMs: 1000,
  driftMs: 50,
  peerWaitMs: 5000,
};

interface Carried {
  readonly name: string;
  readonly kind: number;
  readonly data: readonly Uint8Array[];
  readonly run?: () => void;
}

export interface RigConfig {
  readonly firstMain: Side;
  readonly survivor: Side | null;
  readonly options: MirrorOptions;
  readonly timing: MirrorTiming;
  readonly resyncRate?: number;
}

export class Rig {
  readonly config: RigConfig;
  readonly sides: readonly RigSide[];
  /** What is on its way from side 1, from side 2. */
  readonly queues: [Carried[], Carried[]] = [[], []];
  readonly sent: { side: Side; name: string; length: number }[] = [];
  nowMs = 0;
  isLinked = false;
  readonly #up = new Set<Side>();
  #later: (() => void)[] = [];
  #entropy = 0;

  constructor(config: Partial<RigConfig> = {}, regions = 16) {
    this.config = { firstMain: 1, survivor: 1, options: OPTIONS, timing: TIMING, ...config };
    this.sides = SIDES.map((side) => new RigSide(this, side, regions * REGION_BLOCKS));
  }

  side(side: Side): RigSide {
    return this.sides[side - 1] as RigSide;
  }

  entropy(length: number): Uint8Array {
    this.#entropy++;
    return Uint8Array.from({ length }, (_, at) => (this.#entropy * 31 + at) & 0xff);
  }

  boot(...sides: Side[]): this {
    for (const side of sides) {
      this.side(side).boot();
      this.#up.add(side);
    }
    return this;
  }

  crash(side: Side): void {
    this.cut();
    this.#up.delete(side);
  }

  restart(side: Side): void {
    this.side(side).boot();
    this.#up.add(side);
  }

  connect(): this {
    this.connectOnly();
    return this.pump();
  }

  /** The link is up, and nothing has been said on it yet. */
  connectOnly(): void {
    if (this.isLinked || this.#up.size < 2) return;
    this.isLinked = true;
    for (const { link } of this.sides) Object.assign(link, { isUp: true });
    this.#refreshLeases();
    for (const { pair } of this.sides) pair.linkUp(this.nowMs);
  }

  cut(): void {
    if (!this.isLinked) return;
    this.#refreshLeases();
    this.isLinked = false;
    for (const queue of this.queues) queue.length = 0;
    for (const side of this.sides) {
      Object.assign(side.link, { isUp: false });
      side.cut();
      if (this.#up.has(side.side)) side.pair.linkDown(this.nowMs);
    }
  }

  /** Something of the traffic's own on the link, in its order. */
  carry(from: Side, run: () => void): void {
    if (this.isLinked) this.queues[from - 1]?.push({ name: "traffic", kind: 0, data: [], run });
  }

  /** A message that the side's pair did not send. */
  inject(from: Side, name: PairMessage, data: readonly Uint8Array[]): void {
    this.queues[from - 1]?.push({ name, kind: kindOf(name), data: encodeBody({ data }) });
  }

  later(run: () => void): void {
    this.#later.push(run);
  }

  /** Everything that needs no time, or at most so many steps of it. */
  pump(steps = Infinity): this {
    for (let step = 0; step < steps && this.#step(); step++);
    return this;
  }

  /** One step after the other until it is so. */
  pumpUntil(isSo: () => boolean): this {
    for (let step = 0; !isSo(); step++) {
      if (step > 10_000) throw new Error("it never comes to that");
      this.pump(1);
    }
    return this;
  }

  advance(ms: number): this {
    const end = this.nowMs + ms;
    this.pump();
    while (this.nowMs < end) {
      this.nowMs = Math.min(end, this.nowMs + 50);
      this.#refreshLeases();
      for (const side of SIDES) {
        const { pair } = this.side(side);
        if (this.#up.has(side) && pair.nextDeadline() <= this.nowMs) pair.time(this.nowMs);
      }
      this.pump();
    }
    return this;
  }

  command(side: Side, command: PairCommand): PairAnswer {
    const answers: PairAnswer[] = [];
    this.side(side).pair.command(command, (answer) => answers.push(answer));
    this.pump();
    if (answers.length > 1) throw new Error("answered twice");
    return answers[0] ?? { ok: false, text: "no answer" };
  }

  /** State, role and standing of both sides in a few words. */
  get seen(): string[] {
    return this.sides.map(({ pair }) => {
      const { state, role, standing } = pair.status();
      return `${state} ${role} ${standing}`;
    });
  }

  /** Blocks that differ between the copies. */
  differing(): number[] {
    const [first, second] = this.sides.map((side) => side.content) as [Uint8Array, Uint8Array];
    return [...first.keys()].filter((lba) => first[lba] !== second[lba]);
  }

  /** Whether the maps as they are kept on the two sides cover a block. */
  isCovered(lba: number): boolean {
    const region = Math.floor(lba / REGION_BLOCKS);
    return this.sides.some(
      ({ storage }) => ((storage.map[region >>> 3] as number) & (0x80 >>> (region & 7))) !== 0,
    );
  }

  #step(): boolean {
    const later = this.#later;
    this.#later = [];
    for (const run of later) run();
    for (const from of SIDES) {
      const carried = this.queues[from - 1]?.shift();
      if (carried === undefined) continue;
      if (carried.run !== undefined) carried.run();
      else this.side(from === 1 ? 2 : 1).pair.receive(carried, null, this.nowMs);
      return true;
    }
    for (const side of this.sides) {
      if (side.completions.isEmpty) continue;
      side.completions.run();
      return true;
    }
    return false;
  }

  #refreshLeases(): void {
    if (!this.isLinked) return;
    for (const { link } of this.sides) link.leaseUntilMs = this.nowMs + TIMING.leaseMs;
  }
}
