import {
  reportIdentifyingInformation as report,
  setIdentifyingInformation as set,
  testUnitReady,
} from "node-scsi-cdb";
import { type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };

function put(unit: SpecUnit, type: number, information: string | Uint8Array): Outcome {
  const dataOut = Buffer.from(information as string);
  return unit.check(set.encode({ type, parameterListLength: dataOut.length }), { dataOut });
}

function ask(unit: SpecUnit, type: number, allocationLength = 1024): string {
  return unit.check(report.encode({ type, allocationLength })).data.toString("latin1");
}

describe("REPORT IDENTIFYING INFORMATION", () => {
  it("[SPC-4 6.36] tells what was set of its type, and nothing of what was not", () => {
    const unit = new SpecUnit();
    expect([ask(unit, 0), ask(unit, 2)]).toEqual(["\0\0\0\0", "\0\0\0\0"]);
    expect(put(unit, 0, "disk of a")).toMatchObject(GOOD);
    expect(put(unit, 2, "b\0")).toMatchObject(GOOD);
    expect([ask(unit, 0), ask(unit, 2)]).toEqual(["\0\0\0\x09disk of a", "\0\0\0\x02b\0"]);
    expect(ask(unit, 0, 6)).toBe("\0\0\0\x09di");
    expect(put(unit, 0, "")).toMatchObject(GOOD);
    expect(ask(unit, 0)).toBe("\0\0\0\0");
  });

  it("[SPC-4 6.36.2] tells which types there are, and how long each may be", () => {
    const data = new SpecUnit().check(report.encode({ type: 0x7f, allocationLength: 255 })).data;
    expect(data.toString("hex")).toBe("00000008" + "00000200" + "04000100");
  });

  it.each([1, 3, 4, 0x7e])("[SPC-4 6.36] knows no type %i", (type) => {
    const cdb = report.encode({ type, allocationLength: 255 });
    expect(new SpecUnit().check(cdb)).toMatchObject({ status: 2, sense: "5/24/00 cdb 10.7" });
  });
});

describe("SET IDENTIFYING INFORMATION", () => {
  it("[SPC-4 6.46] tells the other nexuses", () => {
    const unit = new SpecUnit();
    const other = unit.login();
    put(unit, 0, "a");
    const ready = testUnitReady.encode({});
    expect(unit.check(ready)).toMatchObject(GOOD);
    expect(unit.check(ready, { nexus: other })).toMatchObject({ sense: "6/3f/05" });
  });

  it.each([
    { type: 0, length: 512, sense: null },
    { type: 0, length: 513, sense: "5/24/00 cdb 6.7" },
    { type: 2, length: 257, sense: "5/24/00 cdb 6.7" },
    { type: 0x7f, length: 4, sense: "5/24/00 cdb 10.7" },
    { type: 1, length: 4, sense: "5/24/00 cdb 10.7" },
  ])("[SPC-4 6.46] $length bytes of type $type: $sense", ({ type, length, sense }) => {
    expect(put(new SpecUnit(), type, Buffer.alloc(length, 0x61))).toMatchObject({ sense });
  });

  it.each([
    { what: "without a null", text: Buffer.from("abc") },
    { what: "with something behind it", text: Buffer.from("a\0b\0") },
    { what: "that is no UTF-8", text: Buffer.of(0xff, 0) },
  ])("[SPC-4 6.46] refuses text $what, and keeps what it had", ({ text }) => {
    const unit = new SpecUnit();
    put(unit, 2, "old\0");
    expect(put(unit, 2, text)).toMatchObject({ status: 2, sense: "5/26/00 data 0.7" });
    expect(ask(unit, 2)).toBe("\0\0\0\x04old\0");
  });

  it("refuses less than its CDB says", () => {
    const unit = new SpecUnit();
    const cdb = set.encode({ parameterListLength: 8 });
    expect(unit.check(cdb, { dataOut: Buffer.alloc(4) })).toMatchObject({ sense: "5/1a/00" });
    expect(ask(unit, 0)).toBe("\0\0\0\0");
  });
});
