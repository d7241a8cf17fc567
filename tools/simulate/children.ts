/** Runs parts of a simulation in processes of their own and adds up what they tell. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Part } from "../simulate";

/** How a child runs: without tsx, faster. */
const NODE_FLAGS = ["--enable-source-maps", "--require", join(__dirname, "compile.js")];

export interface SeedResult {
  readonly seed: number;
  readonly failure: string | null;
  readonly events: number;
  readonly commands: number;
  readonly virtualMs: number;
  readonly ms: number;
}

export interface Failed {
  readonly seed: number;
  readonly failure: string;
}

export interface Counts {
  seeds: number;
  events: number;
  commands: number;
  virtualMs: number;
  readonly failed: Failed[];
}

export function emptyCounts(): Counts {
  return { seeds: 0, events: 0, commands: 0, virtualMs: 0, failed: [] };
}

export function sum(counts: Counts, result: SeedResult): void {
  counts.seeds++;
  counts.events += result.events;
  counts.commands += result.commands;
  counts.virtualMs += result.virtualMs;
  const { seed, failure } = result;
  if (failure !== null) counts.failed.push({ seed, failure });
}

/** `onSeed` says whether to go on. Rejects when a child ends otherwise than by itself. */
export async function runInChildren(
  of: { readonly part: Part; readonly jobs: number; readonly variable: string },
  onSeed: (result: SeedResult) => boolean,
): Promise<void> {
  const { part, jobs, variable } = of;
  const shares = Array.from({ length: Math.min(jobs, part.count) }, (_, share) => {
    const count = Math.ceil((part.count - share) / jobs);
    return { from: part.from + share * part.step, count, step: part.step * jobs };
  });
  let isOver = false;
  const children = shares.map((share) => {
    const env = { ...process.env, [variable]: JSON.stringify({ ...part, ...share }) };
    return fork(require.main?.filename as string, [], { env, execArgv: NODE_FLAGS });
  });
  const end = (): void => {
    isOver = true;
    for (const child of children) child.kill();
  };
  process.once("exit", end);
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve, reject) => {
          child.on("message", (result) => {
            if (!isOver && !onSeed(result as SeedResult)) end();
          });
          child.on("exit", (code, signal) => {
            if (code === 0 || isOver) resolve();
            else reject(new Error(`a part of the simulation ended with ${signal ?? code}`));
          });
        }),
    ),
  );
}
