/** Legs of a layer that take their time, each another one, so that what they end is out of order. */
import type { CompletionQueue } from "../../lib/block/completion-queue";
import type { BlockDevice } from "../../lib/block/device";
import { DelayedLayer } from "../../lib/store/delayed-layer";

export interface SlowLegs {
  readonly slow: readonly DelayedLayer[];
  /** Lets time pass until the next job of a leg is due. */
  readonly elapse: () => void;
}

export function slowLegs(legs: readonly BlockDevice[], completions: CompletionQueue): SlowLegs {
  let count = 0;
  const slow = legs.map((leg, index) => {
    const latencyMs = (): number => 1 + ((7 * ++count + 5 * index) % 11);
    return new DelayedLayer(leg, { completions, latencyMs });
  });
  return {
    slow,
    elapse() {
      const dueMs = Math.min(...slow.map((leg) => leg.dueMs));
      if (dueMs < Infinity) for (const leg of slow) leg.tick(dueMs);
    },
  };
}
