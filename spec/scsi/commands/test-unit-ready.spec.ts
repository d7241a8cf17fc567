import { testUnitReady } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

describe("TEST UNIT READY", () => {
  it("TestUnitReady.Simple: GOOD, without data", () => {
    const { status, data } = new SpecUnit().check(testUnitReady.encode({}));
    expect([status, data.length]).toEqual([0, 0]);
  });
});
