import { Prng } from "../../lib/base/prng";
import {
  frameHeader,
  hasReservedBit,
  HEADER_LENGTH,
  MAGIC,
  readHeader,
  writeHeader,
} from "../../lib/mirror/link-frame";

function randomBytes(random: Prng): Buffer {
  return Buffer.from(Array.from({ length: HEADER_LENGTH }, () => random.below(256)));
}

describe("the header of a frame, read and written by hand", () => {
  it("is read as its format says, whatever the bytes", () => {
    const random = new Prng(11);
    for (let round = 0; round < 500; round++) {
      const bytes = randomBytes(random);
      expect(readHeader(bytes, 0)).toEqual(frameHeader.decode(bytes));
    }
  });

  it("has the reserved bits of its format, each of them", () => {
    for (let bit = 0; bit < HEADER_LENGTH * 8; bit++) {
      const bytes = Buffer.alloc(HEADER_LENGTH);
      bytes[bit >>> 3] = 0x80 >>> (bit & 7);
      expect(hasReservedBit(bytes, 0)).toBe(frameHeader.firstReservedBit(bytes) !== null);
    }
  });

  it("is written so that its format reads the same, and touches nothing else", () => {
    const random = new Prng(12);
    for (let round = 0; round < 500; round++) {
      const header = frameHeader.decode(randomBytes(random));
      const into = Buffer.alloc(HEADER_LENGTH + 8);
      writeHeader(header, into, 4);
      const written = into.subarray(4, 4 + HEADER_LENGTH);
      expect(frameHeader.decode(written)).toEqual({ ...header, magic: MAGIC, checksum: 0 });
      expect(frameHeader.firstReservedBit(written)).toBeNull();
      expect([...into.subarray(0, 4), ...into.subarray(4 + HEADER_LENGTH)]).toEqual(
        Array<number>(8).fill(0),
      );
    }
  });
});
