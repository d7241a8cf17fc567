import { planOf } from "../../tools/conform";
import { parseList } from "../../tools/conform/list";

describe("the plan of a run", () => {
  const list = parseList("SCSI.Read10.* thin chap\nSCSI.OrWrite.* - later");
  const tests = ["SCSI.Read10.Simple", "SCSI.OrWrite.Simple", "SCSI.Read10.Async"];

  it("has each test on the set-ups of its line, in the order of the lines", () => {
    const two = parseList("SCSI.B.* thin\nSCSI.A.* thin");
    const program = ["SCSI.A.1", "SCSI.B.1", "SCSI.A.2", "SCSI.B.2"];
    expect(planOf(program, two, false).get("thin")).toEqual([
      ...["SCSI.B.1", "SCSI.B.2", "SCSI.A.1", "SCSI.A.2"],
    ]);
  });

  it("has the tests of one line in the program's order", () => {
    const plan = planOf(tests, list, false);
    expect(plan.get("thin")).toEqual(["SCSI.Read10.Simple", "SCSI.Read10.Async"]);
    expect(plan.get("chap")).toEqual(plan.get("thin"));
    expect(plan.get("read-only")).toEqual([]);
  });

  it("has tests that are left out on the set-up thin when all are wanted", () => {
    const [simple, orWrite, async] = tests;
    expect(planOf(tests, list, true).get("thin")).toEqual([simple, async, orWrite]);
  });
});
