/**
 * Orders work on ranges that overlap: readers share, writers exclude, and whoever came first goes
 * first, so that an older write never lands on top of a newer one. It knows ranges, not jobs; its
 * owner runs what `acquire` and `release` grant.
 */
import { assert } from "../base/assert";

/** A range of blocks [start, end) that somebody wants to work on. Compared by identity. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  /** Whether the work leaves the range as it is: two such extents never wait for each other. */
  readonly isShared: boolean;
}

function conflict(a: Extent, b: Extent): boolean {
  return a.start < b.end && b.start < a.end && !(a.isShared && b.isShared);
}

export class ExtentLock<E extends Extent> {
  readonly #held = new Set<E>();
  #waiting: E[] = [];

  /** Nothing is held, so nothing waits either. */
  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Whether `acquire` would have to wait. */
  isBlocked(extent: Extent): boolean {
    for (const held of this.#held) if (conflict(held, extent)) return true;
    return this.#waiting.some((earlier) => conflict(earlier, extent));
  }

  /** True: granted, `release` it later. False: it waits, and a later `release` returns it. */
  acquire(extent: E): boolean {
    if (this.isBlocked(extent)) {
      this.#waiting.push(extent);
      return false;
    }
    this.#held.add(extent);
    return true;
  }

  /** Gives a granted extent back; returns those granted by it, oldest first. */
  release(extent: E): E[] {
    const wasHeld = this.#held.delete(extent);
    assert(wasHeld, "released extents were held");
    return this.#grant();
  }

  /** Takes a waiting extent out of the line; null when it does not wait, else who is granted. */
  withdraw(extent: E): E[] | null {
    const index = this.#waiting.indexOf(extent);
    if (index < 0) return null;
    this.#waiting.splice(index, 1);
    return this.#grant();
  }

  #grant(): E[] {
    if (this.#waiting.length === 0) return [];
    const candidates = this.#waiting;
    const granted: E[] = [];
    this.#waiting = [];
    for (const candidate of candidates) {
      if (this.acquire(candidate)) granted.push(candidate);
    }
    return granted;
  }
}
