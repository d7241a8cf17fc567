import { type Field, bits, flag, octets, uint } from "../src/fields";

/** Reads or writes one field on its own, at its byte. */
function read<T>(field: Field<T>, hex: string): T {
  return field.layout("value", 1).decode(Buffer.from(hex, "hex"), field.byte);
}

function write<T>(field: Field<T>, value: T, hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  field.layout("value", 1).encode(value, bytes, field.byte);
  return bytes.toString("hex");
}

describe("A field of some bits", () => {
  const field = bits(1, 6, 4, "MIDDLE");

  it("reads its own bits alone", () => {
    expect(read(field, "00da00")).toBe(0b101);
  });

  it("writes its own bits alone", () => {
    expect(write(field, 0b010, "ffffff")).toBe("ffafff");
  });

  it.each([8, -1, 1.5, Number.NaN])("refuses %p, which does not fit", (value) => {
    expect(() => write(field, value, "000000")).toThrow(RangeError);
  });
});

describe("A flag", () => {
  const field = flag(0, 3, "FLAG");

  it("reads and writes one bit as a boolean", () => {
    expect(read(field, "f7")).toBe(false);
    expect(read(field, "08")).toBe(true);
    expect(write(field, true, "40")).toBe("48");
    expect(write(field, false, "ff")).toBe("f7");
  });
});

describe("An unsigned number", () => {
  it.each([
    [1, 0xab, "ab"],
    [2, 0xabcd, "abcd"],
    [3, 0xabcdef, "abcdef"],
    [4, 0xabcdef01, "abcdef01"],
    [5, 0xabcdef0123, "abcdef0123"],
    [6, 0xabcdef012345, "abcdef012345"],
    [8, Number.MAX_SAFE_INTEGER, "001fffffffffffff"],
  ])("of %i bytes is big-endian", (length, value, hex) => {
    const field = uint(0, length, "NUMBER");
    expect(write(field, value, "00".repeat(length))).toBe(hex);
    expect(read(field, hex)).toBe(value);
  });

  it.each([0x10000, -1, 0.5, Number.NaN])("of 2 bytes is not %p", (value) => {
    expect(() => write(uint(0, 2, "NUMBER"), value, "0000")).toThrow(RangeError);
  });

  it("has no layout of 7 bytes", () => {
    expect(() => uint(0, 7, "NUMBER")).toThrow("NUMBER");
  });
});

describe("An unsigned number that begins within its first byte", () => {
  const field = uint(0, 3, "LOGICAL BLOCK ADDRESS", { high: 4 });

  it("reads 21 bits, whatever stands above them", () => {
    expect(read(field, "f23456")).toBe(0x123456);
  });

  it("writes 21 bits and leaves those above them", () => {
    expect(write(field, 0x0abcde, "e00000")).toBe("eabcde");
    expect(write(field, 0x1fffff, "000000")).toBe("1fffff");
  });

  it("refuses a 22nd bit", () => {
    expect(() => write(field, 0x200000, "000000")).toThrow(RangeError);
  });
});

describe("Octets", () => {
  const field = octets(1, 2, "BYTES");

  it("are read as a view of the bytes", () => {
    const bytes = Buffer.from("00abcd00", "hex");
    const view = field.layout("value", 1).decode(bytes, 1);
    bytes[1] = 0x11;
    expect([...view]).toEqual([0x11, 0xcd]);
  });

  it("are written as a copy", () => {
    expect(write(field, Uint8Array.of(0xbe, 0xef), "00000000")).toBe("00beef00");
  });

  it("are refused when they are too few or too many", () => {
    expect(() => write(field, new Uint8Array(1), "00000000")).toThrow(RangeError);
    expect(() => write(field, new Uint8Array(3), "00000000")).toThrow(RangeError);
  });
});
