/**
 * Sees to it that what a unit is to remember is in its memory before anybody is told that it is.
 * What that is, `unit-memory.ts` says; nothing is saved that is kept already.
 */
import { assert } from "../base/assert";
import type { LogicalUnit } from "./logical-unit";
import { type UnitMemory, memoryOf, parseMemory } from "./unit-memory";

export class UnitKeeper {
  readonly #memory: UnitMemory;
  /** What is kept for sure; null: not known, after a failure. */
  #kept: Uint8Array | null = null;
  /** Values on their way to the memory. */
  #savingCount = 0;

  constructor(memory: UnitMemory) {
    this.#memory = memory;
  }

  /** Once, before anything happens to the unit. */
  recall(unit: LogicalUnit): void {
    const recall = parseMemory(this.#memory.found);
    assert(recall !== null, "what is found has been looked at");
    recall(unit);
    unit.modePages.reset();
    this.#kept = memoryOf(unit);
  }

  /** `done`, possibly before this returns: whether all is kept that the unit is to remember now. */
  keep(unit: LogicalUnit, done: (isKept: boolean) => void): void {
    const bytes = memoryOf(unit);
    const isKept = this.#kept !== null && Buffer.compare(bytes, this.#kept) === 0;
    if (isKept && this.#savingCount === 0) return done(true);
    this.#savingCount++;
    this.#memory.save(bytes, (isSaved) => {
      this.#savingCount--;
      this.#kept = isSaved ? bytes : null;
      done(isSaved);
    });
  }
}
