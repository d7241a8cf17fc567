import { crc32c as portable } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { monotonicMs } from "../../lib/node/clock";
import { crc32c } from "../../lib/node/crc32c";
import { entropy, hash } from "../../lib/node/entropy";

describe("the core's ports", () => {
  it("have a CRC32C that equals the portable one, also in pieces", () => {
    const prng = new Prng(1);
    for (const length of [0, 1, 48, 4096, 5001]) {
      const bytes = prng.bytes(length);
      const middle = prng.below(length + 1);
      expect(crc32c(bytes)).toBe(portable(bytes));
      expect(crc32c(bytes.subarray(middle), crc32c(bytes.subarray(0, middle)))).toBe(crc32c(bytes));
    }
  });

  it.each([
    ["md5", 16],
    ["sha1", 20],
    ["sha256", 32],
    ["sha3-256", 32],
  ] as const)("hash by %s to %i bytes, whole or in chunks", (algorithm, length) => {
    const whole = hash(algorithm, [Buffer.from("challenge")]);
    expect(whole).toHaveLength(length);
    expect(hash(algorithm, [Buffer.from("chall"), Buffer.from("enge")])).toEqual(whole);
  });

  it("draw as many bytes as asked for, each time others", () => {
    expect(entropy(16)).toHaveLength(16);
    expect(entropy(16)).not.toEqual(entropy(16));
  });

  it("have a clock that never goes back", () => {
    const before = monotonicMs();
    expect(monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});
