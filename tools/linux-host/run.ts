/**
 * One run of one scenario: images, boot, verdict, and the report a person reads when it failed.
 */
import { join } from "node:path";
import { buildFolder } from "./host";
import { buildExtra, buildImages, type Engine } from "./images";
import { findComplaints, type Complaint } from "./kernel-log";
import type { Step } from "./protocol";
import { scenarios, type ScenarioName } from "./scenarios";
import { bootVm, type CallHandler, type Ending } from "./vm";

export interface RunOptions {
  readonly scenario: ScenarioName;
  readonly engine: Engine;
  /** Shell variables of the scenario; `portal` and `iqn` at least. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onCall?: CallHandler;
  readonly onStep?: (step: Step) => void;
}

export interface Run {
  readonly scenario: ScenarioName;
  readonly ending: Ending;
  readonly steps: readonly Step[];
  readonly complaints: readonly Complaint[];
  /** Holds console.log and the rest. */
  readonly folder: string;
}

/** Exit status of a call nobody answers, as the shell's for a command not found. */
const notFound = 127;

export async function runScenario(options: RunOptions): Promise<Run> {
  const images = await buildImages(options.engine);
  const { file, timeLimitMs, allowed, extra } = scenarios[options.scenario];
  const folder = join(buildFolder, "runs", `${options.scenario}-${options.engine}`);
  const result = await bootVm({
    images,
    extra: extra === null ? null : await buildExtra(extra),
    folder,
    scenario: file,
    settings: options.settings,
    timeLimitMs,
    onCall: options.onCall ?? (() => Promise.resolve(notFound)),
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
  });
  const complaints = findComplaints(result.console, allowed);
  return { scenario: options.scenario, ...result, complaints, folder };
}

/** Every step passed, the scenario came to its end, and the kernel did not complain. */
export function isClean(run: Run): boolean {
  return run.ending === "ok" && run.complaints.length === 0;
}

const endings: Readonly<Record<Ending, string>> = {
  ok: "came to its end",
  failed: "came to its end with failures",
  died: "did not come to its end: the guest died",
  late: "did not come to its end: it took too long",
};

/** The whole story, failures with their output, the kernel's complaints by step. */
export function describeRun(run: Run): string {
  const steps = run.steps.map(describeStep);
  const complaints = run.complaints.map(({ step, line }) => `  kernel, in ${step}: ${line}`);
  const head = `scenario ${run.scenario} ${endings[run.ending]}; ${complaints.length} complaints`;
  return [`${head} of the kernel; more in ${run.folder}`, ...steps, ...complaints].join("\n");
}

export function describeStep({ uptime, name, outcome, detail, output }: Step): string {
  const line = `${uptime.toFixed(2).padStart(8)} ${outcome} ${name}: ${detail}`;
  return [line, ...output.map((text) => `           ${text}`)].join("\n");
}
