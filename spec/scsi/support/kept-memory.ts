/** The memory of a unit, for specs: it keeps, or fails to, when it is told. */
import { type UnitMemory } from "../../../lib/scsi/unit-memory";

export class KeptMemory implements UnitMemory {
  readonly found: Uint8Array;
  /** What it has now. */
  kept: Uint8Array;
  /** Whether it can keep anything. */
  works = true;
  /** Saves wait for `end`. */
  isSlow = false;
  readonly #waiting: (() => void)[] = [];

  constructor(found: Uint8Array = new Uint8Array(0)) {
    this.found = found;
    this.kept = found;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  save(bytes: Uint8Array, done: (isKept: boolean) => void): void {
    const end = (): void => {
      if (this.works) this.kept = bytes;
      done(this.works);
    };
    if (this.isSlow) this.#waiting.push(end);
    else end();
  }

  /** Ends the oldest save. */
  end(): void {
    this.#waiting.shift()?.();
  }

  /** That of the next life of the unit. */
  again(): KeptMemory {
    return new KeptMemory(this.kept);
  }
}
