/**
 * A few hundred worlds of the real pair, a seed each; tools/simulate.ts runs more of them. What
 * fails here prints its seed, its mode and its last events.
 */
import { stepNames } from "../../lib/mirror/step-names";
import { MUTATIONS } from "./mutations";
import { realPair } from "./real-pair";
import { reportOf, type RunOptions, runSeed } from "./run";
import { FAULTS, parseMode } from "./scenario";

const SEEDS_EACH = 20;
/** Worlds in which a broken promise has to show. */
const SEEDS_MUTATED = 60;

/** What a pair can be: state, role and standing of a side. */
const STATES = [
  "SMPL main deciding",
  "SMPL sub blocked",
  "COPY main mirrored",
  "COPY sub mirrored",
  "COPY sub blocked",
  "PAIR main mirrored",
  "PAIR sub mirrored",
  "PAIR main deciding",
  "PAIR sub deciding",
  "PSUE main alone",
  "PSUE main blocked",
  "PSUE sub blocked",
  "SSWS main alone",
  "PSUS main alone",
  "SSUS sub blocked",
];

/** The sub side learns of a loss before the main side does and is sent a copy: too rare to ask. */
const RARE_STEPS = [710];

function optionsOf(mode: string): RunOptions {
  return { make: realPair(), mode: parseMode(mode) };
}

describe("two storage control units in worlds where things go wrong", () => {
  const steps = new Set<number>();
  const states = new Set<string>();

  it.each(FAULTS)("keep what they promise: %s", (faults) => {
    for (let index = 0; index < SEEDS_EACH; index++) {
      const seed = FAULTS.indexOf(faults) * 1000 + index;
      const run = runSeed(seed, optionsOf(`faults=${faults}`));
      if (run.failure !== null) throw new Error(reportOf(seed, optionsOf(`faults=${faults}`)));
      for (const step of run.steps) steps.add(step % 1000);
      for (const state of run.states) states.add(state);
    }
  });

  it("come to every state of a pair and to every step of the flowcharts", () => {
    expect(STATES.filter((state) => !states.has(state))).toEqual([]);
    const missing = stepNames.filter(({ step }) => !steps.has(step) && !RARE_STEPS.includes(step));
    expect(missing.map(({ step }) => step)).toEqual([]);
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
    const isFound = (seed: number): boolean =>
      mutation.isFoundAs.test(runSeed(seed, options).failure ?? "");
    const seeds = Array.from({ length: SEEDS_MUTATED }, (_, seed) => seed);
    expect(seeds.some(isFound)).toBe(true);
  });
});
