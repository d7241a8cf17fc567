/**
 * Heartbeats of a link that is up, and the lease that comes of them. Each side numbers its own and
 * says with each which of the other's is the newest it has heard. HELLO counts as number 0.
 *
 *   here   ──1──────2──────3──▶       what comes behind the other side's echo of 2 was sent after 2
 *   there       ◀──(echo 2)───        was: until sent(2) + leaseMs it is less than leaseMs old
 *
 * So a stream that was stuck somewhere is found out by the clock of this side alone.
 */
import { uint } from "node-scsi-cdb";
import { Fifo } from "../base/fifo";
import { limits } from "../base/limits";
import type { MirrorTiming } from "./config";
import type { Declaration } from "./message-codec";

export interface Heartbeat {
  readonly type: "heartbeat";
  readonly number: number;
  readonly echo: number;
}

export const heartbeatDeclaration: Declaration<Heartbeat> = {
  code: 0x02,
  length: 12,
  fields: { number: uint(0, 6, "NUMBER"), echo: uint(6, 6, "ECHOED NUMBER") },
  beside: {},
};

export class Heartbeats {
  readonly #timing: MirrorTiming;
  /** When those not yet echoed were sent, the oldest first: the last is number `#sentCount`. */
  readonly #sentAtMs = new Fifo<number>(limits.linkHeartbeatsMax);
  #sentCount = 0;
  #heardCount = 0;
  #heardAtMs: number;
  #leaseUntilMs: number;
  #dueMs: number;

  /** `greetedAtMs`: when the HELLO was sent that the other side has echoed. */
  constructor(timing: MirrorTiming, greetedAtMs: number, nowMs: number) {
    this.#timing = timing;
    this.#heardAtMs = nowMs;
    this.#leaseUntilMs = greetedAtMs + timing.leaseMs;
    this.#dueMs = nowMs;
  }

  get leaseUntilMs(): number {
    return this.#leaseUntilMs;
  }

  get nextDeadline(): number {
    return Math.min(this.#dueMs, this.#leaseUntilMs);
  }

  /** The heartbeat to send now, or null. After a pause one is sent, not all that were missed. */
  next(nowMs: number): Heartbeat | null {
    if (nowMs < this.#dueMs) return null;
    this.#dueMs = nowMs + this.#timing.heartbeatMs;
    if (!this.#sentAtMs.push(nowMs)) return null;
    return { type: "heartbeat", number: ++this.#sentCount, echo: this.#heardCount };
  }

  /** What is wrong with a heartbeat that came, or null. */
  heard({ number, echo }: Heartbeat, nowMs: number): string | null {
    if (number !== this.#heardCount + 1) {
      return `its heartbeat ${number} came after ${this.#heardCount}`;
    }
    const oldest = this.#sentCount - this.#sentAtMs.length + 1;
    if (echo < oldest - 1 || echo > this.#sentCount) {
      return `its heartbeat echoes ${echo}, and ${this.#sentCount} were sent`;
    }
    this.#heardCount = number;
    this.#heardAtMs = nowMs;
    for (let next = oldest; next <= echo; next++) {
      this.#leaseUntilMs = (this.#sentAtMs.shift() as number) + this.#timing.leaseMs;
    }
    return null;
  }

  /** Which of the two paths it is that carries nothing. [0043] */
  lossAt(nowMs: number): string {
    const silentMs = nowMs - this.#heardAtMs;
    if (silentMs < this.#timing.leaseMs / 2) {
      return `no heartbeat of this side's was echoed in ${this.#timing.leaseMs} ms`;
    }
    return `no heartbeat came for ${silentMs} ms`;
  }
}
