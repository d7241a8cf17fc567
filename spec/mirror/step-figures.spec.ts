/**
 * One write by the real jobs in each of the patent's modes: its steps, kept by each side's log and
 * put together, are those of the figure.
 */
import type { Side } from "../../lib/mirror/config";
import { mermaidChart } from "../../lib/mirror/step-chart";
import type { CommandSteps } from "../../lib/mirror/step-log";
import { mergedWrite } from "./figures";
import { FIG_16, FIG_19, FIG_20, FIG_8, FIG_9, figureRows, stepsOf } from "./support/figure-steps";
import type { Figure } from "./support/figure-steps";

/** What one side's own order does not tell, the times do not either. */
function clocksApart(side: Side): number {
  return side === 1 ? 1000 : 0;
}

const FIGURES = [
  ["communication", FIG_8],
  ["sub-relay", FIG_16],
  ["symmetric", FIG_20],
] as const;

function expectFigure([command, ...others]: readonly CommandSteps[], figure: Figure): void {
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
    expectFigure(mergedWrite("sub", { example }, clocksApart), figure);
  });
});

describe("a write of host 102 that ends early", () => {
  it("[S9-1] goes by Fig. 9", () => {
    const options = { example: "communication", acknowledge: "async-relay" } as const;
    expectFigure(mergedWrite("sub", options, clocksApart), FIG_9);
  });
});

describe("a write of host 101", () => {
  it("[D19-A..E] goes by Fig. 19, and obtains exclusive 602 at the other side", () => {
    expectFigure(mergedWrite("main", { example: "symmetric" }, clocksApart), FIG_19);
  });

  it("[D19-as] that ends early ends after the other side is exclusive, whatever the clocks say", () => {
    const options = { example: "symmetric", acknowledge: "async-locked" } as const;
    const [command] = mergedWrite("main", options, clocksApart);
    const exclusive = [845, 861, 846];
    const steps = stepsOf(command?.rows ?? []).filter((step) => exclusive.includes(step));
    expect(steps).toEqual(exclusive);
  });
});
