import { limits } from "../../lib/base/limits";
import { StepLog, stepRowsFrom } from "../../lib/mirror/step-log";
import { commandNumber } from "../../lib/mirror/steps";
import { stepsOf } from "./support/figure-steps";

const [FIRST, SECOND, THIRD] = [1, 2, 3].map((count) => commandNumber(2, count)) as [
  number,
  number,
  number,
];

/** Three commands: 701 to 703 of each at a time of its own, one step of each in turn. */
function interleaved(capacity: number): StepLog {
  const log = new StepLog({ side: 2, capacity });
  [701, 702, 703].forEach((step, index) => {
    log.at(10.5 * index);
    for (const command of [FIRST, SECOND, THIRD]) log.sink(7, command, 1, step);
  });
  return log;
}

describe("StepLog", () => {
  it("keeps a step with its turn's time, its side and its place in the side's order", () => {
    const log = interleaved(16);
    expect(log.rows()[4]).toEqual({
      timeMs: 10.5,
      sequence: 4,
      side: 2,
      volume: 7,
      command: SECOND,
      job: 1,
      step: 702,
    });
    expect(log.rows()).toHaveLength(9);
  });

  it("takes commands of many apart, each in its order, the one that began first at the front", () => {
    const log = interleaved(16);
    log.sink(7, FIRST, 1, 707);
    expect(log.commands(3).map(({ command, rows }) => [command, stepsOf(rows)])).toEqual([
      [FIRST, [701, 702, 703, 707]],
      [SECOND, [701, 702, 703]],
      [THIRD, [701, 702, 703]],
    ]);
  });

  it("counts as last what something happened to last", () => {
    const log = interleaved(16);
    log.sink(7, FIRST, 1, 707);
    expect(log.numbers(2)).toEqual([FIRST, THIRD]);
    expect(log.commands(2).map(({ command }) => command)).toEqual([FIRST, THIRD]);
    expect(log.commands(0)).toEqual([]);
    expect(log.commands(100)).toHaveLength(3);
  });

  it("forgets the oldest steps when it is full, and keeps counting", () => {
    const log = interleaved(4);
    expect(log.rows().map(({ sequence, step }) => [sequence, step])).toEqual([
      [5, 702],
      [6, 703],
      [7, 703],
      [8, 703],
    ]);
    expect(log.commands(9).map(({ command, rows }) => [command, stepsOf(rows)])).toEqual([
      [THIRD, [702, 703]],
      [FIRST, [703]],
      [SECOND, [703]],
    ]);
  });

  it("goes round many times", () => {
    const log = new StepLog({ side: 1, capacity: 3 });
    for (let count = 0; count < 1000; count++) {
      log.at(count);
      log.sink(0, commandNumber(1, count), 5, 726);
    }
    const last = [997, 998, 999];
    expect(log.rows().map(({ sequence }) => sequence)).toEqual(last);
    expect(log.rows().map(({ timeMs }) => timeMs)).toEqual(last);
    expect(log.rows().map(({ command }) => command - commandNumber(1, 0))).toEqual(last);
  });

  it("gives out the rows of some commands alone", () => {
    const log = interleaved(16);
    expect(log.rows([THIRD, FIRST]).map(({ command }) => command)).toEqual([
      ...[FIRST, THIRD, FIRST, THIRD, FIRST, THIRD],
    ]);
    expect(log.rows([commandNumber(1, 1)])).toEqual([]);
  });

  it("is empty at first", () => {
    const log = new StepLog({ side: 1, capacity: 1 });
    expect([log.rows(), log.commands(5), log.numbers(5)]).toEqual([[], [], []]);
  });

  it("is not larger than the limit", () => {
    const capacity = limits.stepRecordsMax + 1;
    expect(() => new StepLog({ side: 1, capacity })).toThrow(/size/);
    expect(() => new StepLog({ side: 1, capacity: 0 })).toThrow(/size/);
  });
});

describe("rows", () => {
  it("are the same behind JSON", () => {
    const rows = interleaved(16).rows();
    expect(stepRowsFrom(JSON.parse(JSON.stringify(rows)))).toEqual(rows);
    expect(stepRowsFrom([])).toEqual([]);
  });

  it.each([
    ["no list", { rows: [] }],
    ["nothing", null],
    ["no row", [null]],
    ["a number", [5]],
    ["a side that is none", [{ ...interleaved(1).rows()[0], side: 3 }]],
    ["a job that is none", [{ ...interleaved(1).rows()[0], job: 6 }]],
    ["a job that is a word", [{ ...interleaved(1).rows()[0], job: "1" }]],
    ["no time", [{ ...interleaved(1).rows()[0], timeMs: null }]],
    ["a sequence below 0", [{ ...interleaved(1).rows()[0], sequence: -1 }]],
    ["half a command", [{ ...interleaved(1).rows()[0], command: 0.5 }]],
    ["too many", Array(limits.stepRecordsMax + 1).fill(interleaved(1).rows()[0])],
  ])("are refused when there is %s", (_title, value) => {
    expect(stepRowsFrom(value)).toBeNull();
  });
});
