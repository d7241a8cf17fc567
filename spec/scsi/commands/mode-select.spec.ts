import { modeSelect10, modeSelect6, modeSense6, testUnitReady, write10 } from "node-scsi-cdb";
import { BLOCK, type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const HEADER6 = "00000000";
const CONTROL = "0a0a00100000" + "0000ffff0000";
const SWP = "0a0a00100800" + "0000ffff0000";
const CACHING_OFF = "0812" + "00".repeat(18);
const cached = { can: { volatileCache: true } };

/** Sends a parameter list given in hexadecimal. */
function select(unit: SpecUnit, list: string, fields: object = {}): Outcome {
  const dataOut = Buffer.from(list, "hex");
  const cdb = { pf: true, parameterListLength: dataOut.length, ...fields };
  return unit.check(modeSelect6.encode(cdb), { dataOut });
}

/** A page as MODE SELECT would send it; MODE SENSE has PS set. */
function values(unit: SpecUnit, pageCode: number, pc: number): string {
  const cdb = modeSense6.encode({ pageCode, pc, dbd: true, allocationLength: 255 });
  const { data } = unit.check(cdb);
  expect(data.readUInt8(4)).toBe(0x80 | pageCode);
  data.writeUInt8(pageCode, 4);
  return data.subarray(4).toString("hex");
}

function current(unit: SpecUnit, pageCode: number): string {
  return values(unit, pageCode, 0);
}

function saved(unit: SpecUnit, pageCode: number): string {
  return values(unit, pageCode, 3);
}

describe("MODE SELECT", () => {
  it("[SPC-4 Control mode page] ModeSense6.ControlSWP: SWP refuses writes until cleared", () => {
    const unit = new SpecUnit();
    const write = write10.encode({ blockCount: 1 });
    const dataOut = Buffer.alloc(BLOCK);
    expect(select(unit, HEADER6 + SWP)).toMatchObject(GOOD);
    expect(current(unit, 0x0a)).toBe(SWP);
    expect(unit.check(write, { dataOut })).toMatchObject({ sense: "7/27/00" });
    expect(select(unit, HEADER6 + CONTROL)).toMatchObject(GOOD);
    expect(unit.check(write, { dataOut })).toMatchObject(GOOD);
  });

  it("[SPC-4 MODE SELECT] tells the other nexuses of a change, and only of a change", () => {
    const unit = new SpecUnit();
    const other = unit.login();
    const ready = testUnitReady.encode({});
    select(unit, HEADER6 + CONTROL);
    expect(unit.check(ready, { nexus: other })).toMatchObject(GOOD);
    select(unit, HEADER6 + SWP);
    expect(unit.check(ready)).toMatchObject(GOOD);
    expect(unit.check(ready, { nexus: other })).toMatchObject({ sense: "6/2a/01" });
  });

  it("[SBC-3 Caching mode page] clearing WCE flushes, and writes are stable from then on", () => {
    const unit = new SpecUnit(cached);
    expect(select(unit, HEADER6 + CACHING_OFF)).toMatchObject(GOOD);
    unit.check(write10.encode({ blockCount: 1 }), { dataOut: Buffer.alloc(BLOCK) });
    expect(unit.jobs).toEqual(["flush 0+0", "write 0+1 fua"]);
  });

  it("MODE SELECT (10) takes a long block descriptor and several pages", () => {
    const unit = new SpecUnit(cached);
    const long = "00000000000003e8" + "00000000" + "00000200";
    const list = Buffer.from("0000000001000010" + long + SWP + CACHING_OFF, "hex");
    const cdb = modeSelect10.encode({ pf: true, parameterListLength: list.length });
    expect(unit.check(cdb, { dataOut: list })).toMatchObject(GOOD);
    expect([current(unit, 0x0a), current(unit, 0x08)]).toEqual([SWP, CACHING_OFF]);
  });

  it.each([
    { name: "no list", list: "" },
    { name: "no page", list: HEADER6 },
    { name: "the capacity as it is", list: "00000008" + "000003e8" + "00000200" },
    { name: "0 blocks", list: "00000008" + "00000000" + "00000200" },
    { name: "all ones", list: "00000008" + "ffffffff" + "00000200" },
    { name: "a page as MODE SENSE gives it", list: "17001000" + CONTROL },
    { name: "a subpage as it is", list: HEADER6 + "4a01001c06" + "00".repeat(27) },
    { name: "a page with PS", list: HEADER6 + "8a" + CONTROL.slice(2) },
  ])("takes $name, and changes nothing", ({ list }) => {
    const unit = new SpecUnit();
    expect(select(unit, list)).toMatchObject(GOOD);
    expect(current(unit, 0x0a)).toBe(CONTROL);
  });

  it.each([
    { name: "a header cut short", list: "000000", sense: "5/1a/00" },
    { name: "a descriptor cut short", list: "00000008" + "0000", sense: "5/1a/00" },
    { name: "a page header cut short", list: HEADER6 + "0a", sense: "5/1a/00" },
    { name: "a page cut short", list: HEADER6 + SWP.slice(0, 20), sense: "5/1a/00" },
    { name: "a descriptor of no known length", list: "00000010", sense: "5/26/00 data 3.7" },
    {
      name: "another capacity",
      list: "00000008" + "000003e7" + "00000200",
      sense: "5/26/00 data 4.7",
    },
    {
      name: "another block size",
      list: "00000008" + "000003e8" + "00001000",
      sense: "5/26/00 data 9.7",
    },
    { name: "an unknown page", list: HEADER6 + "0500", sense: "5/26/00 data 4.5" },
    { name: "an unknown subpage", list: HEADER6 + "4a020000", sense: "5/26/00 data 5.7" },
    { name: "a subpage of no page", list: HEADER6 + "45010000", sense: "5/26/00 data 4.5" },
    { name: "a subpage header cut short", list: HEADER6 + "4a0100", sense: "5/1a/00" },
    { name: "a subpage of another length", list: HEADER6 + "4a010001", sense: "5/26/00 data 6.7" },
    { name: "a page as a subpage 0", list: HEADER6 + "4a00000a", sense: "5/26/00 data 5.7" },
    {
      name: "a bit of a subpage that cannot change (SCSIP)",
      list: HEADER6 + "4a01001c" + "05" + "00".repeat(27),
      sense: "5/26/00 data 8.1",
    },
    { name: "a page of another length", list: HEADER6 + "0a08", sense: "5/26/00 data 5.7" },
    {
      name: "a bit that cannot change (GLTSD)",
      list: HEADER6 + "0a0a02100000" + "0000ffff0000",
      sense: "5/26/00 data 6.1",
    },
    {
      name: "a second page that is wrong",
      list: HEADER6 + SWP + "1c0a" + "00".repeat(10),
      sense: "5/26/00 data 18.3",
    },
  ])("[SPC-4 MODE SELECT] refuses $name, and changes nothing", ({ list, sense }) => {
    const unit = new SpecUnit();
    expect(select(unit, list)).toMatchObject({ status: 2, sense });
    expect(current(unit, 0x0a)).toBe(CONTROL);
  });

  it.each([{ fields: { pf: false }, sense: "5/24/00 cdb 1.4" }])(
    "[SPC-4 MODE SELECT] refuses $fields",
    ({ fields, sense }) => {
      expect(select(new SpecUnit(), HEADER6 + SWP, fields)).toMatchObject({ status: 2, sense });
    },
  );

  it("[SPC-4 MODE SELECT, SP] saves all pages as they are, also those that are not sent", () => {
    const unit = new SpecUnit(cached);
    select(unit, HEADER6 + CACHING_OFF);
    expect(saved(unit, 0x08)).toBe("081204" + "00".repeat(17));
    expect(select(unit, HEADER6 + SWP, { sp: true })).toMatchObject(GOOD);
    expect([saved(unit, 0x0a), saved(unit, 0x08)]).toEqual([SWP, CACHING_OFF]);
    select(unit, HEADER6 + CONTROL);
    expect([current(unit, 0x0a), saved(unit, 0x0a)]).toEqual([CONTROL, SWP]);
  });

  it("[SPC-4 MODE SELECT, SP] without a page saves, too, and a refused list saves nothing", () => {
    const unit = new SpecUnit();
    select(unit, HEADER6 + SWP);
    expect(select(unit, HEADER6 + "0500", { sp: true })).toMatchObject({ status: 2 });
    expect(saved(unit, 0x0a)).toBe(CONTROL);
    expect(select(unit, "", { sp: true })).toMatchObject(GOOD);
    expect(saved(unit, 0x0a)).toBe(SWP);
  });

  it("[SPC-4 Mode parameters overview] a reset brings back what is saved", () => {
    const unit = new SpecUnit();
    select(unit, HEADER6 + SWP, { sp: true });
    select(unit, HEADER6 + CONTROL);
    unit.unit.modePages.reset();
    expect(current(unit, 0x0a)).toBe(SWP);
  });

  it("takes what came of a list that the initiator announced too short", () => {
    const unit = new SpecUnit();
    const fields = { parameterListLength: 200 };
    expect(select(unit, HEADER6 + SWP, fields)).toMatchObject(GOOD);
    expect(select(unit, HEADER6 + SWP.slice(0, 8), fields)).toMatchObject({ sense: "5/1a/00" });
  });
});
