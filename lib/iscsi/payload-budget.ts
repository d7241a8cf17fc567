/**
 * How many bytes of solicited Data-Out may be alive in the whole target. A task reserves all it
 * will solicit at once and waits in line when there is no room: tasks that each hold a part of
 * their data and wait for the rest could wait for ever.
 */
import { assert } from "../base/assert";
import { Fifo } from "../base/fifo";

/** One task's share. */
export interface Reservation {
  readonly bytes: number;
  state: "waiting" | "granted" | "returned";
  /** Called once if the task had to wait and its turn has come. */
  readonly granted: () => void;
}

export class PayloadBudget {
  readonly #limit: number;
  #reserved = 0;
  readonly #line: Fifo<Reservation>;

  constructor(options: { limit: number; waitersMax: number }) {
    this.#limit = options.limit;
    this.#line = new Fifo(options.waitersMax);
  }

  /** Bytes reserved now: 0 when the target is idle, or there is a leak. */
  get reserved(): number {
    return this.#reserved;
  }

  /** A share of `bytes`: granted at once, or waiting. One alone may be larger than the limit. */
  reserve(bytes: number, granted: () => void): Reservation {
    const reservation: Reservation = { bytes, state: "waiting", granted };
    if (this.#line.length === 0 && this.#fits(bytes)) this.#grant(reservation);
    else assert(this.#line.push(reservation), "as many places in line as there can be tasks");
    return reservation;
  }

  /** Ends a share, whether it was granted or still waits. */
  giveBack(reservation: Reservation): void {
    const wasGranted = reservation.state === "granted";
    assert(reservation.state !== "returned", "a share is given back once");
    reservation.state = "returned";
    if (wasGranted) this.#reserved -= reservation.bytes;
    for (;;) {
      const first = this.#line.peek();
      if (first === undefined) return;
      if (first.state === "waiting") {
        if (!this.#fits(first.bytes)) return;
        this.#grant(first);
        this.#line.shift();
        first.granted();
      } else {
        this.#line.shift();
      }
    }
  }

  #fits(bytes: number): boolean {
    return this.#reserved === 0 || this.#reserved + bytes <= this.#limit;
  }

  #grant(reservation: Reservation): void {
    reservation.state = "granted";
    this.#reserved += reservation.bytes;
  }
}
