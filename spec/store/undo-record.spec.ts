import { crc32c } from "../../lib/base/crc32c";
import { decodeUndoHead, encodeUndoHead, UNDO_HEAD_LENGTH } from "../../lib/store/undo-record";

const HEAD = {
  identity: Buffer.alloc(16, 7),
  lba: 0x0102030405,
  blockCount: 2048,
  dataChecksum: 0xdeadbeef,
};

describe("The head of an undo record", () => {
  const bytes = encodeUndoHead(HEAD, crc32c);

  it("is read as it was written", () => {
    expect(bytes).toHaveLength(UNDO_HEAD_LENGTH);
    expect(decodeUndoHead(bytes, crc32c)).toEqual(HEAD);
  });

  it("is none if any bit of it has changed, if it is cut, and if it is zeros", () => {
    for (let bit = 0; bit < 44 * 8; bit++) {
      const other = Buffer.from(bytes);
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
      expect({ bit, head: decodeUndoHead(other, crc32c) }).toEqual({ bit, head: null });
    }
    expect(decodeUndoHead(bytes.subarray(0, 100), crc32c)).toBe(null);
    expect(decodeUndoHead(Buffer.alloc(UNDO_HEAD_LENGTH), crc32c)).toBe(null);
  });
});
