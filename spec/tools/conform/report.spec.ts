import type { Verdict } from "../../../tools/conform/classify";
import { toMarkdown, toTsv, worstPerTest } from "../../../tools/conform/report";
import type { TestResult } from "../../../tools/conform/runner";

function result(test: string, verdict: Verdict): TestResult {
  return { test, verdict, seconds: 0.25, asserts: 3, detail: verdict === "PASS" ? "" : "why" };
}

it("counts the worst of a test's set-ups", () => {
  const results = [
    result("SCSI.Read10.Simple", "PASS"),
    result("SCSI.Read10.Simple", "FAIL"),
    result("SCSI.Read10.Simple", "SKIP"),
  ];
  expect([...worstPerTest(results)]).toEqual([["SCSI.Read10.Simple", "FAIL"]]);
});

it("prints TSV with a line of titles", () => {
  expect(toTsv([result("SCSI.Read10.Simple", "SKIP")])).toBe(
    "suite\ttest\tresult\tseconds\tasserts\tdetail\n" +
      "SCSI.Read10\tSimple\tSKIP\t0.250\t3\twhy\n",
  );
});

it("prints a table of suites with targets side by side and the sum below", () => {
  const ours = [result("SCSI.Read10.Simple", "PASS"), result("SCSI.Read10.Async", "PASS")];
  const theirs = [result("SCSI.Read10.Simple", "PASS"), result("SCSI.Read10.Async", "HANG")];
  const table = toMarkdown([
    { title: "ours", results: [...ours, result("SCSI.Unmap.VPD", "PASS")] },
    { title: "theirs", results: [...theirs, result("SCSI.Unmap.VPD", "FAIL")] },
  ]);
  expect(table).toBe(
    [
      "| suite | tests | ours | theirs |",
      "|---|---:|---|---|",
      "| SCSI.Read10 | 2 | 2 passed | 1 passed, 1 hung |",
      "| SCSI.Unmap | 1 | 1 passed | 1 failed |",
      "| **all** | 3 | 3 passed | 1 passed, 1 failed, 1 hung |",
      "",
    ].join("\n"),
  );
});
