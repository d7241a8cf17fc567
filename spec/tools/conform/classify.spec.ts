import { classify, type Verdict } from "../../../tools/conform/classify";

const ENDED = { code: 0, timedOut: false };

/** A log as the program writes it: set-up, the test's own lines, CUnit's verdict and its table. */
function logOf(lines: readonly string[], summary = { failedTests: 0, failedAsserts: 0 }): string {
  const isFailed = summary.failedTests > 0;
  return [
    "    [OK] READCAPACITY10 returned SUCCESS NO SENSE(0x00) (null)(0x0000)",
    "    [SKIPPED] what the set-up misses is not the test's business",
    "Suite: Read10",
    "  Test: Simple ...",
    ...lines.map((line) => `    ${line}`),
    `${isFailed ? "FAILED" : "passed"}    Send PRIN/READ_KEYS`,
    ...(isFailed ? ["    1. test_read10.c:98  - CU_ASSERT_EQUAL(ret,0)"] : []),
    "Run Summary:    Type  Total    Ran Passed Failed Inactive",
    "              suites      1      1    n/a      0        0",
    `               tests      1      1      1      ${summary.failedTests}        0`,
    `             asserts      5      5      5      ${summary.failedAsserts}      n/a`,
  ].join("\n");
}

const SEND = "Send READ10 (Expecting SUCCESS)";
const OK = "[OK] READ10 returned SUCCESS";
const SKIP = "[SKIPPED] READ10 is not implemented.";
const MINOR = "[SKIPPED] Skipping assert of residual";

describe("a log of iscsi-test-cu means", () => {
  const failed = { failedTests: 1, failedAsserts: 1 };
  const cases: readonly [Verdict, string, string][] = [
    ["PASS", "all steps held", logOf([SEND, OK])],
    ["PASS", "one assertion alone was skipped", logOf([SEND, OK, MINOR])],
    ["SKIP", "the test gave up at a skipped step", logOf([SEND, OK, SKIP])],
    ["PARTIAL", "the test went on after a skipped step", logOf([SEND, SKIP, SEND, OK])],
    ["SKIP", "the test sent nothing", logOf([])],
    ["FAIL", "an assertion failed", logOf([SEND, "[FAILED] READ10 said no"], failed)],
    ["FAIL", "a suite could not log in", "Suite initialization failed\n" + logOf([SEND, OK])],
  ];
  it.each(cases)("%s when %s", (verdict, _when, log) => {
    expect(classify(log, ENDED).verdict).toBe(verdict);
  });

  it("HANG when its time was up, whatever it says", () => {
    expect(classify(logOf([OK]), { code: null, timedOut: true }).verdict).toBe("HANG");
  });

  it("CRASH when a signal ended the program", () => {
    const { verdict, detail } = classify("  malloc(): corrupted", { code: null, timedOut: false });
    expect({ verdict, detail }).toEqual({
      verdict: "CRASH",
      detail: "signal; last: malloc(): corrupted",
    });
  });

  it.each([
    [10, "FAIL"],
    [134, "CRASH"],
  ] as const)("without a summary by its exit code: %d is %s", (code, verdict) => {
    expect(classify("Failed to log in to target", { code, timedOut: false }).verdict).toBe(verdict);
  });
});

describe("the detail of a verdict", () => {
  it("is the first step that failed, before CUnit's assertion", () => {
    const log = logOf([SEND, "[FAILED] first", "[FAILED] second"], {
      failedTests: 1,
      failedAsserts: 2,
    });
    expect(classify(log, ENDED).detail).toBe("[FAILED] first");
  });

  it("is CUnit's assertion when no step said anything", () => {
    const log = logOf([SEND, OK], { failedTests: 1, failedAsserts: 1 });
    expect(classify(log, ENDED).detail).toContain("CU_ASSERT_EQUAL(ret,0)");
  });

  it("is empty for a pass, which has the number of assertions", () => {
    expect(classify(logOf([OK]), ENDED)).toEqual({ verdict: "PASS", asserts: 5, detail: "" });
  });
});
