import {
  inquiry,
  read10,
  reportLuns,
  reportSupportedOperationCodes,
  requestSense,
  reserve6,
  testUnitReady,
} from "node-scsi-cdb";
import { TargetPortGroups } from "../../lib/scsi/alua";
import { REPORT_LUNS_LUN as lun } from "../../lib/scsi/lun";
import { Bench, cdb } from "./support/bench";
import { SpecUnit } from "./support/unit";

const GOOD = { status: 0, sense: null };

describe("[SPC-4 8.2] The well known logical unit REPORT LUNS", () => {
  it("is of device type 1Eh, has the target's name and no medium", () => {
    const unit = new SpecUnit({ profile: { removable: true } });
    const { data } = unit.check(inquiry.encode({ allocationLength: 96 }), { lun });
    expect(data.subarray(0, 8).toString("hex")).toBe("1e0006325b000002");
    expect(data.toString("latin1", 8, 36)).toBe("TWINLUN DISK            0001");
  });

  it("is alike by every port, also where the disks have groups of ports", () => {
    const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
    const unit = new SpecUnit({ access: new TargetPortGroups(groups) });
    const { data } = unit.check(inquiry.encode({ allocationLength: 96 }), { lun });
    expect(data[5]).toBe(0);
  });

  it("has VPD pages 00h and 83h, which names the target alone", () => {
    const unit = new SpecUnit();
    const page = (pageCode: number): string => {
      const asked = inquiry.encode({ evpd: true, pageCode, allocationLength: 255 });
      const { sense, data } = unit.check(asked, { lun });
      return sense ?? data.toString("hex");
    };
    const name = Buffer.concat([Buffer.from("iqn.2026-11.io.twinlun:spec")], 28).toString("hex");
    expect(page(0x00)).toBe("1e000002" + "0083");
    expect(page(0x83)).toBe("1e830020" + "53a8001c" + name);
    expect(page(0x80)).toBe("5/24/00 cdb 2.7");
  });

  it("answers REPORT LUNS and TEST UNIT READY, and has its own unit attentions", () => {
    const unit = new SpecUnit();
    const luns = reportLuns.encode({ selectReport: 1, allocationLength: 16 });
    expect(unit.check(luns, { lun }).data.toString("hex")).toMatch(/c101000000000000$/);
    expect(unit.check(testUnitReady.encode({}), { lun }).sense).toBe("6/29/00");
    expect(unit.check(testUnitReady.encode({}), { lun })).toMatchObject(GOOD);
    const { data } = unit.check(requestSense.encode({ allocationLength: 18 }), { lun });
    expect(data.toString("hex")).toBe("700000000000000a" + "00".repeat(10));
  });

  it.each([
    { name: "READ (10)", bytes: read10.encode({ blockCount: 1 }) },
    { name: "RESERVE (6)", bytes: reserve6.encode({}) },
    { name: "RSOC", bytes: reportSupportedOperationCodes.encode({ allocationLength: 9 }) },
  ])("does not know $name", ({ bytes }) => {
    const unit = new SpecUnit();
    unit.check(testUnitReady.encode({}), { lun });
    expect(unit.check(bytes, { lun })).toMatchObject({ status: 2, sense: "5/20/00" });
  });

  it("is told from a LUN without a unit", () => {
    const unit = new SpecUnit();
    expect(unit.check(inquiry.encode({ allocationLength: 5 }), { lun: 7 }).data[0]).toBe(0x7f);
    expect(unit.check(inquiry.encode({ allocationLength: 5 }), { lun }).data[0]).toBe(0x1e);
  });

  it("[SAM-5 7] takes task management: resets, and aborts of what is not there", () => {
    const bench = new Bench();
    const a = bench.nexus("a");
    const attention = (): string | undefined => bench.send(a, cdb(0x00), { lun }).sense?.code.text;
    expect(attention()).toMatch(/^POWER ON/);
    expect(bench.manage(a, "logical-unit-reset", { lun })).toEqual(["function-complete"]);
    expect(attention()).toBe("BUS DEVICE RESET FUNCTION OCCURRED");
    expect(bench.manage(a, "target-warm-reset")).toEqual(["function-complete"]);
    expect(attention()).toBe("SCSI BUS RESET OCCURRED");
    expect(bench.manage(a, "abort-task", { lun })).toEqual(["task-does-not-exist"]);
    expect(bench.manage(a, "abort-task-set", { lun })).toEqual(["function-complete"]);
    expect(attention()).toBeUndefined();
  });
});
