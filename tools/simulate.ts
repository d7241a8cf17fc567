#!/usr/bin/env -S npx tsx
/**
 * Runs the pair of storage control units in simulated worlds, a seed each, and looks for what must
 * not be: see spec/sim. What a seed does, it does again.
 */
import { availableParallelism } from "node:os";
import { MUTATIONS } from "../spec/sim/mutations";
import { realPair } from "../spec/sim/real-pair";
import { reportOf, type RunOptions, runSeed } from "../spec/sim/run";
import { describe, parseMode, scenarioOf } from "../spec/sim/scenario";
import { type Counts, emptyCounts, type Failed, runInChildren, sum } from "./simulate/children";
import { countOf, runTool, say, UsageError } from "./support/cli";

const USAGE = `Simulates two storage control units from seeds and checks what hosts, disks and maps see.

  npx tsx tools/simulate.ts [flags]

  --seeds N         how many worlds (200)
  --from S          the first seed (0)
  --mode K=V,...    what is not left to the seed, e.g. example=symmetric,faults=crash
  --mutation N      breaks something on purpose, by its number; a failure is then what is wanted:
${MUTATIONS.map(({ name }, index) => `                      ${index}: ${name}`).join("\n")}
  --jobs N          processes (${availableParallelism()})
  --keep-going      runs all seeds, and lists those that failed
  --trace           runs the first seed alone and prints its last events
  --all             with a trace: every event, not the newest only

The exit code is 1 when a seed failed. Its number and mode give the same run again, to the byte.
`;

const OPTIONS = {
  seeds: { type: "string" },
  from: { type: "string" },
  mode: { type: "string", default: "" },
  mutation: { type: "string" },
  jobs: { type: "string" },
  "keep-going": { type: "boolean", default: false },
  trace: { type: "boolean", default: false },
  all: { type: "boolean", default: false },
} as const;

/** Of a run that is a child's part of another. */
const CHILD = "TWINLUN_SIMULATE_PART";

export interface Part {
  /** The seeds `from`, `from + step`, …: `count` of them. */
  readonly from: number;
  readonly count: number;
  readonly step: number;
  readonly mode: string;
  readonly mutation: number | null;
}

function optionsOf({ mode, mutation }: Pick<Part, "mode" | "mutation">): RunOptions {
  return {
    make: realPair(),
    mode: parseMode(mode),
    mutation: mutation === null ? null : (MUTATIONS[mutation] ?? null),
  };
}

/** A child: tells its parent of each seed. */
function runPart(part: Part): void {
  for (let index = 0; index < part.count; index++) {
    const seed = part.from + index * part.step;
    const startMs = performance.now();
    const { failure, events, commands, virtualMs } = runSeed(seed, optionsOf(part));
    const ms = performance.now() - startMs;
    process.send?.({ seed, failure, events, commands, virtualMs, ms });
  }
}

function printFailed(failed: readonly Failed[], part: Pick<Part, "mode" | "mutation">): void {
  for (const { seed, failure } of failed) {
    const mode = describe(scenarioOf(seed, parseMode(part.mode)));
    process.stdout.write(`${seed}: ${failure.split("\n")[0] ?? ""}\n    ${mode}\n`);
  }
}

function summaryOf(counts: Counts, seconds: number): string {
  const { seeds, events, commands, virtualMs, failed } = counts;
  const rate = `${Math.round(seeds / seconds)} seeds/s, ${Math.round(events / seconds)} events/s`;
  const what = `${seeds} seeds, ${events} events, ${commands} commands`;
  const virtual = `${Math.round(virtualMs / 1000)} s simulated in ${seconds.toFixed(1)} s`;
  return `${failed.length === 0 ? "ok" : `${failed.length} FAILED`}: ${what}, ${virtual}, ${rate}`;
}

async function main(part: Part, jobs: number, keepsGoing: boolean): Promise<number> {
  const startMs = performance.now();
  const counts = emptyCounts();
  let saidMs = startMs;
  await runInChildren({ part, jobs, variable: CHILD }, (result) => {
    sum(counts, result);
    const nowMs = performance.now();
    if (nowMs - saidMs > 5000) {
      saidMs = nowMs;
      say(`${counts.seeds}/${part.count} seeds, ${counts.failed.length} failed`);
    }
    return keepsGoing || counts.failed.length === 0;
  });
  const [first] = counts.failed;
  if (first !== undefined && !keepsGoing)
    process.stdout.write(`${reportOf(first.seed, optionsOf(part))}\n`);
  else printFailed(counts.failed, part);
  process.stdout.write(`${summaryOf(counts, (performance.now() - startMs) / 1000)}\n`);
  return counts.failed.length === 0 ? 0 : 1;
}

function traceOf(part: Part, isAll: boolean): number {
  const options = { ...optionsOf(part), isTraced: true };
  const seed = part.from;
  const onLine = isAll ? (line: string) => process.stdout.write(`${line}\n`) : undefined;
  const { failure, scenario, trace } = runSeed(seed, { ...options, ...(onLine && { onLine }) });
  if (!isAll) process.stdout.write(`${trace.last(400).join("\n")}\n`);
  process.stdout.write(`${describe(scenario)}\n${failure ?? "nothing is wrong"}\n`);
  return failure === null ? 0 : 1;
}

function modeOf(text: string): string {
  try {
    parseMode(text);
    return text;
  } catch (error) {
    throw new UsageError(`--mode: ${(error as Error).message}`);
  }
}

const asChild = process.env[CHILD];
if (require.main === module && asChild !== undefined) runPart(JSON.parse(asChild) as Part);
else if (require.main === module)
  runTool({
    usage: USAGE,
    options: OPTIONS,
    main(values, positionals) {
      if (positionals.length > 0) throw new UsageError(`what is "${positionals[0]}"? --help`);
      const from = countOf("from", values.from, 0, 0);
      const count = countOf("seeds", values.seeds, 200);
      const mutation =
        values.mutation === undefined ? null : countOf("mutation", values.mutation, 0, 0);
      if (mutation !== null && MUTATIONS[mutation] === undefined)
        throw new UsageError(`--mutation is a number below ${MUTATIONS.length}`);
      const part = { from, count, step: 1, mode: modeOf(values.mode), mutation };
      if (values.trace) return Promise.resolve(traceOf(part, values.all));
      return main(part, countOf("jobs", values.jobs, availableParallelism()), values["keep-going"]);
    },
  });
