/**
 * One deadline per named timer. No clock: whoever owns the table passes the time in milliseconds.
 */

export class TimerTable<Name extends string> {
  readonly #deadlines = new Map<Name, number>();

  /** Arms or moves a timer. */
  set(name: Name, deadlineMs: number): void {
    this.#deadlines.set(name, deadlineMs);
  }

  clear(name: Name): void {
    this.#deadlines.delete(name);
  }

  isSet(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  /** The earliest deadline, Infinity when no timer is armed. */
  next(): number {
    let earliest = Infinity;
    for (const deadline of this.#deadlines.values()) earliest = Math.min(earliest, deadline);
    return earliest;
  }

  /** Disarms one timer that is due and returns its name; null when none is. */
  expired(nowMs: number): Name | null {
    for (const [name, deadline] of this.#deadlines) {
      if (deadline <= nowMs) {
        this.#deadlines.delete(name);
        return name;
      }
    }
    return null;
  }
}
