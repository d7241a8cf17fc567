/**
 * Runs tests of `iscsi-test-cu` against a target: one process per test, each with a time limit,
 * and a fresh target after any that spoils it. What a log means is `classify.ts`'s business.
 */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../support/processes";
import { classify, type Outcome } from "./classify";
import { matchesGlob } from "./list";

export interface TestResult extends Outcome {
  /** FAMILY.SUITE.TEST */
  readonly test: string;
  readonly seconds: number;
}

/** What is tested. A target that is not ours cannot be restarted. */
export interface Subject {
  /** The unit's URL, and one for the same unit by another path, or null. */
  urls(): readonly [string, string | null];
  readonly restart: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly program: string;
  /** Limit of one test; Sanitize's poll every 60 s and get at least 240 s. */
  readonly testSeconds: number;
  /** What one suite may take in all. */
  readonly suiteSeconds: number;
  /** Whether tests may overwrite the unit. */
  readonly dataloss: boolean;
  /** One log per test goes here. */
  readonly logFolder: string;
  readonly onResult?: (result: TestResult) => void;
}

/** FAMILY.SUITE.TEST of every test the program has, but for the families that repeat others. */
export async function listTests(program: string): Promise<string[]> {
  const { stdout } = await must(program, ["--list"]);
  return stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => ["SCSI.*.*", "iSCSI.*.*"].some((family) => matchesGlob(line, family)));
}

/** Suite of a test: `SCSI.Inquiry` of `SCSI.Inquiry.EVPD`. */
export function suiteOf(test: string): string {
  return test.slice(0, test.lastIndexOf("."));
}

/** Runs the tests in turn. */
export async function runTests(
  subject: Subject,
  tests: readonly string[],
  options: RunOptions,
): Promise<TestResult[]> {
  mkdirSync(options.logFolder, { recursive: true });
  const spent = new Map<string, number>();
  const results: TestResult[] = [];
  for (const test of tests) {
    const used = spent.get(suiteOf(test)) ?? 0;
    const result =
      used < options.suiteSeconds
        ? await runTest(subject, test, options)
        : notRun(test, options.suiteSeconds);
    spent.set(suiteOf(test), used + result.seconds);
    results.push(result);
    options.onResult?.(result);
  }
  return results;
}

async function runTest(subject: Subject, test: string, options: RunOptions): Promise<TestResult> {
  const logFile = join(options.logFolder, `${test}.log`);
  const isSanitize = suiteOf(test).endsWith(".Sanitize");
  const limit = Math.max(options.testSeconds, isSanitize ? 240 : 0);
  const [url, otherPath] = subject.urls();
  const mayDestroy = options.dataloss ? ["--dataloss", "--allow-sanitize"] : [];
  const urls = otherPath === null ? [url] : [url, otherPath];
  const args = [...mayDestroy, "--Verbose-scsi", `--test=${test}`, ...urls];
  const done = await run(options.program, args, { logFile, timeoutMs: limit * 1000 });
  const outcome = classify(readFileSync(logFile, "utf8"), done);
  appendFileSync(logFile, `# ${outcome.verdict} ${done.ms} ms, exit code ${done.code}\n`);
  const isSpoiled = ["FAIL", "HANG", "CRASH"].includes(outcome.verdict);
  const death = isSpoiled ? await revive(subject) : "";
  return { test, seconds: done.ms / 1000, ...outcome, detail: death + outcome.detail };
}

/** After a failure: notes a dead target, and starts it afresh so that the next test is not spoiled. */
async function revive(subject: Subject): Promise<string> {
  const isAlive = await answers(subject.urls()[0]);
  if (subject.restart !== null) await subject.restart();
  return isAlive ? "" : "TARGET DEAD AFTER; ";
}

/** Whether the target takes a login and answers an INQUIRY. */
export async function answers(url: string): Promise<boolean> {
  const inquiry = await run("iscsi-inq", [url], { timeoutMs: 10_000 });
  return inquiry.code === 0;
}

function notRun(test: string, limit: number): TestResult {
  const detail = `the suite's ${limit} s are used up`;
  return { test, verdict: "NOTRUN", asserts: 0, seconds: 0, detail };
}
