import { Prng } from "../../lib/base/prng";
import { decodeRecord, encodeRecord, PAIR_ID_LENGTH } from "../../lib/mirror/pair-record";
import type { Members } from "../../lib/mirror/pair-record";
import { PAIR_STATES } from "../../lib/mirror/pair-state";

const RECORD_MAX = 3968;

describe("a pair's record", () => {
  it("comes back as it was saved, and fits its place", () => {
    const random = new Prng(3);
    for (let round = 0; round < 100; round++) {
      const record = {
        pairId: Uint8Array.from(random.bytes(PAIR_ID_LENGTH)),
        epoch: random.u32() * 2 ** 20,
        members: random.pick<Members>(["both", "first", "second"]),
        role: random.pick(["main", "sub"] as const),
        state: random.pick(PAIR_STATES),
        isConsistent: random.chance(0.5),
        generation: random.u32(),
      };
      const bytes = encodeRecord(record);
      expect(bytes.length).toBeLessThanOrEqual(RECORD_MAX);
      const padded = Buffer.concat([bytes, Buffer.alloc(100)]);
      expect(decodeRecord(padded)).toEqual(record);
    }
  });

  it("is none where there is nothing, or zeros", () => {
    expect(decodeRecord(new Uint8Array(0))).toBeNull();
    expect(decodeRecord(new Uint8Array(RECORD_MAX))).toBeNull();
  });

  it("is damaged where it is of no known form, and never throws", () => {
    const good = encodeRecord({
      pairId: new Uint8Array(PAIR_ID_LENGTH),
      epoch: 1,
      members: "both",
      role: "main",
      state: "PAIR",
      isConsistent: true,
      generation: 1,
    });
    expect(decodeRecord(good.subarray(0, 20))).toBe("damaged");
    for (const at of [0, 3, 4, 5, 6, 7]) {
      const bad = Uint8Array.from(good);
      bad[at] = 0x7f;
      expect(decodeRecord(bad)).toBe("damaged");
    }
  });
});
