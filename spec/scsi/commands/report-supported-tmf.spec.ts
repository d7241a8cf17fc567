import { reportSupportedTaskManagementFunctions as reportTmf } from "node-scsi-cdb";
import { taskManagementFunctions } from "../../../lib/scsi/task-management";
import type { TaskManagementFunction } from "../../../lib/scsi/transport";
import { Bench } from "../support/bench";
import { SpecUnit } from "../support/unit";

describe("REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", () => {
  it.each([
    { repd: false, expected: "fe070000" },
    { repd: true, expected: "fe07000c" + "00".repeat(12) },
  ])("[SPC-4] with REPD $repd", ({ repd, expected }) => {
    const cdb = reportTmf.encode({ repd, allocationLength: 64 });
    expect(new SpecUnit().check(cdb).data.toString("hex")).toBe(expected);
  });

  it("[SPC-4] names functions that are all carried out", () => {
    const bench = new Bench();
    const a = bench.nexus("a");
    const names = Object.keys(taskManagementFunctions) as TaskManagementFunction[];
    const refused = names.filter((name) => bench.manage(a, name)[0] === "function-not-supported");
    expect(refused).toEqual([]);
  });

  it("[SPC-4] refuses an allocation length below 4", () => {
    const cdb = reportTmf.encode({ allocationLength: 3 });
    expect(new SpecUnit().check(cdb)).toMatchObject({ sense: "5/24/00 cdb 6.7" });
  });
});
