import { gather } from "../../lib/base/bytes";
import { limits } from "../../lib/base/limits";
import type { CopyingView } from "../../lib/mirror/pair-progress";
import {
  decodeProgress,
  encodeProgress,
  NOTHING_COPIED,
  progressOf,
} from "../../lib/mirror/pair-progress";
import type { PairCommand } from "../../lib/mirror/pair-status";
import { REGION_BLOCKS, Rig } from "./support/pair-rig";

const VERIFY: PairCommand = { type: "verify", isRepairing: false };
const progress = progressOf({ doneBytes: 3, totalBytes: 2 ** 45, bytesPerS: 7 });
const ranges = [
  { lba: 2 ** 40, blockCount: 1 },
  { lba: 5, blockCount: 2 },
];
const result = { isComplete: false, comparedBytes: 9, differingBytes: 8, ranges };

function bytesOf(view: CopyingView): Uint8Array {
  return gather(encodeProgress(view));
}

/** A pair whose copies differ in two regions. */
function differing(): Rig {
  const rig = new Rig({}, 64).boot(1, 2).connect();
  for (const region of [3, 9]) rig.side(2).overwrite(region * REGION_BLOCKS, 0xee);
  return rig;
}

/** What both sides say of what is copied and compared. */
function seen(rig: Rig): Pick<CopyingView, "resync" | "verify">[] {
  return rig.sides.map(({ pair }) => {
    const { resync, verify } = pair.status();
    return { resync, verify };
  });
}

describe("how far a pair is, as bytes", () => {
  it.each<[string, CopyingView]>([
    ["nothing", NOTHING_COPIED],
    ["a resync", { resync: progress, verify: null, result: null }],
    ["a verification", { resync: null, verify: progress, result }],
    ["a result", { resync: null, verify: null, result: { ...result, isComplete: true } }],
  ])("is read as it was written: %s", (_, view) => {
    expect(decodeProgress(encodeProgress(view))).toEqual(view);
  });

  it("that are none of ours are refused", () => {
    const bytes = bytesOf({ resync: null, verify: progress, result });
    for (const length of [0, 47, bytes.length - 1]) {
      expect(decodeProgress([bytes.subarray(0, length)])).toBeNull();
    }
    for (const place of [8, 16, 24, 32, 40, 48, 56]) {
      const wrong = Uint8Array.from(bytes);
      wrong.fill(0xff, place, place + 8);
      expect(decodeProgress([wrong])).toBeNull();
    }
    const range = ranges[0] as (typeof ranges)[0];
    const many = Array.from({ length: limits.verifyRangesMax + 1 }, () => range);
    const view = { resync: null, verify: null, result: { ...result, ranges: many } };
    expect(decodeProgress(encodeProgress(view))).toBeNull();
  });
});

describe("a verification or a resync", () => {
  it.each([1, 2] as const)("asked for at side %d has its result at both sides", (side) => {
    const rig = differing();
    expect(rig.command(side, VERIFY)).toEqual({ ok: true, text: "The verification begins." });
    const [first, second] = rig.sides.map(({ pair }) => pair.status().lastVerify);
    expect(first).toMatchObject({ isComplete: true, differingBytes: 2 * 64 * 1024 });
    expect(second).toEqual(first);
  });

  it("is known to be under way at the side that asked when it has its answer", () => {
    const rig = differing();
    rig.command(2, VERIFY);
    let isUnderWay = false;
    rig.side(2).pair.command(VERIFY, () => {
      const { verify, lastVerify } = rig.side(2).pair.status();
      isUnderWay = verify !== null && lastVerify === null;
    });
    rig.pump();
    expect(isUnderWay).toBe(true);
  });

  it("is told of at the sub side as time goes on, until it is over", () => {
    const rig = differing();
    rig.side(1).pair.command(VERIFY, () => undefined);
    const done = [-1];
    for (let at = 0; rig.side(1).pair.status().verify !== null; at++) {
      rig.pump(2);
      rig.nowMs += 600;
      rig.side(1).pair.time(rig.nowMs);
      const { verify } = rig.side(2).pair.status();
      if (verify !== null && verify.doneBytes > (done.at(-1) as number))
        done.push(verify.doneBytes);
    }
    expect(done.length).toBeGreaterThan(4);
    rig.pump();
    expect(seen(rig)).toEqual([
      { resync: null, verify: null },
      { resync: null, verify: null },
    ]);
  });

  it("that copies is told of at the sub side, too", () => {
    const rig = new Rig();
    rig.side(1).isNew = false;
    rig.boot(1, 2).connectOnly();
    rig.pumpUntil(() => rig.side(2).pair.status().resync !== null);
    expect(rig.side(2).pair.status().resync).toMatchObject({ totalBytes: 16 * 64 * 1024 });
    rig.pump();
    expect(rig.side(2).pair.status().resync).toBeNull();
  });

  it("that is broken off with the link is so at both sides", () => {
    const rig = differing();
    rig.side(2).pair.command(VERIFY, () => undefined);
    rig.pump(6).cut();
    for (const { pair } of rig.sides) {
      expect(pair.status()).toMatchObject({ verify: null, lastVerify: { isComplete: false } });
    }
  });

  it("that a split breaks off is so at both sides", () => {
    const rig = differing();
    rig.side(2).pair.command(VERIFY, () => undefined);
    rig.pump(6);
    rig.command(2, { type: "split" });
    for (const { pair } of rig.sides) {
      expect(pair.status()).toMatchObject({ verify: null, lastVerify: { isComplete: false } });
    }
  });

  it("is told to have found something when what mends it is known, too", () => {
    const rig = differing();
    rig.side(2).pair.command({ type: "verify", isRepairing: true }, () => undefined);
    rig.pumpUntil(() => rig.side(2).pair.status().lastVerify !== null);
    expect(rig.side(2).pair.status().state).toBe("COPY");
    rig.pump();
    expect([rig.seen[1], rig.differing()]).toEqual(["PAIR sub mirrored", []]);
  });

  it("is believed of nobody but the main side, and in no wrong form", () => {
    const rig = differing();
    const before = seen(rig);
    const view: CopyingView = { resync: progress, verify: null, result: null };
    rig.inject(2, "progress", encodeProgress(view));
    rig.inject(1, "progress", [bytesOf(view).subarray(1)]);
    rig.pump();
    expect(seen(rig)).toEqual(before);
  });
});

describe("a resync of what a verification has found", () => {
  it.each([1, 2] as const)("copies the main side's data when side %d asks", (side) => {
    const rig = differing();
    rig.command(1, VERIFY);
    expect(rig.command(side, { type: "resync", source: 1 })).toMatchObject({ ok: true });
    expect([rig.differing(), rig.side(2).at(3 * REGION_BLOCKS)]).toEqual([[], 0]);
  });

  it.each([1, 2] as const)(
    "is refused when side %d wants the sub side's copy kept, and says how it can be",
    (side) => {
      const rig = differing();
      rig.command(1, VERIFY);
      expect(rig.command(side, { type: "resync", source: 2 })).toEqual({
        ok: false,
        text:
          "Nothing was done: while both are mirrored the copy of side 1, which is main, counts: " +
          "to keep the other, say `pair split` first.",
      });
      rig.command(side, { type: "split" });
      expect(rig.command(side, { type: "resync", source: 2 })).toMatchObject({ ok: true });
      expect([rig.differing(), rig.side(1).at(3 * REGION_BLOCKS)]).toEqual([[], 0xee]);
    },
  );
});
