/** The program as a child process, run from its source: for specs of what a user sees of it. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Ready } from "../../../lib/node/serve";

const MAIN = join(__dirname, "../../../lib/node/main.ts");

export interface Program {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** After each spec: nothing it started outlives it. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

export function twinlun(...args: string[]): Program {
  return run("--import", "tsx", MAIN, ...args);
}

/** Node with any arguments. */
export function run(...args: string[]): Program {
  const child = spawn(process.execPath, args);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  running.add(child);
  const exit = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return { child, output, exit };
}

/** The ready line, when it has come. */
export async function ready({ output, exit }: Program): Promise<Ready> {
  let isOver = false;
  void exit.then(() => (isOver = true));
  while (!output.stdout.includes("\n") && !isOver)
    await new Promise((next) => setTimeout(next, 20));
  if (isOver) throw new Error(`it ended: ${output.stderr}`);
  return JSON.parse(output.stdout) as Ready;
}

export { MAIN };
