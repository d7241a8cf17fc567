import { bits, flag, uint } from "../src/fields";
import { format } from "../src/format";

const sample = format({
  name: "SAMPLE",
  length: 6,
  fields: {
    mode: bits(0, 7, 5, "MODE"),
    old: flag(0, 4, "OLD", { ignored: true }),
    immed: flag(0, 0, "IMMED"),
    count: uint(2, 2, "COUNT"),
    tail: bits(4, 3, 0, "TAIL"),
  },
});

describe("A format", () => {
  it("decodes every field", () => {
    expect(sample.decode(Buffer.from("b1ff0102f7ff", "hex"))).toEqual({
      mode: 5,
      old: true,
      immed: true,
      count: 0x0102,
      tail: 7,
    });
  });

  it("decodes at an offset, from any kind of byte array", () => {
    const bytes = Uint8Array.from([9, 9, 0x20, 0, 0, 3, 0, 0]);
    expect(sample.decode(bytes, 2)).toMatchObject({ mode: 1, count: 3 });
  });

  it("encodes the fields given and leaves zeros elsewhere", () => {
    const bytes = sample.encode({ mode: 7, count: 0x1234 });
    expect(Buffer.from(bytes).toString("hex")).toBe("e00012340000");
  });

  it("encodes into bytes that are there, and leaves the other bits as they are", () => {
    const bytes = Buffer.alloc(8, 0xff);
    expect(sample.encode({ immed: false, count: 0 }, bytes, 1)).toBe(bytes);
    expect(bytes.toString("hex")).toBe("fffeff0000ffffff");
  });

  it("is a buffer-layout structure of the same meaning", () => {
    const bytes = Buffer.from("b1ff0102f7ff", "hex");
    expect(sample.layout.decode(bytes)).toEqual(sample.decode(bytes));
    expect(sample.layout.span).toBe(6);
  });

  it("refuses to decode or encode where it does not fit", () => {
    expect(() => sample.decode(new Uint8Array(5))).toThrow(RangeError);
    expect(() => sample.decode(new Uint8Array(6), 1)).toThrow(RangeError);
    expect(() => sample.encode({}, new Uint8Array(5))).toThrow(RangeError);
  });
});

describe("The bits of a format", () => {
  it("are ones in its usage mask when they have a meaning, not when they are ignored", () => {
    expect(Buffer.from(sample.usageMask).toString("hex")).toBe("e100ffff0f00");
  });

  it("that are reserved are found when set, the first of them; ignored bits may be set", () => {
    expect(sample.firstReservedBit(Buffer.from("f100ffff0f00", "hex"))).toBeNull();
    expect(sample.firstReservedBit(Buffer.from("000300003000", "hex"))).toEqual({
      byte: 1,
      bit: 1,
    });
    expect(sample.firstReservedBit(Buffer.from("000000003000", "hex"))).toEqual({
      byte: 4,
      bit: 5,
    });
  });

  it("of a field are pointed to by the leftmost", () => {
    expect(sample.pointer("tail")).toEqual({ byte: 4, bit: 3 });
    expect(sample.pointer("count")).toEqual({ byte: 2, bit: 7 });
  });
});

describe("A declaration", () => {
  it("is refused when two fields share a bit", () => {
    const fields = { a: bits(0, 4, 2, "A"), b: flag(0, 2, "B", { ignored: true }) };
    expect(() => format({ name: "CLASH", length: 1, fields })).toThrow("CLASH: B overlaps");
  });

  it("is refused when a number that begins within a byte meets the bits above it", () => {
    const fields = { a: bits(0, 7, 4, "A"), b: uint(0, 3, "B", { high: 4 }) };
    expect(() => format({ name: "CLASH", length: 3, fields })).toThrow("CLASH: B overlaps");
  });

  it("is refused when a field stands outside", () => {
    const fields = { a: uint(3, 2, "A") };
    expect(() => format({ name: "SHORT", length: 4, fields })).toThrow("SHORT: A stands outside");
  });
});
