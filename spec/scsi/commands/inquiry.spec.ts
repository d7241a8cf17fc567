import { inquiry } from "node-scsi-cdb";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import { SpecUnit } from "../support/unit";

const standard = inquiry.encode({ allocationLength: 255 });

describe("INQUIRY", () => {
  const unit = new SpecUnit();

  it("[SPC-4 INQUIRY] Inquiry.Standard: the standard data of a disk", () => {
    const { status, data } = unit.check(standard);
    expect(status).toBe(0);
    expect(data.subarray(0, 8).toString("hex")).toBe("000006325b080002");
    expect(data.subarray(8, 36).toString()).toBe("TWINLUN DISK            0001");
    expect(data.length).toBe(5 + 0x5b);
  });

  it("Inquiry.VersionDescriptors: SAM-5, SPC-4, SBC-3, iSCSI", () => {
    const { data } = unit.check(standard);
    expect(data.subarray(58, 74).toString("hex")).toBe("00a0046004c009600000000000000000");
  });

  it("[SPC-4 TPGS, MULTIP] tells of implicit asymmetric access where there is more than one group", () => {
    const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
    const paired = new SpecUnit({ access: new TargetPortGroups(groups) });
    expect(paired.check(standard).data[5]).toBe(0x18);
    expect(paired.check(standard, { lun: 7 }).data[5]).toBe(0);
    expect([paired, unit].map((one) => one.check(standard).data[6])).toEqual([0x10, 0]);
    expect(unit.check(standard).data[5]).toBe(0x08);
  });

  it("sets RMB on a removable unit", () => {
    const removable = new SpecUnit({ profile: { removable: true } });
    expect(removable.check(standard).data[1]).toBe(0x80);
  });

  it.each([0, 5, 36, 255])("Inquiry.AllocLength: %d bytes are cut, not shortened", (length) => {
    const { data } = unit.check(inquiry.encode({ allocationLength: length }));
    expect(data).toEqual(unit.check(standard).data.subarray(0, length));
  });

  it("Inquiry.EVPD: a page code without EVPD is refused", () => {
    const cdb = inquiry.encode({ pageCode: 0x80, allocationLength: 255 });
    expect(unit.check(cdb)).toMatchObject({ status: 2, sense: "5/24/00 cdb 2.7" });
  });

  it("[SPC-4 Vital product data] a page the unit does not have is refused", () => {
    const cdb = inquiry.encode({ evpd: true, pageCode: 0x84, allocationLength: 255 });
    expect(unit.check(cdb)).toMatchObject({ status: 2, sense: "5/24/00 cdb 2.7" });
  });

  it.each([7, null])("[SAM-5 5.11] at LUN %s, where no unit is, no device type is", (lun) => {
    const { status, data } = unit.check(standard, { lun });
    expect([status, data[0]]).toEqual([0, 0x7f]);
    const cdb = inquiry.encode({ evpd: true, pageCode: 0, allocationLength: 255 });
    expect(unit.check(cdb, { lun })).toMatchObject({ sense: "5/24/00 cdb 2.7" });
  });
});
