import { Prng } from "../../../lib/base/prng";
import {
  type Operation,
  blockOfPass,
  decodeOperation,
  encodeOperation,
  progressOf,
} from "../../../lib/scsi/operations/operation";

const geometry = { blockSize: 512, blockCount: 1000 };

const operation: Operation = {
  ...{ number: 7, kind: "sanitize", port: 2, hasFailed: false, isUnrestricted: true },
  ...{ passCount: 4, passesDone: 1, blocksDone: 500, isInverting: true },
  pattern: Uint8Array.of(1, 2, 3),
};

describe("an operation on a medium", () => {
  it.each<Partial<Operation>>([
    {},
    { kind: "format", isInverting: false, isUnrestricted: false },
    { hasFailed: true, number: 0xffffffff, port: 0xffff },
    { pattern: new Uint8Array(0), passCount: 1, passesDone: 0, blocksDone: 1000 },
    { pattern: new Uint8Array(512).fill(9), passCount: 31, passesDone: 30 },
  ])("is the same again when its bytes are read: %j", (fields) => {
    const one = { ...operation, ...fields };
    expect(decodeOperation(encodeOperation(one), geometry)).toEqual(one);
  });

  it.each<{ name: string; fields: Partial<Operation> }>([
    { name: "no pass", fields: { passCount: 0, passesDone: 0 } },
    { name: "more passes than OVERWRITE COUNT can say", fields: { passCount: 32 } },
    { name: "all passes done", fields: { passesDone: 4 } },
    { name: "blocks beyond the end done", fields: { blocksDone: 1001 } },
    { name: "a pattern longer than a block", fields: { pattern: new Uint8Array(513) } },
  ])("of $name is refused", ({ fields }) => {
    expect(decodeOperation(encodeOperation({ ...operation, ...fields }), geometry)).toBeNull();
  });

  it.each([1, 2])("of any bytes is refused, or such as can be (seed %i)", (seed) => {
    const prng = new Prng(seed);
    let decoded = 0;
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(encodeOperation(operation));
      for (let times = prng.below(4); times > 0; times--) {
        bytes[prng.below(bytes.length)] = prng.below(256);
      }
      const one = decodeOperation(bytes.subarray(0, bytes.length - prng.below(8)), geometry);
      if (one === null) continue;
      decoded++;
      expect(one.passesDone).toBeLessThan(one.passCount);
      expect(one.blocksDone).toBeLessThanOrEqual(geometry.blockCount);
    }
    expect(decoded).toBeGreaterThan(100);
  });

  it.each([
    [0, 0, 0],
    [0, 500, 0x2000],
    [1, 0, 0x4000],
    [3, 1000, 0xffff],
  ])("[SPC-4 4.5.2.4.4] with %i passes and %i blocks done is %i 65536ths done", (pass, lba, is) => {
    const one = { ...operation, passesDone: pass, blocksDone: lba };
    expect(progressOf(one, geometry)).toBe(is);
  });

  it("[SBC-4 SANITIZE, INVERT] writes the pattern last, and turns it over from pass to pass", () => {
    const first = (count: number): number[] =>
      Array.from({ length: count }, (_, pass) => {
        const of = { ...operation, passCount: count, pattern: Uint8Array.of(0x0f) };
        return blockOfPass(of, pass, 512)[0] as number;
      });
    expect([1, 2, 3].map(first)).toEqual([[0x0f], [0xf0, 0x0f], [0x0f, 0xf0, 0x0f]]);
    const plain = { ...operation, isInverting: false };
    expect(blockOfPass(plain, 0, 4)).toEqual(Buffer.of(1, 2, 3, 1));
  });
});
