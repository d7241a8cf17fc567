/**
 * The two paths between two controllers of one process: what one sends is handed to the other as it
 * is, without a copy. Nothing is handed over inside a turn; what a turn sends goes out after it.
 *
 * A sender keeps its chunks until they are confirmed, which they are when the receiver's turn is
 * over and nobody there holds them any more. For the same reason a path that is closed goes down at
 * its sender only when all it carried has been released.
 */
import { unreachable } from "../base/assert";
import type { Lease } from "../base/lease";
import type { Side } from "../mirror/config";
import type { LinkEffect, LinkInput } from "../mirror/link-events";

type Deliver = (input: LinkInput) => void;

/** Deliveries in one go; sockets and timers have their turn before the next. */
const BURST = 64;
/** From the end of a path to the next. */
const REOPEN_MS = 200;

/** The chunks of one send, as long as somebody may look at them. */
class Sent implements Lease {
  readonly chunks: readonly Uint8Array[];
  #holds = 1;
  readonly #released: () => void;

  constructor(chunks: readonly Uint8Array[], released: () => void) {
    this.chunks = chunks;
    this.#released = released;
  }

  get isReleased(): boolean {
    return this.#holds === 0;
  }

  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0) this.#released();
  }
}

/** One of the two paths. */
class OneWay {
  readonly #link: MemoryLink;
  readonly #sender: Side;
  readonly #receiver: Side;
  #isUp = false;
  /** How often it has been opened. */
  #life = 0;
  /** Sent and not yet confirmed, the oldest first. */
  #unconfirmed: Sent[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(link: MemoryLink, sender: Side) {
    this.#link = link;
    this.#sender = sender;
    this.#receiver = sender === 1 ? 2 : 1;
  }

  open(): void {
    this.#isUp = true;
    this.#life++;
    this.#link.post(this.#sender, { type: "path-up", path: "out" });
    this.#link.post(this.#receiver, { type: "path-up", path: "in" });
    this.#link.pumpSoon();
  }

  send(chunks: readonly Uint8Array[]): void {
    if (!this.#isUp) return;
    const sent = new Sent(chunks, () => this.#confirm());
    this.#unconfirmed.push(sent);
    const life = this.#life;
    this.#link.postBytes(this.#receiver, sent, () => this.#isUp && life === this.#life);
  }

  close(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#link.post(this.#receiver, { type: "path-down", path: "in" });
    this.#confirm();
  }

  stop(): void {
    this.#isUp = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #confirm(): void {
    if (!this.#isUp) return this.#end();
    let count = 0;
    while (this.#unconfirmed[count]?.isReleased === true) count++;
    if (count === 0) return;
    this.#unconfirmed.splice(0, count);
    this.#link.post(this.#sender, { type: "path-sent", count });
  }

  /** The path was closed: it is down at its sender, too, once nobody looks at what it sent. */
  #end(): void {
    this.#unconfirmed = this.#unconfirmed.filter((sent) => !sent.isReleased);
    if (this.#unconfirmed.length > 0 || this.#timer !== null) return;
    this.#link.post(this.#sender, { type: "path-down", path: "out" });
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.open();
    }, REOPEN_MS);
  }
}

interface Posted {
  readonly to: Side;
  readonly deliver: (deliver: Deliver) => void;
}

export class MemoryLink {
  /** Bounded by what the two sides have under way. */
  readonly #posted: Posted[] = [];
  readonly #delivers: Partial<Record<Side, Deliver>> = {};
  readonly #ways: Readonly<Record<Side, OneWay>> = {
    1: new OneWay(this, 1),
    2: new OneWay(this, 2),
  };
  #isPumping = false;
  #isScheduled = false;
  #isClosed = false;

  /** `delivers`: runs a turn of the side with an input. */
  start(delivers: Readonly<Record<Side, Deliver>>): void {
    Object.assign(this.#delivers, delivers);
    for (const way of Object.values(this.#ways)) way.open();
  }

  /** Does what `side` wants done, after its turn. */
  perform(side: Side, effect: LinkEffect): void {
    switch (effect.type) {
      case "path-send":
        return this.#ways[side].send(effect.chunks);
      case "path-close":
        return this.#ways[effect.path === "out" ? side : side === 1 ? 2 : 1].close();
      default:
        unreachable(effect);
    }
  }

  /** Hands over what was sent: to be called after each turn, never within one. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (let left = BURST; left > 0; left--) {
        const posted = this.#posted.shift();
        if (posted === undefined) return;
        const deliver = this.#delivers[posted.to];
        if (deliver !== undefined && !this.#isClosed) posted.deliver(deliver);
      }
    } finally {
      this.#isPumping = false;
      if (this.#posted.length > 0) this.pumpSoon();
    }
  }

  /** For what is posted outside of turns. */
  pumpSoon(): void {
    if (this.#isScheduled || this.#isPumping) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.pump();
    });
  }

  /** Nothing is handed over any more. */
  close(): void {
    this.#isClosed = true;
    for (const way of Object.values(this.#ways)) way.stop();
  }

  post(to: Side, input: LinkInput): void {
    this.#posted.push({ to, deliver: (deliver) => deliver(input) });
  }

  postBytes(to: Side, sent: Sent, isWanted: () => boolean): void {
    const deliver = (deliver: Deliver): void => {
      for (const chunk of sent.chunks) {
        if (isWanted()) deliver({ type: "path-bytes", chunk, lease: sent });
      }
      sent.release();
    };
    this.#posted.push({ to, deliver });
  }
}
