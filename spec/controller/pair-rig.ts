/**
 * Two whole controllers with the link between them, in one thread and without sockets: what one
 * sends arrives at the other as bytes that go bad as soon as nobody holds them.
 */
import type { MirrorOptions, Side } from "../../lib/mirror/config";
import type { LinkEffect } from "../../lib/mirror/link-events";
import type { VolumeStatus } from "../../lib/mirror/pair-status";
import { PoisonedChunk } from "../iscsi/support/poison";
import { OPTIONS } from "../mirror/support/options";
import { Rig } from "./rig";

const TIMING = { heartbeatMs: 100, leaseMs: 1000, driftMs: 100, peerWaitMs: 2000 };

interface Sent {
  readonly from: Side;
  readonly effect: LinkEffect;
}

export class PairRig {
  readonly sides: Readonly<Record<Side, Rig>>;
  readonly #sent: Sent[] = [];
  readonly #isUp: Record<Side, boolean> = { 1: false, 2: false };

  constructor(options: Partial<MirrorOptions> = {}, sanitizeRate = 0) {
    const make = (side: Side): Rig =>
      new Rig({
        ...{ side, firstMain: 1, survivor: 1, timing: TIMING },
        options: { ...OPTIONS, ...options },
        sanitizeRate,
        onLink: (effect) => void this.#sent.push({ from: side, effect }),
      });
    this.sides = { 1: make(1), 2: make(2) };
  }

  /** Both start and find each other; they are mirrored then. */
  start(): void {
    for (const side of [1, 2] as const) this.sides[side].deliver({ type: "start" });
    for (const side of [1, 2] as const) this.connect(side);
    this.settle();
    this.advance(500);
  }

  /** The path that `sender` sends on comes up. */
  connect(sender: Side): void {
    this.#isUp[sender] = true;
    this.sides[sender].deliver({ type: "path-up", path: "out" });
    this.sides[other(sender)].deliver({ type: "path-up", path: "in" });
  }

  /** The path that `sender` sends on is cut; what is on it is lost. */
  cut(sender: Side): void {
    if (!this.#isUp[sender]) return;
    this.#isUp[sender] = false;
    this.sides[sender].deliver({ type: "path-down", path: "out" });
    this.sides[other(sender)].deliver({ type: "path-down", path: "in" });
  }

  /** Carries what is on the link until nothing is. */
  settle(): void {
    for (let sent = this.#sent.shift(); sent !== undefined; sent = this.#sent.shift()) {
      this.#carry(sent);
    }
  }

  /** Lets time pass at both sides alike. */
  advance(ms: number): void {
    const { 1: first, 2: second } = this.sides;
    const end = first.nowMs + ms;
    for (;;) {
      const next = Math.min(first.controller.nextDeadline(), second.controller.nextDeadline());
      if (next > end) break;
      for (const side of [first, second]) {
        side.nowMs = Math.max(side.nowMs, next);
        side.deliver({ type: "time" });
      }
      this.settle();
    }
    for (const side of [first, second]) side.nowMs = end;
  }

  status(side: Side): VolumeStatus {
    return this.sides[side].controller.pairStatus()[0] as VolumeStatus;
  }

  #carry({ from, effect }: Sent): void {
    if (effect.type === "path-close") return this.cut(effect.path === "out" ? from : other(from));
    if (!this.#isUp[from]) return;
    const receiver = this.sides[other(from)];
    for (const bytes of effect.chunks) {
      const lease = new PoisonedChunk(bytes);
      receiver.deliver({ type: "path-bytes", chunk: lease.chunk, lease });
      lease.release();
    }
    if (this.#isUp[from]) this.sides[from].deliver({ type: "path-sent", count: 1 });
  }
}

export function other(side: Side): Side {
  return side === 1 ? 2 : 1;
}
