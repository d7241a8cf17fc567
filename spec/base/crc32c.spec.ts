import { crc32c } from "../../lib/base/crc32c";

/** The digest as it stands on the wire, least significant byte first. */
function onWire(bytes: Uint8Array): string {
  const digest = Buffer.alloc(4);
  digest.writeUInt32LE(crc32c(bytes));
  return digest.toString("hex");
}

describe("[RFC7143 A.4] CRC32C", () => {
  it.each([
    ["32 zeros", Buffer.alloc(32), "aa36918a"],
    ["32 ones", Buffer.alloc(32, 0xff), "43aba862"],
    ["32 incrementing", Buffer.from(Array.from({ length: 32 }, (_, i) => i)), "4e79dd46"],
    ["32 decrementing", Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), "5cdb3f11"],
    [
      "an iSCSI READ (10) command",
      Buffer.from(
        "01c000000000000000000000000000001400000000000400" +
          "000000140000001828000000000000000200000000000000",
        "hex",
      ),
      "563a96d9",
    ],
  ])("of %s", (_, bytes, digest) => {
    expect(onWire(bytes)).toBe(digest);
  });

  it("continues over pieces", () => {
    const bytes = Buffer.from("123456789");
    expect(crc32c(bytes)).toBe(0xe3069283);
    expect(crc32c(bytes.subarray(4), crc32c(bytes.subarray(0, 4)))).toBe(0xe3069283);
  });

  it("is the same wherever it is cut, and by single bytes", () => {
    const bytes = Buffer.from("a header and a parameter, 43 bytes together");
    const byOne = bytes.reduce((crc, _, at) => crc32c(bytes, crc, at, at + 1), 0);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(crc32c(bytes, crc32c(bytes, 0, 0, cut), cut)).toBe(byOne);
    }
  });

  it("is of a range where it lies", () => {
    expect(crc32c(Buffer.from("..123456789.."), 0, 2, 11)).toBe(0xe3069283);
  });
});
