/**
 * One write by the real jobs in each of the patent's modes: its steps, kept by each side's log and
 * put together, are those of the figure.
 */
import type { MirrorOptions, Side } from "../../lib/mirror/config";
import { mermaidChart } from "../../lib/mirror/step-chart";
import { StepLog, stepRowsFrom } from "../../lib/mirror/step-log";
import { mergeSteps } from "../../lib/mirror/step-merge";
import { sideOf } from "../../lib/mirror/steps";
import type { JobNumber } from "../../lib/mirror/steps";
import { Rig } from "./jobs/rig";
import { FIG_16, FIG_19, FIG_20, FIG_8, FIG_9, figureRows, stepsOf } from "./support/figure-steps";
import type { Figure } from "./support/figure-steps";

/** What the two admin sockets would hand out after a write of a side's host. */
function listsAfterWrite(
  from: "main" | "sub",
  options: Partial<MirrorOptions>,
): Readonly<Record<Side, unknown>> {
  const rig = new Rig({ ...options, completeAt: "job-four-end" });
  rig.submit(rig[from], { op: "write", values: [5] });
  rig.settle();
  const logs = {
    1: new StepLog({ side: 1, capacity: 64 }),
    2: new StepLog({ side: 2, capacity: 64 }),
  };
  for (const { command, job, step } of rig.steps) {
    const side = job === 1 ? sideOf(command) : job === 4 || job === 5 ? 1 : 2;
    logs[side].at(side === 1 ? 1000 : 0);
    logs[side].sink(7, command, job as JobNumber, step);
  }
  return {
    1: JSON.parse(JSON.stringify(logs[1].rows(logs[1].numbers(1)))),
    2: JSON.parse(JSON.stringify(logs[2].rows(logs[2].numbers(1)))),
  };
}

const FIGURES = [
  ["communication", FIG_8],
  ["sub-relay", FIG_16],
  ["symmetric", FIG_20],
] as const;

function expectFigure(lists: Readonly<Record<Side, unknown>>, figure: Figure): void {
  const [command, ...others] = mergeSteps(
    stepRowsFrom(lists[1]) ?? [],
    stepRowsFrom(lists[2]) ?? [],
  );
  const rows = figureRows(figure);
  expect(others).toEqual([]);
  expect(stepsOf(command?.rows ?? [])).toEqual(stepsOf(rows));
  const drawn = { command: figure.command, rows: command?.rows ?? [] };
  expect(mermaidChart(drawn, { mainSide: 1 })).toBe(
    mermaidChart({ command: figure.command, rows }, { mainSide: 1 }),
  );
}

describe("a write of host 102", () => {
  it.each(FIGURES)("[S8-1 S16 D20-A..E] as %s goes by its figure", (example, figure) => {
    expectFigure(listsAfterWrite("sub", { example }), figure);
  });
});

describe("a write of host 102 that ends early", () => {
  it("[S9-1] goes by Fig. 9", () => {
    const options = { example: "communication", acknowledge: "async-relay" } as const;
    expectFigure(listsAfterWrite("sub", options), FIG_9);
  });
});

describe("a write of host 101", () => {
  it("[D19-A..E] goes by Fig. 19, and obtains exclusive 602 at the other side", () => {
    expectFigure(listsAfterWrite("main", { example: "symmetric" }), FIG_19);
  });
});
