/**
 * A bounded map from 32-bit tags to values that makes no garbage. Under steady churn V8's Map
 * replaces its table again and again, each dead table holding on to the next once one of them has
 * grown old, and with them to whatever stood in them; here a table is made once. Open addressing,
 * linear probing, at most half full.
 */
import { assert } from "./assert";

/** 2^32 divided by the golden ratio: neighbouring tags land far apart. */
const SPREAD = 0x9e3779b1;

export class TagTable<T> {
  readonly limit: number;
  readonly #mask: number;
  readonly #shift: number;
  readonly #tags: Uint32Array;
  readonly #values: (T | undefined)[];
  #size = 0;

  /** @param limit the most entries there may be. */
  constructor(limit: number) {
    const bits = Math.ceil(Math.log2(limit * 2));
    this.limit = limit;
    this.#mask = 2 ** bits - 1;
    this.#shift = 32 - bits;
    this.#tags = new Uint32Array(2 ** bits);
    this.#values = new Array<T | undefined>(2 ** bits).fill(undefined);
  }

  get size(): number {
    return this.#size;
  }

  get(tag: number): T | undefined {
    return this.#values[this.#find(tag)];
  }

  has(tag: number): boolean {
    return this.get(tag) !== undefined;
  }

  /** Adds or replaces an entry. Adding beyond the limit is a bug. */
  set(tag: number, value: T): void {
    const at = this.#find(tag);
    if (this.#values[at] === undefined) {
      assert(this.#size < this.limit, "a tag table has room");
      this.#size++;
      this.#tags[at] = tag;
    }
    this.#values[at] = value;
  }

  /** Takes an entry out, and closes the gap in the run of entries behind it. */
  delete(tag: number): void {
    let gap = this.#find(tag);
    if (this.#values[gap] === undefined) return;
    this.#size--;
    for (let at = (gap + 1) & this.#mask; ; at = (at + 1) & this.#mask) {
      const value = this.#values[at];
      if (value === undefined) break;
      const home = this.#home(this.#tags[at] as number);
      // An entry may move to the gap unless its home lies behind the gap.
      if (((at - home) & this.#mask) < ((at - gap) & this.#mask)) continue;
      this.#tags[gap] = this.#tags[at] as number;
      this.#values[gap] = value;
      gap = at;
    }
    this.#values[gap] = undefined;
  }

  /** All values, in no order that means anything. */
  values(): T[] {
    return this.#values.filter((value): value is T => value !== undefined);
  }

  #home(tag: number): number {
    return Math.imul(tag, SPREAD) >>> this.#shift;
  }

  /** Where the tag stands, or would. */
  #find(tag: number): number {
    let at = this.#home(tag);
    while (this.#values[at] !== undefined && this.#tags[at] !== tag) at = (at + 1) & this.#mask;
    return at;
  }
}
