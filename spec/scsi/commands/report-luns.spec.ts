import { reportLuns } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

describe("REPORT LUNS", () => {
  const unit = new SpecUnit();
  const all = "00000010" + "00000000" + "0000000000000000" + "412c000000000000";

  it.each([
    { selectReport: 0, expected: all },
    { selectReport: 1, expected: "00000008" + "00000000" + "c101000000000000" },
    { selectReport: 2, expected: all.replace("10", "18") + "c101000000000000" },
  ])("[SPC-4 REPORT LUNS] SELECT REPORT $selectReport", ({ selectReport, expected }) => {
    const cdb = reportLuns.encode({ selectReport, allocationLength: 512 });
    expect(unit.check(cdb).data.toString("hex")).toBe(expected);
  });

  it("cuts the list but not its length", () => {
    const { data } = unit.check(reportLuns.encode({ allocationLength: 16 }));
    expect(data.toString("hex")).toBe(all.slice(0, 32));
  });

  it.each([
    { cdb: { selectReport: 3, allocationLength: 512 }, sense: "5/24/00 cdb 2.7" },
    { cdb: { selectReport: 0x10, allocationLength: 512 }, sense: "5/24/00 cdb 2.7" },
    { cdb: { allocationLength: 15 }, sense: "5/24/00 cdb 6.7" },
  ])("[SPC-4 REPORT LUNS] refuses $cdb", ({ cdb, sense }) => {
    expect(unit.check(reportLuns.encode(cdb))).toMatchObject({ status: 2, sense });
  });

  it("answers at a LUN without a unit", () => {
    const cdb = reportLuns.encode({ allocationLength: 512 });
    expect(unit.check(cdb, { lun: 9 }).data.toString("hex")).toBe(all);
  });
});
