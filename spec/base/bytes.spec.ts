import * as bytes from "../../lib/base/bytes";
import { Prng } from "../../lib/base/prng";

const { firstDifference, gather, lengthOf, scatterInto, sliceChunks, withRoom } = bytes;

describe("big-endian numbers", () => {
  it.each([
    ["16 bits", bytes.putU16, bytes.getU16, 2, [0, 1, 0x1234, 0xffff]],
    ["24 bits", bytes.putU24, bytes.getU24, 3, [0, 1, 0x123456, 0xffffff]],
    ["32 bits", bytes.putU32, bytes.getU32, 4, [0, 1, 0x12345678, 0x80000000, 0xffffffff]],
    ["48 bits", bytes.putU48, bytes.getU48, 6, [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1]],
    ["64 bits", bytes.putU64, bytes.getU64, 8, [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]],
  ] as const)("of %s are what was put", (_, put, get, length, values) => {
    for (const value of values) {
      const buffer = Buffer.alloc(length + 2, 0xee);
      put(buffer, 1, value);
      expect(get(buffer, 1)).toBe(value);
      expect(BigInt(`0x${buffer.subarray(1, 1 + length).toString("hex")}`)).toBe(BigInt(value));
      expect([buffer[0], buffer[length + 1]]).toEqual([0xee, 0xee]);
    }
  });
});

describe("lists of chunks", () => {
  const random = new Prng(7);
  const whole = Buffer.from(random.bytes(1000));
  const split = (): Uint8Array[] => {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < whole.length;) {
      const end = Math.min(whole.length, at + random.below(200));
      chunks.push(whole.subarray(at, end));
      at = end;
    }
    return chunks;
  };

  it("slice, gather and scatter as one array would", () => {
    for (let round = 0; round < 100; round++) {
      const chunks = split();
      const start = random.below(1000);
      const end = start + random.below(1001 - start);
      expect(lengthOf(chunks)).toBe(1000);
      const slice = sliceChunks(chunks, start, end);
      expect(Buffer.from(gather(slice)).equals(whole.subarray(start, end))).toBe(true);
      const into = [Buffer.alloc(100), Buffer.alloc(0), Buffer.alloc(500)];
      expect(scatterInto(slice, into)).toBe(Math.min(600, end - start));
      const expected = Buffer.alloc(600);
      whole.copy(expected, 0, start, end);
      expect(Buffer.concat(into).equals(expected)).toBe(true);
    }
  });

  it("slices are views: nothing is copied", () => {
    const [slice] = sliceChunks([whole], 10, 20);
    expect(slice?.buffer).toBe(whole.buffer);
  });
});

describe("the first difference", () => {
  it.each([
    { bytes: "abcdef", at: null },
    { bytes: "Abcdef", at: 0 },
    { bytes: "abCDef", at: 2 },
    { bytes: "abcdeF", at: 5 },
  ])("of $bytes and abcdef, wherever that is cut, is at $at", ({ bytes, at }) => {
    const chunks = ["ab", "", "cde", "f"].map((chunk) => Buffer.from(chunk));
    expect(firstDifference(Buffer.from(bytes), chunks)).toBe(at);
  });
});

describe("bits that are added", () => {
  it("are those of all chunks, in their order", () => {
    const into = Buffer.from("0180ff00", "hex");
    bytes.orInto(into, [Buffer.from("02", "hex"), Buffer.from("010200", "hex")]);
    expect(into.toString("hex")).toBe("0381ff00");
  });
});

describe("room in front of bytes", () => {
  it("is seen with them, and nothing behind them", () => {
    const whole = Buffer.from("in front of it, behind");
    expect(withRoom(whole.subarray(3, 11), 2).toString()).toBe(whole.toString("utf8", 1, 11));
  });
});
