/**
 * The loop around a controller: one input at a time, then one drain of what it wants done, until
 * it rests. It keeps the controller's deadline with one timer. It knows no socket and no store.
 */
import { assert } from "../base/assert";
import type { Effect, Input } from "../controller/events";

/** The part of a controller that the loop drives. */
export interface Driven {
  handle(input: Input, nowMs: number): void;
  drain(sink: (effect: Effect) => void): void;
  nextDeadline(): number;
  /** It has not finished with the inputs it took, and goes on with the next, whichever it is. */
  readonly isBusy: boolean;
}

const GO_ON: Input = { type: "time" };
/** So long jobs alone keep a turn going; then sockets have theirs before it goes on. */
const BUSY_MS = 5;

export class Turn {
  readonly #driven: Driven;
  readonly #now: () => number;
  readonly #perform: (effect: Effect) => void;
  readonly #afterTurn: () => void;
  /** Inputs that came while a turn ran. */
  readonly #waiting: Input[] = [];
  #isRunning = false;
  #isWoken = false;
  #timer: NodeJS.Timeout | null = null;
  #timerMs = Infinity;

  constructor(fields: {
    driven: Driven;
    /** Monotonic milliseconds. */
    now: () => number;
    perform: (effect: Effect) => void;
    /** Called at the end of every turn. */
    afterTurn?: () => void;
  }) {
    this.#driven = fields.driven;
    this.#now = fields.now;
    this.#perform = fields.perform;
    this.#afterTurn = fields.afterTurn ?? (() => undefined);
  }

  /** Runs a turn with this input; when called from within a turn, right after it. */
  deliver(input: Input): void {
    // Bytes are valid for one turn, so it must be theirs.
    const isOfBytes = input.type === "bytes" || input.type === "path-bytes";
    assert(!this.#isRunning || !isOfBytes, "bytes come from the event loop");
    this.#waiting.push(input);
    if (this.#isRunning) return;
    this.#isRunning = true;
    let endMs = Infinity;
    try {
      for (;;) {
        const next = this.#waiting.shift() ?? (this.#driven.isBusy ? GO_ON : null);
        if (next === null) break;
        const nowMs = this.#now();
        if (endMs === Infinity) endMs = nowMs + BUSY_MS;
        if (next === GO_ON && nowMs >= endMs) {
          this.wake();
          break;
        }
        this.#driven.handle(next, nowMs);
        this.#driven.drain(this.#perform);
      }
    } finally {
      this.#isRunning = false;
    }
    this.#arm();
    this.#afterTurn();
  }

  /** Jobs are done: one turn soon, for all that report until then. */
  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    setImmediate(() => {
      this.#isWoken = false;
      this.deliver({ type: "time" });
    });
  }

  /** Disarms the timer: nothing happens any more by itself. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerMs = Infinity;
  }

  /** A timer that fires before the deadline does no harm, so it is only ever moved forward. */
  #arm(): void {
    const deadlineMs = this.#driven.nextDeadline();
    if (deadlineMs >= this.#timerMs) return;
    this.close();
    this.#timerMs = deadlineMs;
    const delayMs = Math.max(0, Math.ceil(deadlineMs - this.#now()));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#timerMs = Infinity;
      if (this.#now() < this.#driven.nextDeadline()) this.#arm();
      else this.deliver({ type: "time" });
    }, delayMs);
  }
}
