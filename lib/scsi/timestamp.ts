/**
 * The device clock of a unit: the calendar that the target was given, until an application client
 * sets another time, from when on it goes on from that. [SPC-4 5.2 Device clocks]
 */

/** TIMESTAMP ORIGIN: what set the clock last. */
export type TimestampOrigin = "set" | "outside";

/** Milliseconds of the calendar; 0 is the beginning of 1970. */
export type Calendar = () => number;

const TIMESTAMPS = 2 ** 48;

export class Timestamp {
  readonly #calendar: Calendar;
  #origin: TimestampOrigin = "outside";
  /** How far the clock is ahead of the calendar. */
  #aheadMs = 0;

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  get origin(): TimestampOrigin {
    return this.#origin;
  }

  /** TIMESTAMP: whole milliseconds, in 48 bits. */
  get nowMs(): number {
    const nowMs = Math.floor(this.#calendar() + this.#aheadMs) % TIMESTAMPS;
    return nowMs < 0 ? nowMs + TIMESTAMPS : nowMs;
  }

  set(timestampMs: number): void {
    this.#aheadMs = timestampMs - this.#calendar();
    this.#origin = "set";
  }

  /** As if nobody had set it. */
  unset(): void {
    this.#aheadMs = 0;
    this.#origin = "outside";
  }
}
