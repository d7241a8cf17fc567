/**
 * Whether both sides applied the same actions in the same order, each once, and told who asked the
 * state it led to.
 */
import { answerOf } from "../unit-state";

interface Told {
  readonly action: number;
  readonly answer: Uint8Array;
}

export class Control {
  /** By volume: the actions that were said to be done, in the order they were. */
  readonly #told = new Map<number, Told[]>();

  told(volume: number, action: number, answer: Uint8Array): void {
    const all = this.#told.get(volume) ?? [];
    this.#told.set(volume, all);
    all.push({ action, answer: Uint8Array.from(answer) });
  }

  get count(): number {
    return [...this.#told.values()].reduce((sum, all) => sum + all.length, 0);
  }

  /**
   * At rest. `isKept`: no side has crashed, so nothing that was done may be gone. A sentence on what
   * is wrong, or null.
   */
  check(
    volume: number,
    first: readonly number[],
    second: readonly number[],
    isKept: boolean,
  ): string | null {
    if (first.join() !== second.join())
      return `the sides' actions differ: ${first.join()} and ${second.join()}`;
    if (new Set(first).size !== first.length) return `an action was applied twice: ${first.join()}`;
    if (!isKept) return null;
    for (const { action, answer } of this.#told.get(volume) ?? []) {
      const place = first.indexOf(action);
      if (place < 0) return `action ${action} was said to be done and is not there`;
      if (!Buffer.from(answerOf(first.slice(0, place + 1))).equals(answer))
        return `action ${action} was answered with another state than it led to`;
    }
    return null;
  }
}
