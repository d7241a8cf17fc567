/**
 * The timers of all connections, so that the earliest deadline is known without looking at every
 * connection. A heap of (deadline, connection): an entry may be early, when its timer was moved on
 * or cleared meanwhile; then nothing has expired and the next deadline takes its place.
 */
import { TimerTable } from "../base/timer-table";

export type TimerName = "login" | "nop" | "nop-answer" | "data-out" | "logout" | "close";

/** The timers of one connection. */
export class Timers {
  readonly connection: number;
  readonly #table = new TimerTable<TimerName>();
  readonly #deadlines: Deadlines;
  /** The earliest entry in the heap that stands for this table. */
  queuedMs = Infinity;

  constructor(connection: number, deadlines: Deadlines) {
    this.connection = connection;
    this.#deadlines = deadlines;
  }

  set(name: TimerName, deadlineMs: number): void {
    this.#table.set(name, deadlineMs);
    if (deadlineMs < this.queuedMs) this.#deadlines.add(this, deadlineMs);
  }

  clear(name: TimerName): void {
    this.#table.clear(name);
  }

  isSet(name: TimerName): boolean {
    return this.#table.isSet(name);
  }

  /** Disarms one timer that is due and returns its name; null when none is. */
  expired(nowMs: number): TimerName | null {
    return this.#table.expired(nowMs);
  }

  clearAll(): void {
    while (this.#table.expired(Infinity) !== null);
  }

  next(): number {
    return this.#table.next();
  }
}

interface Entry {
  readonly deadlineMs: number;
  readonly timers: Timers;
}

export class Deadlines {
  readonly #heap: Entry[] = [];

  /** Milliseconds; Infinity when no timer is armed. May be early, never late. */
  next(): number {
    return this.#heap[0]?.deadlineMs ?? Infinity;
  }

  add(timers: Timers, deadlineMs: number): void {
    timers.queuedMs = deadlineMs;
    this.#heap.push({ deadlineMs, timers });
    this.#rise(this.#heap.length - 1);
  }

  /** Takes out one connection's timers whose deadline may have come; `requeue` them afterwards. */
  due(nowMs: number): Timers | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.deadlineMs > nowMs) return null;
      this.#removeFirst();
      if (first.deadlineMs !== first.timers.queuedMs) continue;
      first.timers.queuedMs = Infinity;
      return first.timers;
    }
  }

  requeue(timers: Timers): void {
    const next = timers.next();
    if (next < timers.queuedMs) this.add(timers, next);
  }

  #removeFirst(): void {
    const last = this.#heap.pop() as Entry;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (this.#deadlineAt(child) < this.#deadlineAt(least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#deadlineAt(parent) <= this.#deadlineAt(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #deadlineAt(index: number): number {
    return this.#heap[index]?.deadlineMs ?? Infinity;
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a] as Entry;
    this.#heap[a] = this.#heap[b] as Entry;
    this.#heap[b] = kept;
  }
}
