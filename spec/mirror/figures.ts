/**
 * The patent's sequence figures as the code draws them now: a row for each, with the settings that
 * give it. The text is lib/mirror/FIGURES.md, written by tools/figures.ts.
 */
import { join } from "node:path";
import type { MirrorOptions, Side } from "../../lib/mirror/config";
import { mermaidChart } from "../../lib/mirror/step-chart";
import { type CommandSteps, StepLog, stepRowsFrom } from "../../lib/mirror/step-log";
import { mergeSteps } from "../../lib/mirror/step-merge";
import { type JobNumber, sideOf } from "../../lib/mirror/steps";
import { Rig } from "./jobs/rig";

export const FIGURES_PATH = join(__dirname, "../../lib/mirror/FIGURES.md");

interface Drawing {
  readonly title: string;
  readonly sentence: string;
  /** Whose host writes. */
  readonly from: "main" | "sub";
  readonly options: Partial<MirrorOptions>;
}

export const DRAWINGS: readonly Drawing[] = [
  {
    title: "Fig. 8",
    sentence:
      "Example 1: a communication volume relays a write of the sub side's host to the main side, which writes its copy and has the sub side write the other; the host is told at the end. [0059] [0060]",
    from: "sub",
    options: { example: "communication", acknowledge: "sync" },
  },
  {
    title: "Fig. 9",
    sentence:
      "Example 1, asynchronous: the host is told before the write is relayed. [0063] [0064]",
    from: "sub",
    options: { example: "communication", acknowledge: "async-relay" },
  },
  {
    title: "Fig. 16",
    sentence:
      "Example 2: the subvolume relays by itself, from one of its jobs to another. [0066]–[0068]",
    from: "sub",
    options: { example: "sub-relay", acknowledge: "sync" },
  },
  {
    title: "Fig. 16, asynchronous",
    sentence: "Example 2 as Fig. 9 has example 1. [0069]",
    from: "sub",
    options: { example: "sub-relay", acknowledge: "async-relay" },
  },
  {
    title: "Fig. 19",
    sentence:
      "Example 3: a write of the main side's host makes its blocks exclusive at both sides, A to E. [0077]",
    from: "main",
    options: { example: "symmetric", acknowledge: "sync" },
  },
  {
    title: "Fig. 19, asynchronous",
    sentence:
      "Example 3, asynchronous: the host is told when both sides are exclusive, and the copy is made after that. [0077]",
    from: "main",
    options: { example: "symmetric", acknowledge: "async-locked" },
  },
  {
    title: "Fig. 20",
    sentence:
      "Example 3: a write of the sub side's host, A to E; what it has of the sub side it has for the time being until the main side is exclusive, too. [0078]",
    from: "sub",
    options: { example: "symmetric", acknowledge: "sync" },
  },
  {
    title: "Fig. 20, asynchronous",
    sentence:
      "Example 3, asynchronous: the main side is asked without the data, and the host is told when both sides are exclusive. [0078]",
    from: "sub",
    options: { example: "symmetric", acknowledge: "async-locked" },
  },
];

const OPENING = `# The patent's figures, as the code goes

Written by \`npx tsx tools/figures.ts\` from runs of the real jobs; a spec checks that it is what they do now. Each is one write of a host, with \`--complete-at job-four-end\`, where the figures end a write. \`twinlun trace --mermaid\` draws the same of a command that was given to a running pair.
`;

export function figuresText(): string {
  return [OPENING, ...DRAWINGS.map(drawingText)].join("\n");
}

function drawingText({ title, sentence, from, options }: Drawing): string {
  const { example, acknowledge } = options;
  const settings = `\`--example ${example} --acknowledge ${acknowledge}\`, a write at the ${from} side`;
  const [command] = mergedWrite(from, options);
  const chart = command === undefined ? "" : mermaidChart(command, { mainSide: 1 });
  return `## ${title}\n\n${sentence} ${settings}.\n\n\`\`\`mermaid\n${chart}\`\`\`\n`;
}

/**
 * The commands of a run in which one host wrote once, by what both sides' logs would hand out.
 * `timeOf`: what a side's clock shows at a step of the run; if not given, both show the same.
 */
export function mergedWrite(
  from: "main" | "sub",
  options: Partial<MirrorOptions>,
  timeOf: (side: Side, index: number) => number = (_, index) => index,
): CommandSteps[] {
  const rig = new Rig({ ...options, completeAt: "job-four-end" });
  rig.submit(rig[from], { op: "write", values: [5] });
  rig.settle();
  const logs: Record<Side, StepLog> = {
    1: new StepLog({ side: 1, capacity: 64 }),
    2: new StepLog({ side: 2, capacity: 64 }),
  };
  rig.steps.forEach(({ command, job, step }, index) => {
    const side = job === 1 ? sideOf(command) : job === 4 || job === 5 ? 1 : 2;
    logs[side].at(timeOf(side, index));
    logs[side].sink(7, command, job as JobNumber, step);
  });
  const rowsOf = (side: Side): unknown =>
    JSON.parse(JSON.stringify(logs[side].rows(logs[side].numbers(1))));
  return mergeSteps(stepRowsFrom(rowsOf(1)) ?? [], stepRowsFrom(rowsOf(2)) ?? []);
}
