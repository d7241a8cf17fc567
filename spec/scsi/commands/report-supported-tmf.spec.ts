import { reportSupportedTaskManagementFunctions as reportTmf } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

describe("REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", () => {
  it.each([
    { repd: false, expected: "fa000000" },
    { repd: true, expected: "fa00000c" + "00".repeat(12) },
  ])("[SPC-4] with REPD $repd", ({ repd, expected }) => {
    const cdb = reportTmf.encode({ repd, allocationLength: 64 });
    expect(new SpecUnit().check(cdb).data.toString("hex")).toBe(expected);
  });

  it("[SPC-4] refuses an allocation length below 4", () => {
    const cdb = reportTmf.encode({ allocationLength: 3 });
    expect(new SpecUnit().check(cdb)).toMatchObject({ sense: "5/24/00 cdb 6.7" });
  });
});
