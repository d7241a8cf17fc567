/** Results of libiscsi's tests as TSV, one line per test, and as a Markdown table, one per suite. */
import { VERDICTS, type Verdict } from "./classify";
import { suiteOf, type TestResult } from "./runner";

const HEAD = "suite\ttest\tresult\tseconds\tasserts\tdetail\n";
const LETTERS: Readonly<Record<Verdict, string>> = {
  PASS: "passed",
  PARTIAL: "in part",
  SKIP: "skipped",
  FAIL: "failed",
  HANG: "hung",
  CRASH: "crashed",
  NOTRUN: "not run",
};
/** From bad to good: what counts for a test that ran on several set-ups is the worst. */
const WORST_FIRST: readonly Verdict[] = [
  "CRASH",
  "HANG",
  "FAIL",
  "NOTRUN",
  "SKIP",
  "PARTIAL",
  "PASS",
];

export function toTsv(results: readonly TestResult[]): string {
  return HEAD + results.map((result) => `${toTsvLine(result)}\n`).join("");
}

export function toTsvLine({ test, verdict, seconds, asserts, detail }: TestResult): string {
  const suite = suiteOf(test);
  const name = test.slice(suite.length + 1);
  return [suite, name, verdict, seconds.toFixed(3), asserts, detail].join("\t");
}

/** One verdict per test: the worst of its set-ups'. */
export function worstPerTest(results: readonly TestResult[]): Map<string, Verdict> {
  const worst = new Map<string, Verdict>();
  for (const { test, verdict } of results) {
    const before = worst.get(test) ?? "PASS";
    const isWorse = WORST_FIRST.indexOf(verdict) < WORST_FIRST.indexOf(before);
    worst.set(test, isWorse ? verdict : before);
  }
  return worst;
}

export interface Column {
  /** Name of the target. */
  readonly title: string;
  readonly results: readonly TestResult[];
}

/** `| suite | tests | TITLE | … |`, and a line of totals. */
export function toMarkdown(columns: readonly Column[]): string {
  const worst = columns.map(({ results }) => worstPerTest(results));
  const tests = [...new Set(worst.flatMap((verdicts) => [...verdicts.keys()]))];
  const suites = [...new Set(tests.map(suiteOf))];
  const row = (title: string, among: readonly string[]): string => {
    const cells = worst.map((verdicts) => tally(among.map((test) => verdicts.get(test))));
    return `| ${[title, among.length, ...cells].join(" | ")} |`;
  };
  return [
    `| suite | tests | ${columns.map(({ title }) => title).join(" | ")} |`,
    `|---|---:|${columns.map(() => "---|").join("")}`,
    ...suites.map((suite) =>
      row(
        suite,
        tests.filter((test) => suiteOf(test) === suite),
      ),
    ),
    row("**all**", tests),
    "",
  ].join("\n");
}

/** `4 passed, 1 failed` */
function tally(verdicts: readonly (Verdict | undefined)[]): string {
  const counts = VERDICTS.map((verdict) => ({
    verdict,
    count: verdicts.filter((other) => other === verdict).length,
  }));
  const words = counts.filter(({ count }) => count > 0);
  return words.map(({ verdict, count }) => `${count} ${LETTERS[verdict]}`).join(", ");
}
