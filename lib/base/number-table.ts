/**
 * A map from numbers, safe integers of 0 or more, to values that makes no garbage under steady
 * churn; why V8's Map does is told in `tag-table.ts`, whose bounded sibling for 32-bit tags this
 * is. It grows with what it holds, and keeps what it has grown to. Open addressing, linear
 * probing, at most half full.
 */

const BITS_MIN = 6;
/** 2^32 divided by the golden ratio: neighbouring numbers land far apart. */
const SPREAD = 0x9e3779b1;

export class NumberTable<T extends object> {
  #bits = BITS_MIN;
  #keys = new Float64Array(2 ** BITS_MIN);
  #values = emptyOf<T>(BITS_MIN);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): T | undefined {
    return this.#values[this.#find(key)];
  }

  has(key: number): boolean {
    return this.get(key) !== undefined;
  }

  /** Adds or replaces an entry. */
  set(key: number, value: T): void {
    let at = this.#find(key);
    if (this.#values[at] === undefined) {
      if (this.#size * 2 >= this.#values.length) {
        this.#grow();
        at = this.#find(key);
      }
      this.#size++;
      this.#keys[at] = key;
    }
    this.#values[at] = value;
  }

  /** Whether there was one. The gap in the run of entries behind it is closed. */
  delete(key: number): boolean {
    const mask = this.#values.length - 1;
    let gap = this.#find(key);
    if (this.#values[gap] === undefined) return false;
    this.#size--;
    for (let at = (gap + 1) & mask; ; at = (at + 1) & mask) {
      const value = this.#values[at];
      if (value === undefined) break;
      const home = this.#home(this.#keys[at] as number);
      // An entry may move to the gap unless its home lies behind the gap.
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#keys[gap] = this.#keys[at] as number;
      this.#values[gap] = value;
      gap = at;
    }
    this.#values[gap] = undefined;
    return true;
  }

  clear(): void {
    this.#values.fill(undefined);
    this.#size = 0;
  }

  /** Whether one of the values is such. */
  some(isSuch: (value: T) => boolean): boolean {
    for (let at = 0; at < this.#values.length; at++) {
      const value = this.#values[at];
      if (value !== undefined && isSuch(value)) return true;
    }
    return false;
  }

  /** All values as they are now, by rising numbers. */
  values(): T[] {
    const places: number[] = [];
    for (let at = 0; at < this.#values.length; at++) {
      if (this.#values[at] !== undefined) places.push(at);
    }
    const keys = this.#keys;
    places.sort((a, b) => (keys[a] as number) - (keys[b] as number));
    return places.map((at) => this.#values[at] as T);
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#bits++;
    this.#keys = new Float64Array(2 ** this.#bits);
    this.#values = emptyOf<T>(this.#bits);
    values.forEach((value, from) => {
      if (value === undefined) return;
      const at = this.#find(keys[from] as number);
      this.#keys[at] = keys[from] as number;
      this.#values[at] = value;
    });
  }

  #home(key: number): number {
    return Math.imul(key, SPREAD) >>> (32 - this.#bits);
  }

  /** Where the number stands, or would. */
  #find(key: number): number {
    const mask = this.#values.length - 1;
    let at = this.#home(key);
    while (this.#values[at] !== undefined && this.#keys[at] !== key) at = (at + 1) & mask;
    return at;
  }
}

function emptyOf<T>(bits: number): (T | undefined)[] {
  return new Array<T | undefined>(2 ** bits).fill(undefined);
}
