// The table of scenarios: how long each may take and which complaints of the kernel it provokes on purpose.
// A scenario's steps are its file in scenarios/.
import { join } from "node:path";
import type { Allowance } from "./kernel-log";

export interface Scenario {
  readonly file: string;
  readonly timeLimitMs: number;
  readonly allowed: readonly Allowance[];
}

function scenario(name: string, allowed: readonly Allowance[] = []): Scenario {
  const file = join(__dirname, "scenarios", `${name}.sh`);
  return { file, timeLimitMs: 180_000, allowed };
}

const connectionLoss: Allowance = {
  steps: /(kill|start|resumed)_\d/,
  lines: /detected conn error|ping timeout/,
  because: "the target is killed under load",
};

export const scenarios = {
  basic: scenario("basic"),
  filesystems: scenario("filesystems"),
  chap: scenario("chap"),
  digests: scenario("digests"),
  restart: scenario("restart", [connectionLoss]),
  sg3: scenario("sg3"),
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
