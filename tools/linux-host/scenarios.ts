/**
 * The table of scenarios: how long each may take and which complaints of the kernel it provokes on
 * purpose. A scenario's steps are its file in scenarios/.
 */
import { join } from "node:path";
import type { ExtraName } from "./guest-extras";
import type { Allowance } from "./kernel-log";

export interface Scenario {
  readonly file: string;
  readonly timeLimitMs: number;
  readonly allowed: readonly Allowance[];
  /** What it needs beside the guest's own files. */
  readonly extra: ExtraName | null;
}

function scenario(
  name: string,
  allowed: readonly Allowance[] = [],
  extra: ExtraName | null = null,
): Scenario {
  const file = join(__dirname, "scenarios", `${name}.sh`);
  return { file, timeLimitMs: 180_000, allowed, extra };
}

const refusedLogin: Allowance = {
  steps: /login_(without_chap|wrong_secret|wrong_user|algorithm_not_taken)/,
  lines: /detected conn error/,
  because: "the target closes the connection of a login it refused",
};

const lostConnection: Allowance = {
  steps: /(kill|stalled|start|resumed)_\d/,
  lines: /detected conn error/,
  because: "the target is killed under load",
};

const lostController: Allowance = {
  steps: /((kill|(one|no)_path|goes_on|start|two_paths|resynced|survives)_.*|fio_.*|logout)/,
  lines:
    /detected conn error|I\/O error|Failing path|session recovery timed out|Reinstating path|rejecting I\/O|Synchronize Cache|Sense Key : (0x2|Not Ready)/,
  because: "a controller is killed under load, and its path fails",
};

const conflicts: Allowance = {
  steps: /(still_)?reserved_?.*/,
  lines: /reservation conflict/,
  because: "RESERVE (6) keeps the other initiator out",
};

const persistConflicts: Allowance = {
  steps: /reserve.*|preempt.*|release.*|spc2_.*|clear.*/,
  lines: /reservation conflict/,
  because: "reservations at one controller keep an initiator of the other out",
};

const fenced: Allowance = {
  steps: /(scsi|mpath)_fenced_.*/,
  lines: /reservation conflict|I\/O error/,
  because: "a node that was fenced may not write any more",
};

export const scenarios = {
  basic: scenario("basic"),
  filesystems: scenario("filesystems"),
  chap: scenario("chap", [refusedLogin]),
  digests: scenario("digests"),
  fencing: scenario("fencing", [fenced], "fencing"),
  multipath: scenario("multipath", [lostController]),
  persist: scenario("persist", [persistConflicts]),
  restart: scenario("restart", [lostConnection]),
  sg3: scenario("sg3", [conflicts]),
  "sg3-media": scenario("sg3-media"),
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
