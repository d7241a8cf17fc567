import { reportTimestamp as report, setTimestamp as set, testUnitReady } from "node-scsi-cdb";
import { type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const Origin = { SET: 2, OUTSIDE: 3 };

let nowMs: number;
let unit: SpecUnit;

beforeEach(() => {
  nowMs = 1_700_000_000_000.5;
  unit = new SpecUnit({ calendar: () => nowMs });
});

function ask(): { origin: number; timestamp: number } {
  const { data } = unit.check(report.encode({ allocationLength: 255 }));
  expect([data.length, data.readUInt16BE(0)]).toEqual([12, 10]);
  return { origin: data.readUInt8(2), timestamp: data.readUIntBE(4, 6) };
}

function put(timestamp: number, parameterListLength = 12): Outcome {
  const dataOut = Buffer.alloc(12);
  dataOut.writeUIntBE(timestamp, 4, 6);
  return unit.check(set.encode({ parameterListLength }), { dataOut });
}

describe("REPORT TIMESTAMP", () => {
  it("[SPC-4 6.42] tells the calendar's time, which goes on", () => {
    expect(ask()).toEqual({ origin: Origin.OUTSIDE, timestamp: 1_700_000_000_000 });
    nowMs += 1000;
    expect(ask()).toEqual({ origin: Origin.OUTSIDE, timestamp: 1_700_000_001_000 });
  });

  it("[SPC-4 6.42] is cut to its allocation length, and still says how long it is", () => {
    const { data } = unit.check(report.encode({ allocationLength: 4 }));
    expect(data.toString("hex")).toBe("000a0300");
  });
});

describe("SET TIMESTAMP", () => {
  it("[SPC-4 6.50] sets the time, which goes on from there", () => {
    expect(put(5000)).toMatchObject(GOOD);
    expect(ask()).toEqual({ origin: Origin.SET, timestamp: 5000 });
    nowMs += 250;
    expect(ask()).toEqual({ origin: Origin.SET, timestamp: 5250 });
  });

  it("[SPC-4 6.50] tells the other nexuses", () => {
    const other = unit.login();
    put(5000);
    const ready = testUnitReady.encode({});
    expect(unit.check(ready)).toMatchObject(GOOD);
    expect(unit.check(ready, { nexus: other })).toMatchObject({ sense: "6/2a/10" });
  });

  it("[SPC-4 6.50] with no list changes nothing and tells nobody", () => {
    const other = unit.login();
    expect(put(5000, 0)).toMatchObject(GOOD);
    expect(ask().origin).toBe(Origin.OUTSIDE);
    expect(unit.check(testUnitReady.encode({}), { nexus: other })).toMatchObject(GOOD);
  });

  it.each([
    { what: "a list cut short by the CDB", length: 11, list: "", sense: "5/24/00 cdb 6.7" },
    { what: "a list cut short", length: 12, list: "00000000", sense: "5/1a/00" },
    {
      what: "a reserved byte",
      length: 12,
      list: "00".repeat(11) + "01",
      sense: "5/26/00 data 11.0",
    },
    {
      what: "a time above F0h",
      length: 12,
      list: "00000000" + "f10000000000" + "0000",
      sense: "5/26/00 data 4.7",
    },
  ])("[SPC-4 6.50] refuses $what", ({ length, list, sense }) => {
    const cdb = set.encode({ parameterListLength: length });
    const outcome = unit.check(cdb, { dataOut: Buffer.from(list, "hex") });
    expect(outcome).toMatchObject({ status: 2, sense });
    expect(ask().origin).toBe(Origin.OUTSIDE);
  });
});
