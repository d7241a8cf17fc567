/**
 * Decides where file operations run. From the page cache one takes a few microseconds, less than
 * the way through the thread pool; from a slow disk it would stop the event loop. So operations
 * run in place until the time they took beyond their allowance adds up to the credit, and then go
 * to the pool for a while: for longer each time that going back proves a mistake.
 */

/** A read from the page cache ends within this, and the copying it does within so much per byte. */
const READ_ALLOWANCE_MS = 0.05;
const READ_ALLOWANCE_MS_PER_BYTE = 0.5 / 1_000_000;
/** A write waits for no disk until the kernel makes it; finding pages for it may take a while. */
const WRITE_ALLOWANCE_MS = 1;
/**
 * How much longer operations may take in all before they count as slow; quick ones pay it back.
 * More than a time slice or two: an operation is not slow because another process had its turn.
 */
const CREDIT_MS = 20;
const PENALTY_MIN_MS = 50;
const PENALTY_MAX_MS = 800;

export class Pace {
  #debtMs = 0;
  #penaltyMs = PENALTY_MIN_MS;
  #slowUntilMs = -Infinity;
  #isSlow = false;

  /** Whether the next operation may run in place. Asks for the time only if that decides it. */
  isFast(now: () => number): boolean {
    if (this.#isSlow) this.#isSlow = now() < this.#slowUntilMs;
    return !this.#isSlow;
  }

  /** Tells of an operation on `length` bytes that ran in place. */
  measured(fields: { op: "read" | "write"; startMs: number; endMs: number; length: number }): void {
    const { op, startMs, endMs, length } = fields;
    const readMs = READ_ALLOWANCE_MS + length * READ_ALLOWANCE_MS_PER_BYTE;
    const allowedMs = op === "read" ? readMs : WRITE_ALLOWANCE_MS;
    this.#debtMs = Math.max(0, this.#debtMs + endMs - startMs - allowedMs);
    if (this.#debtMs < CREDIT_MS) return;
    const isRelapse = endMs < this.#slowUntilMs + this.#penaltyMs;
    this.#penaltyMs = isRelapse ? Math.min(this.#penaltyMs * 2, PENALTY_MAX_MS) : PENALTY_MIN_MS;
    this.#slowUntilMs = endMs + this.#penaltyMs;
    this.#isSlow = true;
    this.#debtMs = 0;
  }
}
