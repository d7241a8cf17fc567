/**
 * Two ends of a link and the two paths between them in virtual time: delays, cuts, paths that
 * swallow what they are given. An end is a `Link`, or whatever has one inside. The bytes a path
 * delivers are overwritten as soon as nobody holds them, and a sender that changes what a path has
 * not yet taken is found out.
 */
import { crc32c } from "../../../lib/base/crc32c";
import type { Lease } from "../../../lib/base/lease";
import { Prng } from "../../../lib/base/prng";
import type { MirrorTiming, Side } from "../../../lib/mirror/config";
import { Link, type LinkHandlers } from "../../../lib/mirror/link";
import type { LinkEffect, LinkInput, Path } from "../../../lib/mirror/link-events";
import type { LinkMessage } from "../../../lib/mirror/messages";

export interface LinkEnd {
  handle(input: LinkInput, nowMs: number): void;
  time(nowMs: number): void;
  nextDeadline(): number;
  drain(sink: (effect: LinkEffect) => void): void;
}

/** 202 leads from side 1 to side 2, 203 back. */
export type PathNumber = 202 | 203;

export const TIMING: MirrorTiming = {
  heartbeatMs: 100,
  leaseMs: 1000,
  driftMs: 10,
  peerWaitMs: 5000,
};

/** A link for side `side` with the specs' ordinary parts. */
export function linkOf(
  side: Side,
  handlers: LinkHandlers,
  options: { timing?: MirrorTiming; hasChecksums?: boolean; seed?: number } = {},
): Link {
  const prng = new Prng((options.seed ?? 1) * 2 + side);
  return new Link({
    side,
    timing: options.timing ?? TIMING,
    crc32c,
    entropy: (length) => prng.bytes(length),
    hasChecksums: options.hasChecksums ?? true,
    handlers,
  });
}

/** Handlers that write down what they were told; messages as owned copies. */
export interface Heard extends LinkHandlers {
  readonly events: string[];
  readonly messages: LinkMessage[];
}

export function heard(): Heard {
  const events: string[] = [];
  const messages: LinkMessage[] = [];
  return {
    events,
    messages,
    up: () => void events.push("up"),
    message: (message) => void messages.push(owned(message)),
    down: (reason) => void events.push(`down: ${reason}`),
    refused: (reason) => void events.push(`refused: ${reason}`),
  };
}

/** The same message, its data one copy of its own, so that it compares however it was cut. */
export function owned(message: LinkMessage): LinkMessage {
  if (!("data" in message)) return { ...message };
  const data = Buffer.concat(message.data);
  return { ...message, data: data.length === 0 ? [] : [data] };
}

/** Received bytes: turned to rubbish when their turn is over and nobody holds them. */
export class ChunkLease implements Lease {
  readonly bytes: Buffer;
  holds = 1;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  hold(): void {
    if (this.holds === 0) throw new Error("held after it was given back");
    this.holds++;
  }

  release(): void {
    if (this.holds === 0) throw new Error("released more often than held");
    this.holds--;
    if (this.holds === 0) this.bytes.fill(0xdd);
  }
}

interface PathWires {
  readonly from: Side;
  delayMs: number;
  /** Of the ends as they know it. */
  readonly isUp: { out: boolean; in: boolean };
  /** Whether what is sent now is lost, and nobody told. */
  isSilent: boolean;
  /** Counts connections, and which ends have known of this one. */
  connection: number;
  readonly hasJoined: { out: boolean; in: boolean };
  /** Its out end has been told to close: what was sent may change. */
  isClosing: boolean;
  /** What arrived before the in end knew of the connection. */
  early: Buffer[];
  /** Goes on when what is on its way is lost. */
  flight: number;
  lastArrivalMs: number;
}

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

function wires(from: Side, delayMs: number): PathWires {
  return {
    from,
    delayMs,
    isUp: { out: false, in: false },
    isSilent: false,
    connection: 0,
    hasJoined: { out: false, in: false },
    isClosing: false,
    early: [],
    flight: 0,
    lastArrivalMs: 0,
  };
}

export class LinkPair {
  nowMs = 0;
  readonly #ends: readonly [LinkEnd, LinkEnd];
  readonly #paths: Readonly<Record<PathNumber, PathWires>>;
  readonly #prng: Prng | null;
  readonly #pending: Pending[] = [];
  readonly #pausedUntilMs = [-Infinity, -Infinity];
  /** What happened to a side that stands still. */
  readonly #waiting: readonly [(() => void)[], (() => void)[]] = [[], []];
  #order = 0;
  /** Leases of chunks delivered. */
  readonly leases: ChunkLease[] = [];

  /** `splitSeed`: what a path is given arrives in pieces of random lengths. */
  constructor(
    ends: readonly [LinkEnd, LinkEnd],
    options: { delayMs?: number; splitSeed?: number } = {},
  ) {
    const { delayMs = 1, splitSeed } = options;
    this.#ends = ends;
    this.#paths = { 202: wires(1, delayMs), 203: wires(2, delayMs) };
    this.#prng = splitSeed === undefined ? null : new Prng(splitSeed);
  }

  /** Two links, and what they told. */
  static ofLinks(options: Parameters<typeof linkOf>[2] & { delayMs?: number } = {}): {
    pair: LinkPair;
    links: readonly [Link, Link];
    heard: readonly [Heard, Heard];
  } {
    const both = [heard(), heard()] as const;
    const links = [linkOf(1, both[0], options), linkOf(2, both[1], options)] as const;
    return { pair: new LinkPair(links, options), links, heard: both };
  }

  /** Connects both paths, or the one given. */
  connect(...paths: PathNumber[]): void {
    for (const number of paths.length === 0 ? ([202, 203] as const) : paths) {
      this.raise(number, "out");
      this.raise(number, "in");
    }
  }

  /** As the owner of the sockets would: connects anew each path that an end misses. */
  reconnect(): void {
    for (const number of [202, 203] as const) {
      const { isUp } = this.#paths[number];
      if (isUp.out && isUp.in) continue;
      this.cut(number);
      this.connect(number);
    }
  }

  /** One end of a path learns that it is there; of a new one if it knew of the one before. */
  raise(number: PathNumber, end: Path): void {
    const path = this.#paths[number];
    if (path.isUp[end]) throw new Error(`${number} is up at its ${end} end`);
    if (path.hasJoined[end]) {
      this.cut(number);
      path.connection++;
      path.hasJoined.out = path.hasJoined.in = path.isClosing = false;
      path.early = [];
    }
    path.hasJoined[end] = true;
    path.isUp[end] = true;
    this.#give(this.#sideAt(number, end), { type: "path-up", path: end });
    if (end === "in") for (const bytes of path.early.splice(0)) this.#deliver(number, bytes);
  }

  /** Ends a path for both ends; what is on its way is lost. */
  cut(number: PathNumber): void {
    this.lower(number, "out");
    this.lower(number, "in");
  }

  /** One end of a path learns that it is gone; what is on its way is lost. */
  lower(number: PathNumber, end: Path): void {
    const path = this.#paths[number];
    path.flight++;
    if (!path.isUp[end]) return;
    path.isUp[end] = false;
    this.#give(this.#sideAt(number, end), { type: "path-down", path: end });
  }

  /** From now on a path delivers nothing and confirms nothing, not even its end; or does again. */
  silence(number: PathNumber, isSilent: boolean): void {
    this.#paths[number].isSilent = isSilent;
  }

  /** What is given to a path from now on takes so long; order is kept. */
  delay(number: PathNumber, delayMs: number): void {
    this.#paths[number].delayMs = delayMs;
  }

  /** A side's process stands still: what happens to it waits, also its clock's deadlines. */
  pause(side: Side, forMs: number): void {
    this.#pausedUntilMs[side - 1] = this.nowMs + forMs;
    this.#later(this.nowMs + forMs, () => {
      if (this.#resumesAtMs(side) > this.nowMs) return;
      for (const happen of this.#waitingOf(side).splice(0)) happen();
    });
  }

  /** Bytes at the in end of a path, from wherever. */
  inject(number: PathNumber, bytes: Uint8Array): void {
    this.#deliver(number, Buffer.from(bytes));
  }

  /** Lets an end's effects out: after something was asked of it from outside. */
  flush(): void {
    this.#drain(1);
    this.#drain(2);
  }

  run(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    this.flush();
    for (;;) {
      const deadlines = ([1, 2] as const).map((side) => this.#deadlineOf(side));
      const nextMs = Math.max(
        this.nowMs,
        Math.min(this.#pending[0]?.atMs ?? Infinity, ...deadlines),
      );
      if (nextMs > untilMs) break;
      this.nowMs = nextMs;
      const next = this.#pending[0];
      if (next !== undefined && next.atMs <= nextMs) {
        this.#pending.shift();
        next.run();
        continue;
      }
      for (const side of [1, 2] as const) {
        if (this.#deadlineOf(side) > nextMs) continue;
        this.#end(side).time(nextMs);
        this.#drain(side);
      }
    }
    this.nowMs = untilMs;
  }

  #deadlineOf(side: Side): number {
    return Math.max(this.#end(side).nextDeadline(), this.#resumesAtMs(side));
  }

  #waitingOf(side: Side): (() => void)[] {
    return this.#waiting[side - 1] as (() => void)[];
  }

  #mustWait(side: Side): boolean {
    return this.#resumesAtMs(side) > this.nowMs || this.#waitingOf(side).length > 0;
  }

  #resumesAtMs(side: Side): number {
    return this.#pausedUntilMs[side - 1] as number;
  }

  #end(side: Side): LinkEnd {
    return this.#ends[side - 1] as LinkEnd;
  }

  #sideAt(number: PathNumber, end: Path): Side {
    const { from } = this.#paths[number];
    return end === "out" ? from : ((3 - from) as Side);
  }

  #give(side: Side, input: LinkInput): void {
    if (this.#mustWait(side)) {
      this.#waitingOf(side).push(() => this.#give(side, input));
      return;
    }
    this.#end(side).handle(input, this.nowMs);
    this.#drain(side);
  }

  #drain(side: Side): void {
    if (this.#resumesAtMs(side) > this.nowMs) return;
    const effects: LinkEffect[] = [];
    this.#end(side).drain((effect) => effects.push(effect));
    for (const effect of effects) {
      if (effect.type === "path-close") this.#close(side, effect.path);
      else this.#send(side === 1 ? 202 : 203, effect.chunks);
    }
  }

  /** The end that closes knows at once, the other after what was sent before, or right away. */
  #close(side: Side, end: Path): void {
    const number = (side === 1) === (end === "out") ? 202 : 203;
    const path = this.#paths[number];
    const other = end === "out" ? "in" : "out";
    const { connection } = path;
    if (end === "in") path.flight++;
    else path.isClosing = true;
    this.#later(this.nowMs, () => {
      if (path.connection !== connection || !path.isUp[end]) return;
      path.isUp[end] = false;
      this.#give(side, { type: "path-down", path: end });
    });
    this.#later(Math.max(this.nowMs + path.delayMs, path.lastArrivalMs), () => {
      if (path.connection === connection && !path.isSilent) this.lower(number, other);
    });
  }

  #send(number: PathNumber, chunks: readonly Uint8Array[]): void {
    const path = this.#paths[number];
    const { flight, isSilent } = path;
    const bytes = Buffer.concat(chunks);
    const arrivalMs = Math.max(this.nowMs + path.delayMs, path.lastArrivalMs);
    path.lastArrivalMs = arrivalMs;
    if (isSilent) return;
    this.#later(arrivalMs, () => {
      if (path.flight !== flight) return;
      if (path.isUp.out && !path.isClosing) {
        if (!Buffer.concat(chunks).equals(bytes)) throw new Error(`${number}: changed while sent`);
        this.#give(path.from, { type: "path-sent", count: 1 });
      }
      if (path.flight === flight) this.#deliver(number, bytes);
    });
  }

  /** Bytes that came before an end knows that its path is gone are there to be read first. */
  #deliver(number: PathNumber, bytes: Buffer): void {
    const path = this.#paths[number];
    if (!path.hasJoined.in) return void path.early.push(bytes);
    const { flight } = path;
    const side = this.#sideAt(number, "in");
    if (this.#mustWait(side)) {
      if (path.isUp.in) this.#waitingOf(side).push(() => this.#hand(side, bytes, () => true));
      return;
    }
    this.#hand(side, bytes, () => path.flight === flight && path.isUp.in);
  }

  /** In pieces, each as long as the path is there. */
  #hand(side: Side, bytes: Buffer, isThere: () => boolean): void {
    for (let at = 0; at < bytes.length && isThere();) {
      const rest = bytes.length - at;
      const length = this.#prng === null ? rest : 1 + this.#prng.below(rest);
      const lease = new ChunkLease(Buffer.from(bytes.subarray(at, at + length)));
      this.leases.push(lease);
      at += length;
      this.#give(side, { type: "path-bytes", chunk: lease.bytes, lease });
      lease.release();
    }
  }

  #later(atMs: number, run: () => void): void {
    const entry = { atMs, order: this.#order++, run };
    const index = this.#pending.findIndex((other) => other.atMs > atMs);
    if (index < 0) this.#pending.push(entry);
    else this.#pending.splice(index, 0, entry);
  }
}
