/**
 * The link between the two storage control units as one side has it: two one-way paths that count
 * only together, who is at the other end, and how long what it says may be relied on. It carries
 * messages and knows nothing of what they do. [0043] [0081]
 *
 *         both paths are up              HELLO comes with our session in it
 *   down ───────────────────▶ greeting ─────────────────────────────────────▶ up
 *    ▲                           │                                             │
 *    └── a path is lost, a refusal, no answer, no echo in leaseMs, `drop` ◀────┘
 *
 * Whatever ends it closes both paths; it begins again, with another session, when both are up anew.
 */
import { assert, unreachable } from "../base/assert";
import { getU32, getU16 } from "../base/bytes";
import type { Crc32c } from "../base/crc32c";
import type { Lease } from "../base/lease";
import { limits } from "../base/limits";
import type { MirrorTiming, Side } from "./config";
import type { LinkEffect, LinkInput, Path } from "./link-events";
import type { LinkFrame } from "./link-frame";
import { LinkFramer } from "./link-framer";
import { type Greeting, refusalOf, SESSION_LENGTH, VERSIONS } from "./link-greeting";
import { type Heartbeat, Heartbeats } from "./link-heartbeat";
import { LinkOutbox } from "./link-outbox";
import type { LinkMessage } from "./messages";

export interface LinkHandlers {
  up(): void;
  /**
   * Data is valid until this returns, and longer while `lease` is held; null: it stays as it is.
   */
  message(message: LinkMessage, lease: Lease | null): void;
  /** After each `up` once, with the reason in a sentence's end; the link is down already. */
  down(reason: string): void;
  /** It ended before it was up: who is at the other end is not who should be, or says nothing. */
  refused?(reason: string): void;
}

export interface LinkOptions {
  readonly side: Side;
  readonly timing: MirrorTiming;
  readonly crc32c: Crc32c;
  entropy(length: number): Uint8Array;
  /** Whether data is checked, if the other side does too. */
  readonly hasChecksums: boolean;
  readonly handlers: LinkHandlers;
}

type PathState = "down" | "up" | "closing";

/** One path as this side has it. `mustClose`: its `path-close` waits for `drain`. */
interface PathEnd {
  state: PathState;
  mustClose: boolean;
}

const PATHS: readonly Path[] = ["out", "in"];

export class Link {
  readonly #options: LinkOptions;
  readonly #paths: Readonly<Record<Path, PathEnd>> = {
    out: { state: "down", mustClose: false },
    in: { state: "down", mustClose: false },
  };
  #state: "down" | "greeting" | "up" = "down";
  #framer: LinkFramer;
  #outbox: LinkOutbox;
  /** This end's, from the greeting on. */
  #session = 0;
  #greetedAtMs = 0;
  /** What the other side said of itself, also before both paths are up. */
  #peer: Greeting | null = null;
  #heartbeats: Heartbeats | null = null;
  /** Inside `handle`, where bytes of the in path are being looked at. */
  #isReceiving = false;

  constructor(options: LinkOptions) {
    const { heartbeatMs, leaseMs } = options.timing;
    assert(Number.isInteger(heartbeatMs) && heartbeatMs > 0, "heartbeats come in milliseconds");
    assert(Number.isInteger(leaseMs) && leaseMs > heartbeatMs, "a lease outlasts a heartbeat");
    this.#options = options;
    this.#framer = new LinkFramer(options.crc32c);
    this.#outbox = new LinkOutbox(options.crc32c);
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /**
   * Until when what was heard may be relied on: `leaseMs` after this side sent the newest heartbeat
   * that the other has echoed. -Infinity while it is down.
   */
  get leaseUntilMs(): number {
    return this.#heartbeats?.leaseUntilMs ?? -Infinity;
  }

  /** Bytes the out path has not taken yet. */
  get backlog(): number {
    return this.#outbox.backlog;
  }

  handle(input: LinkInput, nowMs: number): void {
    switch (input.type) {
      case "path-up":
        return this.#pathUp(input.path, nowMs);
      case "path-down":
        return this.#pathDown(input.path);
      case "path-bytes":
        if (this.#paths.in.state === "up") this.#receive(input.chunk, input.lease, nowMs);
        return;
      case "path-sent":
        if (this.#paths.out.state === "up") this.#outbox.sent(input.count);
        return;
      default:
        unreachable(input);
    }
  }

  /** Call at `nextDeadline()` or later. */
  time(nowMs: number): void {
    if (this.#state === "down") return;
    if (this.#outbox.backlog > limits.linkBacklogMax) {
      return this.drop(`${this.#outbox.backlog} bytes were not taken by ${this.#pathName("out")}`);
    }
    if (this.#heartbeats === null) {
      const { leaseMs } = this.#options.timing;
      if (nowMs < this.#greetedAtMs + leaseMs) return;
      return this.drop(`the other side did not answer the greeting in ${leaseMs} ms`);
    }
    if (nowMs >= this.#heartbeats.leaseUntilMs) return this.drop(this.#heartbeats.lossAt(nowMs));
    const heartbeat = this.#heartbeats.next(nowMs);
    if (heartbeat !== null) this.#outbox.add(heartbeat);
  }

  /** When `time` wants to be called, in ms; Infinity: never. */
  nextDeadline(): number {
    if (this.#state === "down") return Infinity;
    if (this.#outbox.backlog > limits.linkBacklogMax) return -Infinity;
    return this.#heartbeats?.nextDeadline ?? this.#greetedAtMs + this.#options.timing.leaseMs;
  }

  drain(sink: (effect: LinkEffect) => void): void {
    for (const path of PATHS) {
      const end = this.#paths[path];
      if (!end.mustClose) continue;
      end.mustClose = false;
      sink({ type: "path-close", path });
    }
    const chunks = this.#outbox.take();
    if (chunks !== null) sink({ type: "path-send", chunks });
  }

  /**
   * Sends a message; its data stays as it is until `release` is called, exactly once: when the path
   * has taken it or the link is down. At once if it is down already: nothing is sent then.
   */
  send(message: LinkMessage, release?: () => void): void {
    if (this.#state === "up") this.#outbox.add(message, release);
    else release?.();
  }

  /** Ends the link and closes both paths; `down` is called before this returns. */
  drop(reason: string): void {
    const wasUp = this.#state === "up";
    const open = PATHS.filter((path) => this.#paths[path].state === "up");
    if (this.#state === "down" && open.length === 0) return;
    this.#state = "down";
    for (const path of open) {
      this.#paths[path].state = "closing";
      this.#paths[path].mustClose = true;
    }
    this.#session = 0;
    this.#peer = null;
    this.#heartbeats = null;
    this.#framer.close();
    if (!this.#isReceiving) this.#framer.settle();
    this.#outbox.drop();
    const { handlers } = this.#options;
    if (wasUp) handlers.down(reason);
    else handlers.refused?.(reason);
  }

  #pathUp(path: Path, nowMs: number): void {
    assert(this.#paths[path].state === "down", "a path goes down before it comes up again");
    this.#paths[path].state = "up";
    const { crc32c } = this.#options;
    if (path === "in") this.#framer = new LinkFramer(crc32c);
    else this.#outbox = new LinkOutbox(crc32c);
    if (this.#paths.in.state === "up" && this.#paths.out.state === "up") this.#greet(nowMs);
  }

  #pathDown(path: Path): void {
    const end = this.#paths[path];
    const wasUp = end.state === "up";
    end.state = "down";
    end.mustClose = false;
    if (!wasUp) return;
    if (this.#state !== "down") return this.drop(`${this.#pathName(path)} was lost`);
    // The one path there was: nobody has been greeted on it.
    this.#peer = null;
    this.#framer.close();
    this.#framer.settle();
  }

  /** Both paths are there: who this side is goes out once, and again when the other is known. */
  #greet(nowMs: number): void {
    const random = this.#options.entropy(SESSION_LENGTH);
    this.#session = Math.max(1, getU16(random, 0) * 2 ** 32 + getU32(random, 2));
    this.#greetedAtMs = nowMs;
    this.#state = "greeting";
    this.#sendGreeting();
  }

  #sendGreeting(): void {
    const { side, timing, hasChecksums } = this.#options;
    this.#outbox.add({
      type: "hello",
      versionMin: VERSIONS.min,
      versionMax: VERSIONS.max,
      side,
      session: this.#session,
      echo: this.#peer?.session ?? 0,
      heartbeatMs: timing.heartbeatMs,
      leaseMs: timing.leaseMs,
      checksData: hasChecksums,
    });
  }

  #receive(chunk: Uint8Array, lease: Lease | null, nowMs: number): void {
    const framer = this.#framer;
    this.#isReceiving = true;
    framer.push(chunk, lease);
    for (let cut = framer.next(); cut !== null; cut = framer.next()) {
      if (typeof cut === "string") this.drop(cut);
      else this.#frame(cut.frame, cut.lease, nowMs);
    }
    this.#isReceiving = false;
    framer.settle();
  }

  #frame(frame: LinkFrame, lease: Lease | null, nowMs: number): void {
    if (frame.type === "hello") return this.#hello(frame, nowMs);
    if (this.#heartbeats === null) return this.drop(`it sent ${frame.type} before its greeting`);
    if (frame.type === "heartbeat") return this.#heartbeat(frame, nowMs, this.#heartbeats);
    if (nowMs >= this.#heartbeats.leaseUntilMs) {
      return this.drop(`what it sent is stale: ${this.#heartbeats.lossAt(nowMs)}`);
    }
    this.#options.handlers.message(frame, lease);
  }

  #hello(hello: Greeting, nowMs: number): void {
    const refusal = refusalOf(hello, this.#options);
    if (refusal !== null) return this.drop(refusal);
    const isFirst = this.#peer === null;
    // The second one is there to carry the echo, and there is no third.
    const isSecond = hello.session === this.#peer?.session && hello.echo !== 0;
    if (this.#state === "up" || !(isFirst || isSecond)) return this.drop("it greeted again");
    if (hello.echo !== 0 && hello.echo !== this.#session) {
      return this.drop("it answered a greeting that is not this side's last");
    }
    this.#peer = hello;
    if (this.#state !== "greeting") return;
    if (isFirst) this.#sendGreeting();
    if (hello.echo === this.#session) this.#comeUp(hello, nowMs);
  }

  #comeUp(peer: Greeting, nowMs: number): void {
    const { timing, hasChecksums, handlers } = this.#options;
    const heartbeats = new Heartbeats(timing, this.#greetedAtMs, nowMs);
    if (nowMs >= heartbeats.leaseUntilMs) return this.drop("its answer to the greeting is stale");
    const checksData = hasChecksums && peer.checksData;
    this.#framer.checksData = checksData;
    this.#outbox.checksData = checksData;
    this.#heartbeats = heartbeats;
    this.#state = "up";
    const first = heartbeats.next(nowMs);
    if (first !== null) this.#outbox.add(first);
    handlers.up();
  }

  #heartbeat(heartbeat: Heartbeat, nowMs: number, heartbeats: Heartbeats): void {
    const fault = heartbeats.heard(heartbeat, nowMs);
    if (fault !== null) this.drop(fault);
  }

  /** By the patent's numbers: 202 leads from the first side to the second. */
  #pathName(path: Path): string {
    return `path ${(this.#options.side === 1) === (path === "out") ? 202 : 203}`;
  }
}
