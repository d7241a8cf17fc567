/**
 * A bounded first-in, first-out queue on a ring. Full is an answer (`push` says false), not growth.
 */
import { assert } from "./assert";

export class Fifo<T> {
  readonly limit: number;
  #ring: (T | undefined)[];
  #head = 0;
  #length = 0;

  constructor(limit: number) {
    assert(limit > 0, "a queue holds at least one");
    this.limit = limit;
    this.#ring = new Array<T | undefined>(Math.min(limit, 16));
  }

  get length(): number {
    return this.#length;
  }

  /** False, and nothing queued, when the queue is full. */
  push(item: T): boolean {
    if (this.#length === this.limit) return false;
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) % this.#ring.length] = item;
    this.#length++;
    return true;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#length--;
    return item;
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  clear(): void {
    this.#ring = new Array<T | undefined>(Math.min(this.limit, 16));
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const items = Array.from(
      { length: this.#length },
      (_, index) => this.#ring[(this.#head + index) % this.#ring.length],
    );
    items.length = Math.min(this.limit, this.#length * 2);
    this.#ring = items;
    this.#head = 0;
  }
}
