import { testUnitReady } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const ready = testUnitReady.encode({});

describe("TEST UNIT READY", () => {
  it("TestUnitReady.Simple: GOOD, without data", () => {
    const { status, data } = new SpecUnit().check(ready);
    expect([status, data.length]).toEqual([0, 0]);
  });
});
