/**
 * Reads the log of one run of `iscsi-test-cu --Verbose-scsi --test=ONE` and says what it means.
 * CUnit alone does not: a test that gives up on a missing feature counts as passed there.
 */

/**
 * PASS     all assertions held and nothing was skipped
 * PARTIAL  passed, but a step was skipped and the test went on after it
 * SKIP     gave up: a precondition or an opcode is missing, or no command was sent at all
 * FAIL     an assertion failed, or the set-up (login) did
 * HANG     took longer than its limit
 * CRASH    died by a signal, or ended without a summary
 * NOTRUN   the time for its suite was used up
 */
export const VERDICTS = ["PASS", "PARTIAL", "SKIP", "FAIL", "HANG", "CRASH", "NOTRUN"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Outcome {
  readonly verdict: Verdict;
  /** Assertions that were run. */
  readonly asserts: number;
  /** The line that explains any verdict but PASS; empty for PASS. */
  readonly detail: string;
}

export interface Ending {
  /** null when a signal ended the program. */
  readonly code: number | null;
  readonly timedOut: boolean;
}

/** Exit codes with which the program ends in order though it could not run its test. */
const ORDERLY_FAILURES: readonly (number | null)[] = [1, 10, 255];
const TIME = /\d+-\d+-\d+ [\d:.]+/.source;
const TEST_LINE = /^ {2}Test: /;
const EMPTY = new RegExp(`^ *(${TIME})? *$`);
const VACUOUS = "(vacuous: no command sent, the test returned at once)";

/** What the lines of a log add up to. */
class Reading {
  #isInTest = false;
  /** Lines the test itself wrote: none means that it did nothing. */
  ownLines = 0;
  skips = 0;
  /** Skips that end a test, in contrast to those of one assertion. */
  endingSkips = 0;
  /** Steps that succeeded after the last skip: the test went on. */
  okAfterSkip = 0;
  lastSkip = "";
  firstFailure = "";
  firstAssertion = "";
  hasFailed = false;
  isInitFailed = false;
  hasSummary = false;
  asserts = 0;
  failedAsserts = 0;
  testsRun = 0;
  failedTests = 0;
  lastLine = "";

  take(line: string): void {
    this.#countOwn(line);
    if (this.#isInTest && this.#takeSkip(line)) return;
    if (this.#isInTest && this.skips > 0 && line.includes("[OK]")) this.okAfterSkip++;
    if (this.#isInTest && line.includes("[FAILED]")) this.firstFailure ||= clean(line);
    if (/\.\.\.FAILED|^FAILED|FAILED *$/.test(line)) this.#endTest({ failed: true });
    if (/^passed|\.\.\.passed/.test(line)) this.#endTest({ failed: false });
    if (line.startsWith("Run Summary:")) this.#isInTest = false;
    if (/^ +\d+\. .*(CU_| - )/.test(line)) this.firstAssertion ||= clean(line);
    if (line.includes("initialization failed")) this.isInitFailed = true;
    this.#takeSummary(line);
    if (line.trim() !== "") this.lastLine = clean(line);
  }

  #countOwn(line: string): void {
    if (TEST_LINE.test(line)) {
      this.#isInTest = true;
      if (/\.\.\. *[^ ]/.test(line) && !/\.\.\.(passed|FAILED)/.test(line)) this.ownLines++;
    } else if (this.#isInTest && !EMPTY.test(line) && !/^(passed|FAILED)/.test(line)) {
      this.ownLines++;
    }
  }

  #takeSkip(line: string): boolean {
    const isOnlyAssertion = /Skipping assert|restrictions on this LUN/.test(line);
    const isEnding = line.includes("Skipping RTPG tests");
    if (!isEnding && !line.includes("[SKIP")) return false;
    this.lastSkip = clean(line);
    this.skips++;
    this.okAfterSkip = 0;
    if (isEnding || !isOnlyAssertion) this.endingSkips++;
    return true;
  }

  #endTest(test: { failed: boolean }): void {
    this.#isInTest = false;
    if (test.failed) this.hasFailed = true;
  }

  /** Columns of CUnit's table: type, total, ran, passed, failed, inactive. */
  #takeSummary(line: string): void {
    const [, type, ran, failed] = /^ +(asserts|tests) +\S+ +(\S+) +\S+ +(\S+)/.exec(line) ?? [];
    if (type === "tests") {
      this.testsRun = Number(ran);
      this.failedTests = Number(failed);
    } else if (type === "asserts") {
      this.hasSummary = true;
      this.asserts = Number(ran);
      this.failedAsserts = Number(failed);
    }
  }
}

/** What the log of one test, run alone, means. */
export function classify(log: string, ending: Ending): Outcome {
  const reading = new Reading();
  log.split("\n").forEach((line) => reading.take(line));
  const isVacuous = reading.ownLines === 0;
  const verdict = verdictOf(reading, ending, isVacuous);
  const detail = detailOf(verdict, reading, ending, isVacuous);
  return { verdict, asserts: reading.asserts, detail: detail.slice(0, 220) };
}

function verdictOf(reading: Reading, ending: Ending, isVacuous: boolean): Verdict {
  if (ending.timedOut) return "HANG";
  if (ending.code === null) return "CRASH";
  if (!reading.hasSummary) return ORDERLY_FAILURES.includes(ending.code) ? "FAIL" : "CRASH";
  const hasFailures = reading.failedTests > 0 || reading.failedAsserts > 0;
  if (reading.hasFailed || hasFailures || reading.isInitFailed) return "FAIL";
  if (reading.testsRun === 0) return "FAIL";
  if (reading.endingSkips > 0) return reading.okAfterSkip > 0 ? "PARTIAL" : "SKIP";
  return isVacuous ? "SKIP" : "PASS";
}

function detailOf(verdict: Verdict, reading: Reading, ending: Ending, isVacuous: boolean): string {
  const { firstFailure, firstAssertion, lastLine } = reading;
  if (verdict === "FAIL") {
    const setUp = reading.isInitFailed ? "suite initialization (login) failed" : lastLine;
    return firstFailure || firstAssertion || setUp;
  }
  if (verdict === "HANG" || verdict === "CRASH") {
    const how = ending.timedOut ? "time limit" : ending.code === null ? "signal" : "no summary";
    return `${how}; ${firstFailure || `last: ${lastLine}`}`;
  }
  if (verdict === "SKIP" && isVacuous && reading.endingSkips === 0) return VACUOUS;
  return reading.lastSkip;
}

/** The text of a line, without the test's name and CUnit's times around it. */
function clean(line: string): string {
  return line
    .replace(/^ {2}Test: \S+ \.\.\./, "")
    .replace(new RegExp(`^ *(${TIME})? *`), "")
    .replace(new RegExp(` +${TIME} .*$`), "")
    .replace(/\t/g, " ");
}
