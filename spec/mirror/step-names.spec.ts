import { examples } from "../../lib/mirror/examples";
import { controlUnits, stepName, stepNames } from "../../lib/mirror/step-names";

/** First and last of the runs of numbers that the patent's text has. */
const RUNS = [
  [701, 729],
  [804, 804],
  [813, 817],
  [832, 862],
] as const;

function numbersOf(runs: readonly (readonly [number, number])[]): number[] {
  return runs.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
}

describe("the names of steps", () => {
  it("have each number of the flowcharts once, with 724 and 725", () => {
    expect(stepNames.map(({ step }) => step)).toEqual(numbersOf(RUNS));
  });

  it.each([
    ["JOB1 has", 1, [[701, 707]]],
    ["JOB2 has", 2, [[708, 712]]],
    ["JOB3 has", 3, [[713, 718]]],
    ["JOB4 has", 4, [[719, 725]]],
    ["JOB5 has", 5, [[726, 729]]],
    ["JOB1 of the second example has", 1, [[804, 804]]],
    ["JOB3 of the second example has", 3, [[813, 817]]],
    ["JOB3 of the third example has", 3, [[862, 862]]],
  ] as const)("%s %s of its own", (_title, job, runs) => {
    expect(numbersOf(runs).map((step) => stepName(step)?.jobs)).toEqual(
      numbersOf(runs).map(() => [job]),
    );
  });

  it("know no number between the flowcharts'", () => {
    expect([700, 730, 803, 805, 812, 818, 831, 863].map(stepName)).toEqual(Array(8).fill(null));
  });

  it("are said in text that Mermaid takes as it is, with the paragraph it is from", () => {
    const wrong = stepNames.filter(
      ({ what, paragraph }) => !/^[^;#<>]+$/.test(what) || !/^00[5-7]\d$/.test(paragraph),
    );
    expect(wrong).toEqual([]);
  });

  it("carry nothing from a processor but that of the job itself", () => {
    const wrong = stepNames.filter(
      ({ jobs, carries }) =>
        carries !== null &&
        !jobs.some(
          (job) => job === carries.from || (carries.from === "host" && carries.to === job),
        ),
    );
    expect(wrong).toEqual([]);
  });

  it("have those of all three examples with the job that does them", () => {
    const used = Object.values(examples).flatMap((example) => [
      ...[...example.arrived, ...example.abnormal, ...example.asked].map((step) => [1, step]),
      ...[...example.mainEnded, ...example.subEnded].map((step) => [1, step]),
      ...[...example.mainReserved, ...example.subReserved].map((step) => [1, step]),
      ...[...example.relayed, ...example.relayEnded].map((step) => [3, step]),
    ]) as [1 | 3, number][];
    expect(used.filter(([job, step]) => !(stepName(step)?.jobs ?? []).includes(job))).toEqual([]);
  });
});

describe("control units", () => {
  it("have one processor for hosts, one that sends and one that receives", () => {
    expect(controlUnits.main.processors).toEqual({ 1: 501, 2: 503, 3: 502, 4: 503, 5: 502 });
    expect(controlUnits.sub.processors).toEqual({ 1: 510, 2: 509, 3: 508, 4: 509, 5: 508 });
  });
});
