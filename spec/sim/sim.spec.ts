/**
 * A few hundred worlds of the real pair, a seed each; tools/simulate.ts runs more of them. What
 * fails here prints its seed, its mode and its last events.
 */
import { MUTATIONS } from "./mutations";
import { realPair } from "./real-pair";
import { reportOf, type RunOptions, runSeed } from "./run";
import { FAULTS, parseMode } from "./scenario";

const SEEDS_EACH = 25;
/** Worlds in which a broken promise has to show. */
const SEEDS_MUTATED = 60;

/** Steps of the patent's jobs that were taken in any world. */
const steps = new Set<number>();

function optionsOf(mode: string): RunOptions {
  return { make: realPair(), mode: parseMode(mode) };
}

describe("two storage control units in worlds where things go wrong", () => {
  it.each(FAULTS)("keep what they promise: %s", (faults) => {
    for (let index = 0; index < SEEDS_EACH; index++) {
      const seed = FAULTS.indexOf(faults) * 1000 + index;
      const run = runSeed(seed, optionsOf(`faults=${faults}`));
      if (run.failure !== null) throw new Error(reportOf(seed, optionsOf(`faults=${faults}`)));
      for (const step of run.steps) steps.add(step);
    }
  });

  it("do the same again from the same seed", () => {
    const options = { ...optionsOf("faults=chaos"), isTraced: true };
    const [one, two] = [runSeed(42, options), runSeed(42, options)];
    expect(one.trace.count).toBeGreaterThan(1000);
    expect(one.trace.checksum).toBe(two.trace.checksum);
  });
});

describe("a world that breaks a promise", () => {
  it.each(MUTATIONS)("is found out: $name", (mutation) => {
    const options = { ...optionsOf(mutation.mode), mutation };
    const found = (seed: number): boolean =>
      mutation.isFoundAs.test(runSeed(seed, options).failure ?? "");
    const seeds = Array.from({ length: SEEDS_MUTATED }, (_, seed) => seed);
    expect(seeds.some(found)).toBe(true);
  });
});
