/**
 * Both sides' hosts at work on the real jobs, from a seed: every step is one of the table, and what
 * each side has seen is put together again as it was.
 */
import { Prng } from "../../lib/base/prng";
import type { MirrorOptions, Side } from "../../lib/mirror/config";
import type { StepRow } from "../../lib/mirror/step-log";
import { mergeSteps } from "../../lib/mirror/step-merge";
import { stepName } from "../../lib/mirror/step-names";
import type { JobNumber } from "../../lib/mirror/steps";
import { sideOf } from "../../lib/mirror/steps";
import type { Step } from "./jobs/rig";
import { Rig } from "./jobs/rig";
import { ofSide, stepsOf } from "./support/figure-steps";

/** Writes, reads, compares and flushes of a few blocks, with messages and devices in any order. */
function stepsOfRun(seed: number, options: Partial<MirrorOptions>): readonly Step[] {
  const prng = new Prng(seed);
  const rig = new Rig(options);
  const sides = [rig.main, rig.sub];
  for (let turn = 0; turn < 300; turn++) {
    const side = prng.pick(sides);
    const what = prng.below(4);
    if (turn < 100 && what === 0) {
      const op = prng.pick(["write", "write", "read", "flush", "compare-and-write"] as const);
      const values = op === "compare-and-write" ? [prng.below(3), turn] : [turn];
      rig.submit(side, { op, lba: prng.below(2), values });
    } else if (what < 3 && side.sent.length > 0) {
      rig.deliver(side);
    } else if (side.device.pending.length > 0) {
      side.device.perform(prng.below(side.device.pending.length));
    }
  }
  rig.settle();
  return rig.steps;
}

/** As the two sides' logs would have them; all times are those of one clock that never stands. */
function rowsOf(steps: readonly Step[]): StepRow[] {
  return steps.map(({ command, job, step }, index) => {
    const own: Side = sideOf(command);
    const side = job === 1 ? own : job === 4 || job === 5 ? 1 : 2;
    const at = { timeMs: index, sequence: index };
    return { ...at, side, volume: 7, command, job: job as JobNumber, step };
  });
}

function byCommand(rows: readonly StepRow[]): Map<number, number[]> {
  const commands = new Map<number, number[]>();
  for (const { command, step } of rows) {
    commands.set(command, [...(commands.get(command) ?? []), step]);
  }
  return commands;
}

const CAUSES: readonly (readonly [number, number])[] = [
  [714, 719],
  [816, 719],
  [862, 719],
  [728, 708],
  [712, 729],
  [725, 717],
  [725, 832],
];

/** Whether the first of an effect comes before the first of its cause. */
function isBroken(steps: readonly number[]): boolean {
  return CAUSES.some(
    ([cause, effect]) =>
      steps.includes(effect) &&
      steps.includes(cause) &&
      steps.indexOf(effect) < steps.indexOf(cause),
  );
}

const MODES: readonly Partial<MirrorOptions>[] = [
  { example: "communication", completeAt: "job-four-end" },
  { example: "communication", omitTransfer: false, directRead: "overlap-test" },
  { example: "sub-relay", directRead: "off" },
  { example: "symmetric", completeAt: "job-four-end", granularity: "volume" },
  { example: "symmetric", directRead: "off" },
];

const RUNS = MODES.flatMap((options) =>
  Array.from({ length: 10 }, (_, seed) => [JSON.stringify(options), seed + 1, options] as const),
);

describe.each(RUNS)("jobs under %s, seed %d", (_title, seed, options) => {
  const rows = rowsOf(stepsOfRun(seed, options));

  it("do what the table of steps says they do", () => {
    const strange = rows.filter(({ job, step }) => !(stepName(step)?.jobs ?? []).includes(job));
    expect(strange).toEqual([]);
    expect(rows.length).toBeGreaterThan(100);
  });

  it("are put together as they were, as no cause is taken for one that is none", () => {
    const merged = mergeSteps(ofSide(rows, 1), ofSide(rows, 2));
    expect(new Map(merged.map((command) => [command.command, stepsOf(command.rows)]))).toEqual(
      byCommand(rows),
    );
  });

  it("keep cause before effect under a clock that is an hour ahead, and time goes on", () => {
    const ahead = ofSide(rows, 2).map((row) => ({ ...row, timeMs: row.timeMs + 3_600_000 }));
    const merged = mergeSteps(ofSide(rows, 1), ahead);
    const wrong = merged.filter(({ rows: ofCommand }) => {
      const times = ofCommand.map(({ timeMs }) => timeMs);
      return (
        isBroken(stepsOf(ofCommand)) || times.some((time, at) => time < (times[at - 1] ?? time))
      );
    });
    expect(wrong).toEqual([]);
  });
});
