import { crc32c } from "../../lib/base/crc32c";
import { putU32 } from "../../lib/base/bytes";
import {
  DATA_OFFSET,
  encodeSuperblock,
  fileLengthOf,
  MAP_LENGTH,
  MAP_OFFSETS,
  PAIR_LENGTH,
  readSuperblocks,
  SUPERBLOCK_LENGTH,
  SUPERBLOCK_OFFSETS,
  type Superblock,
} from "../../lib/store/superblock";

const superblock: Superblock = {
  identity: Uint8Array.from({ length: 16 }, (_, index) => index + 1),
  generation: 3,
  blockSize: 4096,
  blockCount: 2 ** 33,
  dataOffset: DATA_OFFSET,
  createdMs: 1_800_000_000_123,
  creator: "twinlun 0.1.0",
  pair: new Uint8Array(0),
};

const encode = (changes: Partial<Superblock> = {}): Uint8Array =>
  encodeSuperblock({ ...superblock, ...changes }, crc32c);

function damaged(at = 100): Uint8Array {
  const copy = encode();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

function ofVersion(version: number, generation: number): Uint8Array {
  const copy = encode({ generation });
  putU32(copy, 8, version);
  putU32(copy, 12, 0);
  putU32(copy, 12, crc32c(copy));
  return copy;
}

describe("superblock", () => {
  it("reads back what it wrote", () => {
    const reading = readSuperblocks([encode(), encode()], crc32c);
    expect(reading).toEqual({ ok: true, superblock, stale: [] });
  });

  it("keeps the record of a pair, with zeros behind it", () => {
    const reading = readSuperblocks([encode({ pair: Buffer.from([1, 2]) })], crc32c);
    const pair = Uint8Array.from({ length: PAIR_LENGTH }, (_, index) => [1, 2][index] ?? 0);
    expect(reading).toEqual({ ok: true, superblock: { ...superblock, pair }, stale: [] });
  });

  it("and the copies of a pair's map share no byte with each other and the data", () => {
    const areas = [
      ...SUPERBLOCK_OFFSETS.map((start) => ({ start, end: start + SUPERBLOCK_LENGTH })),
      ...MAP_OFFSETS.map((start) => ({ start, end: start + MAP_LENGTH })),
      { start: DATA_OFFSET, end: Infinity },
    ].sort((a, b) => a.start - b.start);
    const overlaps = areas.filter(({ start }, index) => start < (areas[index - 1]?.end ?? 0));
    expect(overlaps).toEqual([]);
  });

  it("stands before the data, each copy on a 4 KiB boundary of its own", () => {
    for (const offset of SUPERBLOCK_OFFSETS) {
      expect(offset % SUPERBLOCK_LENGTH).toBe(0);
      expect(offset + SUPERBLOCK_LENGTH).toBeLessThanOrEqual(DATA_OFFSET);
    }
    expect(fileLengthOf(superblock)).toBe(DATA_OFFSET + 2 ** 45);
  });

  it("has its fields at the places of the drawing, big-endian", () => {
    const copy = Buffer.from(encode());
    expect(copy).toHaveLength(SUPERBLOCK_LENGTH);
    expect(copy.toString("latin1", 0, 8)).toBe("twinlun\0");
    expect(copy.readUInt32BE(8)).toBe(1);
    expect(copy.readBigUInt64BE(32)).toBe(3n);
    expect(copy.readBigUInt64BE(40)).toBe(2n ** 33n);
    expect(copy.readUInt32BE(56)).toBe(4096);
    expect(copy.toString("latin1", 72, 85)).toBe("twinlun 0.1.0");
  });

  it.each([
    ["the first copy is damaged", [damaged(), encode()], 3, [0]],
    ["the second copy is damaged", [encode(), damaged(20)], 3, [1]],
    ["the second copy is missing", [encode(), Buffer.alloc(0)], 3, [1]],
    ["the second copy is newer", [encode(), encode({ generation: 4 })], 4, [0]],
    ["the first copy is newer", [encode({ generation: 5 }), encode()], 5, [1]],
  ])("takes the newest valid copy when %s", (_, copies, generation, stale) => {
    const reading = readSuperblocks(copies, crc32c);
    expect(reading).toEqual({ ok: true, superblock: { ...superblock, generation }, stale });
  });

  it.each([
    ["both copies are damaged", [damaged(), damaged(8)], "both copies are damaged"],
    ["one is damaged and one missing", [Buffer.alloc(0), damaged()], "both copies are damaged"],
    ["the magic is not there", [Buffer.alloc(4096), Buffer.alloc(4096)], "is no twinlun store"],
    ["the file is short", [Buffer.from("twinlun\0"), Buffer.alloc(0)], "is no twinlun store"],
    ["the newest is of a later version", [encode(), ofVersion(2, 4)], "of version 2, and only"],
  ])("says why when %s", (_, copies, problem) => {
    const reading = readSuperblocks(copies, crc32c);
    expect(reading.ok ? "" : reading.problem).toContain(problem);
  });

  it("is refused with any one bit changed", () => {
    for (let at = 0; at < SUPERBLOCK_LENGTH; at++) {
      const copies = [damaged(at), Buffer.alloc(0)];
      expect(readSuperblocks(copies, crc32c).ok).toBe(false);
    }
  });
});
