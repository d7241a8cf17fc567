import { type StepRow } from "../../lib/mirror/step-log";
import { mergeSteps } from "../../lib/mirror/step-merge";
import { commandNumber } from "../../lib/mirror/steps";
import {
  type Figure,
  FIG_16,
  FIG_19,
  FIG_20,
  FIG_8,
  FIG_9,
  figureRows,
  ofSide,
  stepsOf,
} from "./support/figure-steps";

/** As if side 2's clock were ahead by so much. */
function skewed(rows: readonly StepRow[], aheadMs: number): StepRow[] {
  return rows.map((row) => ({ ...row, timeMs: row.timeMs + (row.side === 2 ? aheadMs : 0) }));
}

function shownSteps(rows: readonly StepRow[]): (readonly number[])[] {
  return mergeSteps(ofSide(rows, 1), ofSide(rows, 2)).map((command) => stepsOf(command.rows));
}

function indexesOf(steps: readonly number[], step: number): number[] {
  return steps.flatMap((each, index) => (each === step ? [index] : []));
}

const FIGURES: readonly (readonly [string, Figure])[] = [
  ["Fig. 8", FIG_8],
  ["Fig. 9", FIG_9],
  ["Fig. 16", FIG_16],
  ["Fig. 19", FIG_19],
  ["Fig. 20", FIG_20],
];

/** A relay refused twice because the main volume was exclusive, then done. (832, 851, 833) */
const REFUSED_TWICE: Figure = {
  command: commandNumber(2, 9),
  runs: [
    ...["2:1:856 857 858 859 860 861", "2:3:862", "1:4:719 720 721 842 843 725"],
    ...["2:1:832 851 833", "2:1:859 860 861", "2:3:862", "1:4:719 720 721 842 843 725"],
    ...["2:1:832 851 833", "2:1:859 860 861", "2:3:862", "1:4:719 720 721 842 844 722 723"],
    ...["1:5:726 727 728", "2:2:708 709 711", "2:1:853", "2:2:712", "2:1:854 840 841"],
    ...["1:5:729", "1:4:724 855"],
  ],
};

describe.each([...FIGURES, ["a relay that stood by twice", REFUSED_TWICE] as const])(
  "%s",
  (_name, figure) => {
    const rows = figureRows(figure);

    it.each([0, 3, -3, 1e7, -1e7, 1.7e12])(
      "is put together with a clock %d ms ahead",
      (aheadMs) => {
        expect(shownSteps(skewed(rows, aheadMs))).toEqual([stepsOf(rows)]);
      },
    );

    it("is put together when all is within one millisecond of each clock", () => {
      const atOnce = rows.map((row) => ({ ...row, timeMs: row.side === 1 ? 400 : 90 }));
      const [merged] = mergeSteps(ofSide(atOnce, 1), ofSide(atOnce, 2));
      const steps = stepsOf(merged?.rows ?? []);
      expect(stepsOf(ofSide(merged?.rows ?? [], 1))).toEqual(stepsOf(ofSide(rows, 1)));
      expect(stepsOf(ofSide(merged?.rows ?? [], 2))).toEqual(stepsOf(ofSide(rows, 2)));
      expect(indexesOf(steps, 728).map((at) => steps[at + 1])).toEqual([708]);
      const relayed = [
        ...indexesOf(steps, 714),
        ...indexesOf(steps, 816),
        ...indexesOf(steps, 862),
      ];
      expect(relayed.every((at, index) => at < (indexesOf(steps, 719)[index] ?? -1))).toBe(true);
      expect(indexesOf(steps, 712)[0]).toBeLessThan(indexesOf(steps, 729)[0] ?? -1);
    });
  },
);

describe("mergeSteps", () => {
  it("gives times by the clock of side 1, whose difference it finds from causes and effects", () => {
    const rows = figureRows(FIG_8, { startMs: 100 });
    const [merged] = mergeSteps(ofSide(rows, 1), ofSide(skewed(rows, 5000), 2));
    const errors = rows.map((row, index) => (merged?.rows[index]?.timeMs ?? 0) - row.timeMs);
    const largest = Math.max(...errors.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1);
  });

  it("leaves times as they are when the clocks may be the same", () => {
    const rows = figureRows(FIG_8, { startMs: 100 });
    expect(mergeSteps(ofSide(rows, 1), ofSide(rows, 2))[0]?.rows).toEqual(rows);
  });

  it("knows the difference for commands that only one side saw by what it knows of others", () => {
    const seen = skewed(figureRows(FIG_8, { startMs: 100 }), 5000);
    const [early, late] = [commandNumber(2, 5), commandNumber(1, 4)];
    const ofSide2 = skewed(
      figureRows({ command: early, runs: ["2:1:701"] }, { startMs: 50 }),
      5000,
    );
    const ofSide1 = figureRows({ command: late, runs: ["1:1:701"] }, { startMs: 500 });
    const merged = mergeSteps([...ofSide(seen, 1), ...ofSide1], [...ofSide(seen, 2), ...ofSide2]);
    expect(merged.map(({ command }) => command)).toEqual([early, FIG_8.command, late]);
  });

  it("takes many commands apart that went on at the same time", () => {
    const commands = Array.from({ length: 200 }, (_, count) => ({
      ...[FIG_8, FIG_16, FIG_20, REFUSED_TWICE][count % 4],
      command: commandNumber(2, 100 + count),
    })) as Figure[];
    const rows = commands
      .flatMap((figure, count) => figureRows(figure, { startMs: 0.01 * count, from: 1000 * count }))
      .sort((a, b) => a.timeMs - b.timeMs || a.sequence - b.sequence)
      .map((row, sequence) => ({ ...row, sequence }));
    expect(shownSteps(skewed(rows, -70))).toEqual(
      commands.map((figure) => stepsOf(figureRows(figure))),
    );
  });

  it("takes a transfer that was asked for again for one step of JOB5 and two of JOB2", () => {
    const figure: Figure = {
      command: commandNumber(1, 3),
      runs: ["1:1:701 702", "1:5:726 727 728", "2:2:708 709", "2:2:708 709 711 712", "1:5:729"],
    };
    expect(shownSteps(skewed(figureRows(figure), 60))).toEqual([stepsOf(figureRows(figure))]);
  });

  it("shows a host that is told of the end early before what follows", () => {
    const figure: Figure = {
      command: commandNumber(2, 3),
      runs: [
        ...["2:1:856 857 858 859 860 861", "2:3:862", "2:1:840 841"],
        ...["1:4:719 720 721 842 843 844 722 723", "1:5:726 727 728"],
        ...["2:2:708 709 711", "2:1:853", "2:2:712", "2:1:854", "1:5:729", "1:4:724 855 725"],
      ],
    };
    expect(shownSteps(skewed(figureRows(figure), 60))).toEqual([stepsOf(figureRows(figure))]);
  });

  it("shows what one side knows when nothing is known of the other", () => {
    const rows = figureRows(FIG_8);
    expect(mergeSteps([], ofSide(rows, 2)).map((command) => stepsOf(command.rows))).toEqual([
      stepsOf(ofSide(rows, 2)),
    ]);
    expect(mergeSteps(ofSide(rows, 1), []).map((command) => stepsOf(command.rows))).toEqual([
      stepsOf(ofSide(rows, 1)),
    ]);
    expect(mergeSteps([], [])).toEqual([]);
  });

  it.each(Array.from({ length: 20 }, (_, lost) => lost))(
    "shows all that is left in each side's order when the rings have lost %d steps",
    (lost) => {
      const rows = skewed(figureRows(REFUSED_TWICE), 40);
      const [first, second] = [ofSide(rows, 1).slice(lost), ofSide(rows, 2).slice(lost / 2)];
      const [merged] = mergeSteps(first, second);
      expect(stepsOf(ofSide(merged?.rows ?? [], 1))).toEqual(stepsOf(first));
      expect(stepsOf(ofSide(merged?.rows ?? [], 2))).toEqual(stepsOf(second));
    },
  );

  it("ends also with steps that wait for each other", () => {
    const rows = figureRows({ command: commandNumber(2, 1), runs: ["1:5:729 728", "2:2:708 712"] });
    expect(shownSteps(rows)).toEqual([[729, 728, 708, 712]]);
  });
});
