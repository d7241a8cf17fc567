/**
 * One connection of a one-way path: bytes go from its sender to its receiver in order, in pieces of
 * any size, late, held up, or not at all; each end learns of its end at its own time.
 */
import type { Prng } from "../../lib/base/prng";
import type { LinkInput } from "../../lib/mirror/link-events";
import { isUnchanged } from "./given-bytes";

/** What a connection needs of the side at one of its ends. */
export interface ConnectionEnd {
  /** Delivers in a turn of its own, when the side runs. */
  deliver(input: () => LinkInput | null): void;
  /** Bytes for a turn. */
  receive(bytes: Uint8Array): LinkInput;
}

export interface PathWeather {
  /** The longest time bytes are under way. */
  delayMs: number;
  /** Nothing gets through, and nobody is told. */
  isCut: boolean;
}

export interface ConnectionFields {
  readonly random: Prng;
  readonly weather: PathWeather;
  readonly sender: ConnectionEnd;
  readonly receiver: ConnectionEnd;
  after(delayMs: number, run: () => void): void;
  fail(what: string): void;
  /** Bytes that arrive, for the trace. */
  seen(bytes: Uint8Array): void;
}

interface Sent {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: Buffer;
}

export class Connection {
  readonly #fields: ConnectionFields;
  #isSenderUp = true;
  #isReceiverUp = true;
  /** Writes that the socket has not taken. */
  #given: Sent[] = [];
  /** What is on its way, in order, and since when it may arrive. */
  #wire: { bytes: Buffer; atMs: number }[] = [];
  #lastArrivalMs = 0;
  #nowMs: () => number;
  #isPumping = false;

  constructor(fields: ConnectionFields, nowMs: () => number) {
    this.#fields = fields;
    this.#nowMs = nowMs;
  }

  get isSenderUp(): boolean {
    return this.#isSenderUp;
  }

  get isReceiverUp(): boolean {
    return this.#isReceiverUp;
  }

  send(chunks: readonly Uint8Array[]): void {
    if (!this.#isSenderUp) return;
    const { random, after } = this.#fields;
    this.#given.push({ chunks, bytes: Buffer.concat(chunks) });
    after((random.below(1000) / 1000) ** 4 * 3, () => this.#take());
  }

  /** The socket takes what it was given, one write or all of them. */
  #take(): void {
    if (!this.#isSenderUp || this.#given.length === 0) return;
    const { random, sender } = this.#fields;
    const count = random.chance(0.7) ? this.#given.length : 1;
    const taken = this.#given.splice(0, count);
    for (const { chunks, bytes } of taken) {
      if (!isUnchanged(chunks, bytes))
        this.#fields.fail("bytes of a path-send changed before they were sent");
      this.#transmit(bytes);
    }
    sender.deliver(() => (this.#isSenderUp ? { type: "path-sent", count: taken.length } : null));
    if (this.#given.length > 0) this.#fields.after(0.05, () => this.#take());
  }

  #transmit(bytes: Buffer): void {
    const { random, weather } = this.#fields;
    const delayMs = 0.05 + (random.below(1000) / 1000) ** 2 * weather.delayMs;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#nowMs() + delayMs);
    this.#wire.push({ bytes, atMs: this.#lastArrivalMs });
    this.pump();
  }

  /** Lets arrive what can, in pieces. */
  pump(): void {
    if (this.#isPumping || this.#wire.length === 0) return;
    this.#isPumping = true;
    const waitMs = (this.#wire[0] as { atMs: number }).atMs - this.#nowMs();
    this.#fields.after(Math.max(0, waitMs), () => {
      this.#isPumping = false;
      if (this.#fields.weather.isCut) return;
      this.#arrive();
      this.pump();
    });
  }

  #arrive(): void {
    const { random, receiver } = this.#fields;
    const due: Buffer[] = [];
    while (this.#wire.length > 0 && (this.#wire[0] as { atMs: number }).atMs <= this.#nowMs())
      due.push((this.#wire.shift() as { bytes: Buffer }).bytes);
    let bytes = due.length === 1 ? (due[0] as Buffer) : Buffer.concat(due);
    if (random.chance(0.3) && bytes.length > 1) {
      const at = 1 + random.below(bytes.length - 1);
      this.#wire.unshift({ bytes: bytes.subarray(at), atMs: this.#nowMs() + random.below(3) / 10 });
      bytes = bytes.subarray(0, at);
    }
    if (bytes.length === 0) return;
    receiver.deliver(() => {
      if (!this.#isReceiverUp) return null;
      this.#fields.seen(bytes);
      return receiver.receive(bytes);
    });
  }

  /** The sender's end closes or its process ends; what the socket has taken may still arrive. */
  closeSender(tellsSelf: boolean): void {
    if (!this.#isSenderUp) return;
    this.#isSenderUp = false;
    this.#given = [];
    if (tellsSelf) this.#fields.sender.deliver(() => ({ type: "path-down", path: "out" }));
    const { random } = this.#fields;
    if (random.chance(0.5)) this.#wire = this.#wire.slice(0, random.below(this.#wire.length + 1));
    const noticeMs = Math.max(0, this.#lastArrivalMs - this.#nowMs()) + random.below(20) / 10;
    this.#fields.after(noticeMs, () => this.#tellReceiver());
  }

  #tellReceiver(): void {
    if (this.#fields.weather.isCut || !this.#isReceiverUp) return;
    this.closeReceiver(true);
  }

  /** The receiver's end closes, or is replaced, or its process ends. */
  closeReceiver(tellsSelf: boolean): void {
    if (!this.#isReceiverUp) return;
    this.#isReceiverUp = false;
    this.#wire = [];
    if (tellsSelf) this.#fields.receiver.deliver(() => ({ type: "path-down", path: "in" }));
    this.#fields.after(this.#fields.random.below(20) / 10, () => this.#tellSender());
  }

  #tellSender(): void {
    if (!this.#fields.weather.isCut) this.closeSender(true);
  }

  /** A cut has ended: what waited arrives, or the connection turns out to be dead. */
  healed(): void {
    this.pump();
    if (!this.#isSenderUp) this.#tellReceiver();
    if (!this.#isReceiverUp) this.#tellSender();
  }
}
