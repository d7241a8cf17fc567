/**
 * Each bit of each parameter list: what may be set is, what may not is refused with a pointer at
 * it. What may be is typed here once more, by the standards' tables.
 */
import {
  type SenseFormat,
  encodeSense,
  modeSelect10,
  modeSelect6,
  modeSense10,
  modeSense6,
  persistentReserveOutRegister,
  persistentReserveOutRegisterAndMove,
  unmap,
} from "node-scsi-cdb";
import { modePages } from "../../../lib/scsi/mode-pages/pages";
import { type Outcome, SpecUnit } from "../support/unit";

/** A field of a page: the bits of one byte, and the values it can be set to. */
interface Changeable {
  readonly byte: number;
  readonly high: number;
  readonly low: number;
  readonly values: readonly number[];
}

function bit(byte: number, at: number): Changeable {
  return { byte, high: at, low: at, values: [0, 1] };
}

/** [SBC-3 Caching mode page, SPC-4 Control mode page], by page and subpage in hexadecimal. */
const CHANGEABLE: Readonly<Record<string, readonly Changeable[]>> = {
  "01/00": [],
  "08/00": [bit(2, 2), bit(2, 0)],
  "0a/00": [
    { byte: 2, high: 7, low: 5, values: [0, 1] },
    bit(2, 4),
    bit(2, 2),
    { byte: 3, high: 2, low: 1, values: [0, 1, 3] },
    { byte: 4, high: 5, low: 4, values: [0, 2, 3] },
    bit(4, 3),
    bit(5, 6),
  ],
  "0a/01": [],
  "1c/00": [],
};

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

const FORMS = [
  { form: 6, select: modeSelect6, sense: modeSense6, headerLength: 4, ignored: [0], flags: 2 },
  {
    form: 10,
    select: modeSelect10,
    sense: modeSense10,
    headerLength: 8,
    ignored: [0, 1],
    flags: 3,
  },
] as const;
type Form = (typeof FORMS)[number];

const PAGES = modePages.map(({ name, pageCode, subpageCode, headerLength }) => {
  return { name, pageCode, subpageCode, headerLength };
});
type Page = (typeof PAGES)[number];
const CASES = FORMS.flatMap((form) => PAGES.map((page) => ({ ...page, ...form, form, page })));

function makeUnit(): SpecUnit {
  return new SpecUnit({ can: { volatileCache: true } });
}

function read(unit: SpecUnit, { sense, headerLength }: Form, page: Page, pc = 0): Buffer {
  const { pageCode, subpageCode } = page;
  const cdb = sense.encode({ pageCode, subpageCode, pc, dbd: true, allocationLength: 255 });
  return Buffer.from(unit.check(cdb).data.subarray(headerLength));
}

function write(unit: SpecUnit, { select }: Form, list: Uint8Array): Outcome {
  const cdb = select.encode({ pf: true, parameterListLength: list.length });
  return unit.check(cdb, { dataOut: list });
}

function listOf({ headerLength }: Form, page: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(headerLength), page]);
}

function withBit(bytes: Uint8Array, byte: number, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[byte] = (changed[byte] as number) ^ (1 << at);
  return changed;
}

function withValue(page: Uint8Array, { byte, high, low }: Changeable, value: number): Buffer {
  const changed = Buffer.from(page);
  const mask = (2 ** (high - low + 1) - 1) << low;
  changed[byte] = ((changed[byte] as number) & ~mask) | (value << low);
  return changed;
}

/** Every bit of some bytes from `start` on. */
function bitsOf(bytes: Uint8Array, start = 0): { byte: number; at: number }[] {
  return Array.from({ length: 8 * (bytes.length - start) }, (_, index) => {
    return { byte: start + (index >> 3), at: 7 - (index & 7) };
  });
}

describe.each(CASES)("MODE SELECT ($form.form) of page $name", ({ form, page }) => {
  const fields = CHANGEABLE[`${hex(page.pageCode)}/${hex(page.subpageCode)}`] ?? [];
  const isChangeable = (byte: number, at: number): boolean =>
    fields.some((field) => field.byte === byte && field.high >= at && field.low <= at);

  it("[SPC-4 MODE SELECT] refuses each bit that cannot change, and points at it", () => {
    const unit = makeUnit();
    const before = read(unit, form, page);
    for (const { byte, at } of bitsOf(before, page.headerLength)) {
      if (isChangeable(byte, at)) continue;
      const { status, sense } = write(unit, form, listOf(form, withBit(before, byte, at)));
      const pointer = `5/26/00 data ${form.headerLength + byte}.${at}`;
      expect({ byte, at, status, sense }).toEqual({ byte, at, status: 2, sense: pointer });
    }
    expect(read(unit, form, page)).toEqual(before);
  });

  it("[SPC-4 MODE SELECT] changes each field that can, to every value it can have", () => {
    for (const field of fields) {
      const values = Array.from({ length: 2 ** (field.high - field.low + 1) }, (_, value) => value);
      for (const value of values.filter((one) => field.values.includes(one))) {
        const unit = makeUnit();
        const changed = withValue(read(unit, form, page), field, value);
        expect(write(unit, form, listOf(form, changed))).toMatchObject({ status: 0, sense: null });
        expect(read(unit, form, page)).toEqual(changed);
      }
      for (const value of values.filter((one) => !field.values.includes(one))) {
        const unit = makeUnit();
        const before = read(unit, form, page);
        const { status, task } = write(unit, form, listOf(form, withValue(before, field, value)));
        const pointer = task.sense?.field;
        expect([status, pointer?.in, pointer?.byte]).toEqual([
          2,
          "data",
          form.headerLength + field.byte,
        ]);
        expect(pointer?.bit).toBeGreaterThanOrEqual(field.low);
        expect(pointer?.bit).toBeLessThanOrEqual(field.high);
        expect(read(unit, form, page)).toEqual(before);
      }
    }
  });

  it("[SPC-4 MODE SENSE] tells as changeable exactly the bits that some value has", () => {
    const mask = read(makeUnit(), form, page, 1);
    const expected = Buffer.from(mask).fill(0, page.headerLength);
    for (const { byte, low, values } of fields) {
      const all = values.reduce((bits, value) => bits | value, 0);
      expected[byte] = (expected[byte] as number) | (all << low);
    }
    expect(mask).toEqual(expected);
  });
});

it("[SPC-4 MODE SELECT] every page has its changeable fields in the table above", () => {
  const names = PAGES.map(({ pageCode, subpageCode }) => `${hex(pageCode)}/${hex(subpageCode)}`);
  expect(Object.keys(CHANGEABLE)).toEqual(names);
});

describe.each(FORMS)("the header of a list of MODE SELECT ($form)", (form) => {
  it("[SPC-4 MODE SELECT] takes what MODE SENSE sets, and nothing else", () => {
    const { headerLength, ignored, flags } = form;
    for (const { byte, at } of bitsOf(Buffer.alloc(headerLength))) {
      const isLength = byte >= headerLength - (form.form === 6 ? 1 : 2);
      const isLonglba = form.form === 10 && byte === 4 && at === 0;
      if (isLength || isLonglba) continue;
      const { status, task } = write(
        makeUnit(),
        form,
        withBit(Buffer.alloc(headerLength), byte, at),
      );
      const isTaken =
        ignored.some((one) => one === byte) || (byte === flags && (at === 7 || at === 4));
      expect({ byte, at, status }).toEqual({ byte, at, status: isTaken ? 0 : 2 });
      // MEDIUM TYPE is one field.
      const pointer = byte === flags - 1 ? { byte, bit: 7 } : { byte, bit: at };
      if (!isTaken) expect(task.sense?.field).toEqual({ ...pointer, in: "data" });
    }
  });

  it("[SBC-3] has a block descriptor behind it of which no reserved bit may be set", () => {
    const isShort = form.form === 6;
    const length = isShort ? 8 : 16;
    const list = Buffer.alloc(form.headerLength + length);
    list[form.headerLength - 1] = length;
    if (!isShort) list[4] = 1;
    list.writeUInt16BE(512, list.length - 2);
    expect(write(makeUnit(), form, list).status).toBe(0);
    const reserved = isShort ? [4] : [8, 9, 10, 11];
    for (const at of [7, 6, 5, 4, 3, 2, 1, 0]) {
      for (const byte of reserved.map((one) => form.headerLength + one)) {
        const { sense } = write(makeUnit(), form, withBit(list, byte, at));
        expect(sense).toBe(`5/26/00 data ${byte}.${at}`);
      }
    }
  });
});

describe("a list of UNMAP", () => {
  it("[SBC-3 UNMAP] has no reserved bit set in its header or in a descriptor", () => {
    const list = Buffer.alloc(8 + 2 * 16);
    list.writeUInt16BE(list.length - 2, 0);
    list.writeUInt16BE(32, 2);
    const cdb = unmap.encode({ parameterListLength: list.length });
    const unit = new SpecUnit();
    expect(unit.check(cdb, { dataOut: list }).status).toBe(0);
    for (const byte of [4, 5, 6, 7, 20, 21, 22, 23, 36, 37, 38, 39]) {
      for (let at = 0; at < 8; at++) {
        const { sense } = unit.check(cdb, { dataOut: withBit(list, byte, at) });
        expect(sense).toBe(`5/26/00 data ${byte}.${at}`);
      }
    }
    expect(unit.jobs).toEqual([]);
  });
});

describe("a list of PERSISTENT RESERVE OUT", () => {
  const parameterListLength = 24;

  it("[SPC-4 6.16.3] has no reserved bit set", () => {
    const cdb = persistentReserveOutRegister.encode({ parameterListLength });
    const reserved = [
      ...[7, 6, 5, 4, 1].map((at) => ({ byte: 20, at })),
      ...bitsOf(Buffer.alloc(22), 21),
    ];
    for (const { byte, at } of reserved) {
      const list = Buffer.alloc(24);
      list[15] = 1;
      const { sense } = new SpecUnit().check(cdb, { dataOut: withBit(list, byte, at) });
      expect(sense).toBe(`5/26/00 data ${byte}.${at}`);
    }
  });

  it("[SPC-4 6.16.4] has no reserved bit set to move a reservation", () => {
    const unit = new SpecUnit();
    const list = Buffer.alloc(24);
    list[15] = 1;
    unit.check(persistentReserveOutRegister.encode({ parameterListLength }), { dataOut: list });
    const reserve = Buffer.alloc(24);
    reserve[7] = 1;
    unit.check(Buffer.from([0x5f, 1, 5, 0, 0, 0, 0, 0, 24, 0]), { dataOut: reserve });
    const cdb = persistentReserveOutRegisterAndMove.encode({ parameterListLength });
    const reserved = [
      ...bitsOf(Buffer.alloc(17), 16),
      ...[7, 6, 5, 4, 3, 2].map((at) => ({ byte: 17, at })),
    ];
    for (const { byte, at } of reserved) {
      const { sense } = unit.check(cdb, { dataOut: withBit(reserve, byte, at) });
      expect(sense).toBe(`5/26/00 data ${byte}.${at}`);
    }
  });
});

describe("the pointer at a field of a parameter list", () => {
  it.each<[SenseFormat, number]>([
    ["fixed", 15],
    ["descriptor", 12],
  ])("[SPC-4 4.5.2.4.2] stands in %s sense data from byte %i on", (format, start) => {
    const unit = makeUnit();
    const [form] = FORMS;
    const page = Buffer.from("0a0a02100000" + "0000ffff0000", "hex");
    const { task } = write(unit, form, listOf(form, page));
    if (task.sense === null) throw new Error("GLTSD is refused");
    const bytes = Buffer.from(encodeSense(task.sense, format));
    // SKSV and BPV, bit 1 of byte 6, in data and not in the CDB.
    expect(bytes.subarray(start, start + 3).toString("hex")).toBe("890006");
  });
});
