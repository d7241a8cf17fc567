import { logSelect, logSense, read10, startStopUnit, testUnitReady, write10 } from "node-scsi-cdb";
import { BLOCK, type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const CUMULATIVE = 1;
const DEFAULTS = 3;

let unit: SpecUnit;

beforeEach(() => {
  unit = new SpecUnit();
});

type Ask = Parameters<typeof logSense.encode>[0];

function sense(fields: Ask): Outcome {
  return unit.check(logSense.encode({ pc: CUMULATIVE, allocationLength: 4096, ...fields }));
}

function page(pageCode: number, fields: Ask = {}): string {
  return sense({ pageCode, ...fields }).data.toString("hex");
}

/** Total uncorrected errors of writes, reads and verifications. */
function uncorrected(fields: Ask = {}): number[] {
  return [0x02, 0x03, 0x05].map((pageCode) => sense({ pageCode, ...fields }).data.readInt32BE(16));
}

function fail(): void {
  unit.broken.add("read").add("write");
  for (let count = 0; count < 2; count++) unit.check(read10.encode({ blockCount: 1 }));
  unit.check(write10.encode({ blockCount: 1 }), { dataOut: Buffer.alloc(BLOCK) });
  unit.broken.clear();
}

describe("LOG SENSE", () => {
  it("[SPC-4 Supported Log Pages] lists the pages, ascending, also with their subpages", () => {
    expect(page(0x00)).toBe("00000008" + "000203050d0e102f");
    const subpages = ["0000", "00ff", "0200", "0300", "0500", "0d00", "0e00", "1000", "2f00"];
    expect(page(0x00, { subpageCode: 0xff })).toBe("40ff0012" + subpages.join(""));
    expect(page(0x0d, { subpageCode: 0xff })).toBe("4dff0004" + "0d000dff");
  });

  it("[SPC-4 Error counter log pages] counts what could not be read or written", () => {
    expect(page(0x03)).toBe("83000010" + "00030004" + "00000000" + "00060004" + "00000000");
    fail();
    expect(uncorrected()).toEqual([1, 2, 0]);
    expect(uncorrected({ pc: DEFAULTS })).toEqual([0, 0, 0]);
  });

  it("[SPC-4 Temperature, Informational Exceptions] knows no temperature and no exception", () => {
    expect(page(0x0d)).toBe("8d00000c" + "00000302" + "00ff" + "00010302" + "00ff");
    expect(page(0x2f)).toBe("af000008" + "00000304" + "0000ffff");
  });

  it("[SPC-4 Start-Stop Cycle Counter] counts starts of a stopped unit, and no others", () => {
    for (const start of [true, false, true, true]) unit.check(startStopUnit.encode({ start }));
    expect(page(0x0e)).toBe("8e000008" + "00040304" + "00000001");
  });

  it("[SPC-4 PARAMETER POINTER] begins with the parameter pointed at, or the next there is", () => {
    const last = "83000008" + "00060004" + "00000000";
    expect(page(0x03, { parameterPointer: 4 })).toBe(last);
    expect(page(0x03, { parameterPointer: 6 })).toBe(last);
  });

  it("is cut to its allocation length, and still says how long it is", () => {
    expect(page(0x10, { allocationLength: 6 })).toBe("90000190" + "0001");
  });

  it.each([
    { what: "SP", fields: { pageCode: 0, sp: true }, sense: "5/24/00 cdb 1.0" },
    { what: "an unknown page", fields: { pageCode: 0x0c }, sense: "5/24/00 cdb 2.5" },
    { what: "a subpage", fields: { pageCode: 0x0d, subpageCode: 1 }, sense: "5/24/00 cdb 3.7" },
    {
      what: "a pointer behind the last parameter",
      fields: { pageCode: 3, parameterPointer: 7 },
      sense: "5/24/00 cdb 5.7",
    },
    {
      what: "a pointer into a list of pages",
      fields: { pageCode: 0, parameterPointer: 1 },
      sense: "5/24/00 cdb 5.7",
    },
    { what: "thresholds", fields: { pageCode: 3, pc: 0 }, sense: "5/24/00 cdb 2.7" },
    { what: "default thresholds", fields: { pageCode: 3, pc: 2 }, sense: "5/24/00 cdb 2.7" },
  ])("[SPC-4 LOG SENSE] refuses $what", ({ fields, sense: expected }) => {
    expect(sense(fields)).toMatchObject({ status: 2, sense: expected });
  });
});

describe("LOG SELECT", () => {
  type Set = Parameters<typeof logSelect.encode>[0];
  const select = (fields: Set, dataOut = Buffer.alloc(0)): Outcome =>
    unit.check(logSelect.encode({ parameterListLength: dataOut.length, ...fields }), { dataOut });

  it.each([
    { what: "PCR", fields: { pcr: true }, left: [0, 0, 0] },
    { what: "default cumulative values", fields: { pc: DEFAULTS }, left: [0, 0, 0] },
    { what: "PCR of a page", fields: { pcr: true, pageCode: 3 }, left: [1, 0, 0] },
    {
      what: "PCR of a page without counters",
      fields: { pcr: true, pageCode: 13 },
      left: [1, 2, 0],
    },
    { what: "cumulative values", fields: { pc: CUMULATIVE }, left: [1, 2, 0] },
  ])("[SPC-4 LOG SELECT] without a list and with $what leaves $left", ({ fields, left }) => {
    fail();
    expect(select(fields)).toMatchObject(GOOD);
    expect(uncorrected()).toEqual(left);
  });

  it("[SPC-4 LOG SELECT] tells the other nexuses of counters set back, and of nothing else", () => {
    const other = unit.login();
    const ready = testUnitReady.encode({});
    select({ pcr: true, pageCode: 13 });
    expect(unit.check(ready, { nexus: other })).toMatchObject(GOOD);
    select({ pcr: true });
    expect(unit.check(ready, { nexus: other })).toMatchObject({ sense: "6/2a/02" });
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it.each([
    { what: "SP", fields: { sp: true }, list: "", sense: "5/24/00 cdb 1.0" },
    { what: "an unknown page", fields: { pageCode: 1 }, list: "", sense: "5/24/00 cdb 2.5" },
    { what: "a subpage", fields: { subpageCode: 2 }, list: "", sense: "5/24/00 cdb 3.7" },
    { what: "PCR with a list", fields: { pcr: true }, list: "03000000", sense: "5/24/00 cdb 1.1" },
    { what: "any list", fields: {}, list: "03000000", sense: "5/26/00 data 0.5" },
  ])("[SPC-4 LOG SELECT] refuses $what", ({ fields, list, sense: expected }) => {
    fail();
    expect(select(fields, Buffer.from(list, "hex"))).toMatchObject({ status: 2, sense: expected });
    expect(uncorrected()).toEqual([1, 2, 0]);
  });
});
