import { fakePair, type FakeFlaw } from "./fake-pair";
import { reportOf, runSeed } from "./run";
import { parseMode } from "./scenario";

const SEEDS = 15;
const MODE = parseMode("acknowledge=sync,faults=none,initial=new");

/** The failures of some seeds, none of them the same world. */
function failuresOf(flaw: FakeFlaw): string[] {
  return Array.from({ length: SEEDS }, (_, seed) => {
    const { failure } = runSeed(seed, { make: fakePair(flaw), mode: MODE });
    return failure ?? "";
  }).filter((failure) => failure !== "");
}

describe("the simulator, of a pair that needs no protocol", () => {
  it("finds nothing wrong", () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const options = { make: fakePair("none"), mode: MODE };
      const { failure, commands } = runSeed(seed, options);
      if (failure !== null) throw new Error(reportOf(seed, { ...options, make: fakePair("none") }));
      expect(commands).toBeGreaterThan(20);
    }
  });

  it("runs a seed the same way each time", () => {
    const [one, two] = [1, 2].map(() =>
      runSeed(7, { make: fakePair("none"), mode: MODE, isTraced: true }),
    );
    expect(one?.trace.count).toBeGreaterThan(500);
    expect(one?.trace.checksum).toBe(two?.trace.checksum);
  });

  it.each<[FakeFlaw, RegExp]>([
    ["one-copy", /copies differ|not linearizable/],
    ["reads-wait-not", /not linearizable/],
    ["answers-early", /copies differ|not linearizable/],
    ["twice-applied", /twice|differ/],
  ])("finds out about one that is %s", (flaw, expected) => {
    const failures = failuresOf(flaw);
    expect(failures.length).toBeGreaterThan(SEEDS / 10);
    for (const failure of failures) expect(failure).toMatch(expected);
  });
});
