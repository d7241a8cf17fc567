/**
 * What happens in a simulated world, in the order of time, and of arrival where times are equal:
 * nothing else decides an order, so that one seed always gives one run.
 */

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

export class EventQueue {
  /** A binary heap, the next event first. */
  readonly #heap: Event[] = [];
  #sequence = 0;
  #nowMs = 0;
  #ranCount = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have happened. */
  get ranCount(): number {
    return this.#ranCount;
  }

  after(delayMs: number, run: () => void): void {
    const event = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, run };
    let index = this.#heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent] as Event;
      if (!isBefore(event, above)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = event;
  }

  /** Lets the next event happen, unless it is after `untilMs`. False: there is none. */
  step(untilMs: number): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.atMs > untilMs) return false;
    const last = this.#heap.pop() as Event;
    if (this.#heap.length > 0) this.#sink(last);
    this.#nowMs = next.atMs;
    this.#ranCount++;
    next.run();
    return true;
  }

  /** Puts an event at the top, and then where it belongs. */
  #sink(event: Event): void {
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#heap.length) break;
      const right = this.#heap[child + 1];
      if (right !== undefined && isBefore(right, this.#heap[child] as Event)) child++;
      const below = this.#heap[child] as Event;
      if (!isBefore(below, event)) break;
      this.#heap[index] = below;
      index = child;
    }
    this.#heap[index] = event;
  }
}
