import { limits } from "../../lib/base/limits";
import { Job } from "../../lib/block/job";
import { REGION_BLOCKS, Rig } from "./support/pair-rig";

const MIRRORED = ["PAIR main mirrored", "PAIR sub mirrored"];

/** A pair where side 2 has other data than it should, at some regions' first blocks. */
function corrupted(regions: readonly number[], size = 16): Rig {
  const rig = new Rig({}, size).boot(1, 2).connect();
  for (const region of regions) {
    const data = [Buffer.alloc(512, 0xee)];
    const onDone = (): void => undefined;
    const lba = region * REGION_BLOCKS;
    rig.side(2).disk.store.submit(new Job({ op: "write", lba, blockCount: 1, data, onDone }));
  }
  return rig;
}

describe("a verification", () => {
  it("says that both copies are equal when they are", () => {
    const rig = corrupted([]);
    expect(rig.command(2, { type: "verify", isRepairing: false })).toEqual({
      ok: true,
      text: "The verification begins.",
    });
    expect(rig.side(1).pair.status().lastVerify).toEqual({
      isComplete: true,
      comparedBytes: 1024 * 1024,
      differingBytes: 0,
      ranges: [],
    });
  });

  it("[4.10] lists and marks what differs, and repairs nothing", () => {
    const rig = corrupted([3, 9]);
    rig.command(1, { type: "verify", isRepairing: false });
    expect(rig.side(1).pair.status()).toMatchObject({
      state: "PAIR",
      differingBytes: 2 * 64 * 1024,
      lastVerify: {
        differingBytes: 2 * 64 * 1024,
        ranges: [3, 9].map((at) => ({ lba: at * REGION_BLOCKS, blockCount: REGION_BLOCKS })),
      },
    });
    expect(rig.differing()).toEqual([3 * REGION_BLOCKS, 9 * REGION_BLOCKS]);
    expect(rig.differing().every((lba) => rig.isCovered(lba))).toBe(true);
  });

  it("repairs when it is asked to, and copies nothing else", () => {
    const rig = corrupted([3, 9]);
    rig.command(2, { type: "verify", isRepairing: true });
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
    expect(rig.sent.filter(({ name }) => name === "chunk")).toHaveLength(2);
  });

  it("leaves what it found to a resync", () => {
    const rig = corrupted([5]);
    rig.command(1, { type: "verify", isRepairing: false });
    const answer = rig.command(2, { type: "resync", source: null });
    expect(answer).toEqual({ ok: true, text: "The resync of 65536 bytes begins." });
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
    expect(rig.side(1).pair.status().differingBytes).toBe(0);
  });

  it("does not mistake a write under way for a difference", () => {
    for (let steps = 0; steps < 40; steps++) {
      const rig = corrupted([]);
      rig.side(1).pair.command({ type: "verify", isRepairing: false }, () => undefined);
      rig.pump(steps);
      rig.side(1).write(REGION_BLOCKS, 1);
      rig.side(2).write(REGION_BLOCKS + 1, 2);
      rig.pump();
      expect(rig.side(1).pair.status().lastVerify?.differingBytes).toBe(0);
    }
  });

  it("ends early with the link, and says so", () => {
    const rig = corrupted([]);
    rig.side(1).pair.command({ type: "verify", isRepairing: false }, () => undefined);
    rig.pump(6).cut();
    expect(rig.side(1).pair.status()).toMatchObject({
      verify: null,
      lastVerify: { isComplete: false },
    });
  });

  it("ends early when a copy cannot be read, and the pair goes on", () => {
    const rig = corrupted([]);
    rig.side(2).disk.failing = "read";
    rig.command(1, { type: "verify", isRepairing: false });
    expect(rig.side(1).pair.status().lastVerify?.isComplete).toBe(false);
    expect(rig.seen).toEqual(MIRRORED);
  });

  it("lists no more ranges than its limit, and counts all", () => {
    const count = limits.verifyRangesMax + 5;
    const rig = corrupted([...Array(count).keys()], count);
    rig.command(1, { type: "verify", isRepairing: false });
    const result = rig.side(1).pair.status().lastVerify;
    expect(result?.ranges).toHaveLength(limits.verifyRangesMax);
    expect(result?.differingBytes).toBe(count * 64 * 1024);
  });
});
