import { MODE_PARAMETERS_CHANGED, requestSense, testUnitReady } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const ready = testUnitReady.encode({});

describe("REQUEST SENSE", () => {
  const ask = requestSense.encode({ allocationLength: 252 });
  const NO_SENSE = "700000000000000a00000000" + "0000" + "00000000";

  it("[SPC-4 REQUEST SENSE] NO SENSE when nothing waits", () => {
    expect(new SpecUnit().check(ask).data.toString("hex")).toBe(NO_SENSE);
  });

  it("[SPC-4 REQUEST SENSE] reports the unit attention, which is gone then", () => {
    const unit = new SpecUnit();
    unit.unit.unitAttentions.establishForAll({ code: MODE_PARAMETERS_CHANGED }, null);
    const hex = unit.check(ask).data.toString("hex");
    expect(hex).toBe("700006000000000a00000000" + "2a01" + "00000000");
    expect(unit.check(ask).data.toString("hex")).toBe(NO_SENSE);
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it("DESC asks for descriptor format", () => {
    const cdb = requestSense.encode({ desc: true, allocationLength: 252 });
    expect(new SpecUnit().check(cdb).data.toString("hex")).toBe("7200000000000000");
  });

  it("[SAM-5 5.11] LOGICAL UNIT NOT SUPPORTED at a LUN without a unit, with GOOD", () => {
    const { status, data } = new SpecUnit().check(ask, { lun: 9 });
    expect([status, data[2], data[12]]).toEqual([0, 5, 0x25]);
  });
});
