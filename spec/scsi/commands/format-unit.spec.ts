import { formatUnit as row, inquiry, read10, testUnitReady, write10 } from "node-scsi-cdb";
import type { JobStatus } from "../../../lib/block/job";
import { BLOCK, type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const ready = testUnitReady.encode({});
const plain = row.encode({});

type Fields = Parameters<typeof row.encode>[0];

/** Sends a parameter list, given in hexadecimal and bytes behind that. */
function format(unit: SpecUnit, hex: string, fields: Fields = {}, tail = Buffer.alloc(0)): Outcome {
  const dataOut = Buffer.concat([Buffer.from(hex.replaceAll(" ", ""), "hex"), tail]);
  return unit.check(row.encode({ fmtdata: true, ...fields }), { dataOut });
}

function written(): SpecUnit {
  const unit = new SpecUnit();
  const dataOut = Buffer.alloc(BLOCK, 0x61);
  expect(unit.check(write10.encode({ lba: 7, blockCount: 1 }), { dataOut })).toMatchObject(GOOD);
  return unit;
}

function block(unit: SpecUnit): Buffer {
  return unit.check(read10.encode({ lba: 7, blockCount: 1 })).data;
}

describe("FORMAT UNIT", () => {
  it.each([
    { name: "without a list", run: (unit: SpecUnit) => unit.check(plain) },
    { name: "with a short header", run: (unit: SpecUnit) => format(unit, "00000000") },
    {
      name: "with a long header",
      run: (unit: SpecUnit) => format(unit, "0000000000000000", { longList: true }),
    },
    {
      name: "with options that FOV makes valid",
      run: (unit: SpecUnit) => format(unit, "00f40000"),
    },
    { name: "fast", run: (unit: SpecUnit) => unit.check(row.encode({ ffmt: 1 })) },
    {
      name: "as sg_format asks for it",
      run: (unit: SpecUnit) => format(unit, "00000000", { cmplst: true }),
    },
    {
      name: "with the default pattern",
      run: (unit: SpecUnit) => format(unit, "00880000 00000000"),
    },
  ])("[SBC-4 FORMAT UNIT] $name leaves zeros, and as many blocks", ({ run }) => {
    const unit = written();
    const outcome = run(unit);
    expect(outcome).toMatchObject(GOOD);
    expect(outcome.task.dataOutLength).toBe(outcome.task.dataOutMax);
    expect(block(unit)).toEqual(Buffer.alloc(BLOCK));
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it("[SBC-4 FORMAT UNIT, IP] fills blocks with the pattern that the list has", () => {
    const unit = written();
    expect(format(unit, "00880000 00010003 010203")).toMatchObject(GOOD);
    expect(block(unit)).toEqual(Buffer.alloc(BLOCK, Buffer.of(1, 2, 3)));
    const whole = Buffer.alloc(BLOCK, 0x5a);
    expect(format(unit, "0088000000000000 00010200", { longList: true }, whole)).toMatchObject(
      GOOD,
    );
    expect(block(unit)).toEqual(whole);
  });

  it("[SBC-4 4.33] ends when the format has, or before with IMMED; meanwhile it is in progress", () => {
    const unit = written();
    const task = unit.send(plain);
    expect(unit.outcomeOf(task)).toBeNull();
    expect(unit.outcomeOf(unit.send(ready))).toMatchObject({ status: 2, sense: "2/04/04" });
    expect(unit.outcomeOf(unit.send(inquiry.encode({})))).toMatchObject(GOOD);
    unit.finish();
    expect(unit.outcomeOf(task)).toMatchObject(GOOD);
    const cdb = row.encode({ fmtdata: true });
    const soon = unit.send(cdb, { dataOut: Buffer.from("00020000", "hex") });
    expect(unit.outcomeOf(soon)).toMatchObject(GOOD);
    expect(unit.outcomeOf(unit.send(ready))).toMatchObject({ status: 2, sense: "2/04/04" });
  });

  it.each<{ name: string; fields: Fields; sense: string }>([
    { name: "protection information", fields: { fmtpinfo: 2 }, sense: "cdb 1.7" },
    { name: "FFMT 10b", fields: { ffmt: 2 }, sense: "cdb 4.1" },
    { name: "FFMT 11b", fields: { ffmt: 3 }, sense: "cdb 4.1" },
    { name: "LONGLIST without a list", fields: { longList: true }, sense: "cdb 1.5" },
    { name: "CMPLST without a list", fields: { cmplst: true }, sense: "cdb 1.3" },
    { name: "a format of no list", fields: { defectListFormat: 4 }, sense: "cdb 1.2" },
    { name: "a reserved format", fields: { fmtdata: true, defectListFormat: 7 }, sense: "cdb 1.2" },
  ])("[SBC-4 FORMAT UNIT] refuses $name", ({ fields, sense }) => {
    const unit = written();
    const outcome = unit.check(row.encode(fields), { dataOut: Buffer.alloc(4) });
    expect(outcome).toMatchObject({ status: 2, sense: `5/24/00 ${sense}` });
    expect(block(unit)).toEqual(Buffer.alloc(BLOCK, 0x61));
  });

  it.each<{ name: string; list: string; sense: string; fields?: Fields }>([
    { name: "no header", list: "0000", sense: "5/1a/00" },
    { name: "half a header", list: "00000000", sense: "5/1a/00", fields: { longList: true } },
    { name: "protection information", list: "01000000", sense: "5/26/00 data 0.2" },
    { name: "a reserved bit", list: "08000000", sense: "5/26/00 data 0.3" },
    { name: "defects", list: "00000008 0000000000000000", sense: "5/26/00 data 2.7" },
    { name: "DPRY without FOV", list: "00400000", sense: "5/26/00 data 1.6" },
    { name: "DCRT without FOV", list: "00200000", sense: "5/26/00 data 1.5" },
    { name: "STPF without FOV", list: "00100000", sense: "5/26/00 data 1.4" },
    { name: "IP without FOV", list: "00080000 00010001 07", sense: "5/26/00 data 1.3" },
    { name: "no descriptor", list: "00880000", sense: "5/1a/00" },
    { name: "SI", list: "00880000 20010001 07", sense: "5/26/00 data 4.5" },
    { name: "a vendor's pattern", list: "00880000 00800001 07", sense: "5/26/00 data 5.7" },
    { name: "an empty pattern", list: "00880000 00010000", sense: "5/26/00 data 6.7" },
    { name: "too long a pattern", list: "00880000 00010201", sense: "5/26/00 data 6.7" },
    { name: "a default of a length", list: "00880000 00000001 07", sense: "5/26/00 data 6.7" },
    { name: "half a pattern", list: "00880000 00010002 07", sense: "5/1a/00" },
    {
      name: "a protection interval",
      list: "0000000100000000",
      sense: "5/26/00 data 3.0",
      fields: { longList: true },
    },
    {
      name: "a pattern for a format that writes nothing",
      list: "00880000 00010001 07",
      sense: "5/26/00 data 1.3",
      fields: { ffmt: 1 },
    },
  ])("[SBC-4 FORMAT UNIT] refuses a list with $name", ({ list, sense, fields }) => {
    const unit = written();
    expect(format(unit, list, fields)).toMatchObject({ status: 2, sense });
    expect(block(unit)).toEqual(Buffer.alloc(BLOCK, 0x61));
  });

  it("is refused by a write-protected unit", () => {
    const unit = new SpecUnit({ profile: { readOnly: true } });
    expect(unit.check(plain)).toMatchObject({ status: 2, sense: "7/27/00" });
  });

  it("[SBC-4 4.33] that fails leaves the medium corrupt until another has not", () => {
    let status: JobStatus | null = "medium-error";
    const unit = new SpecUnit({ fail: ({ op }) => (op === "unmap" ? status : null) });
    expect(unit.check(plain)).toMatchObject({ status: 2, sense: "3/31/01" });
    expect(unit.check(ready)).toMatchObject({ status: 2, sense: "3/31/00" });
    expect(unit.check(read10.encode({ blockCount: 1 }))).toMatchObject({ sense: "3/31/00" });
    status = null;
    expect(unit.check(plain)).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject(GOOD);
  });
});
