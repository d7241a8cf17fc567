import { limits } from "../../lib/base/limits";
import { REGION_BLOCKS, Rig, TIMING } from "./support/pair-rig";

const WAIT_MS = TIMING.leaseMs + TIMING.driftMs;
const MIRRORED = ["PAIR main mirrored", "PAIR sub mirrored"];

/** A pair whose side 1 has been alone and has changed some regions. */
function apart(regions: readonly number[], size = 16): Rig {
  const rig = new Rig({}, size).boot(1, 2).connect();
  rig.cut();
  rig.advance(WAIT_MS);
  for (const region of regions) rig.side(1).write(region * REGION_BLOCKS, region + 1);
  rig.pump();
  rig.sent.length = 0;
  return rig;
}

function bytesSent(rig: Rig): number {
  const chunks = rig.sent.filter(({ name }) => name === "chunk");
  return chunks.reduce((sum, { length }) => sum + length - 40, 0);
}

describe("a resync", () => {
  it("[5] copies the regions that changed and no others", () => {
    const rig = apart([1, 6, 7, 15]);
    rig.connect();
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
    expect(bytesSent(rig)).toBe(4 * 64 * 1024);
  });

  it("asks for checksums first and does not send what is equal already", () => {
    const rig = apart([]);
    rig.side(1).write(REGION_BLOCKS, 0);
    rig.side(1).write(REGION_BLOCKS * 5, 0);
    rig.pump().connect();
    expect([rig.seen, bytesSent(rig)]).toEqual([MIRRORED, 0]);
    expect(rig.sent.filter(({ name }) => name === "compare")).toHaveLength(2);
  });

  it("has no more under way than its limit, whatever there is to do", () => {
    const rig = apart([...Array(64).keys()], 64);
    let most = 0;
    rig.connectOnly();
    for (let step = 0; step < 2000; step++) {
      rig.pump(1);
      const names = rig.sent.map(({ name }) => name);
      const begun = names.filter((name) => name === "chunk" || name === "compare").length;
      const again = names.filter((name) => name === "compared").length;
      const ended = names.filter((name) => name === "chunk-end").length;
      most = Math.max(most, begun - again - ended);
    }
    expect(rig.seen).toEqual(MIRRORED);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(limits.resyncChunksMax);
  });

  it("[22] never puts something older on something newer, whenever hosts write", () => {
    for (let steps = 0; steps < 60; steps++) {
      const rig = apart([0, 1, 2, 3, 4, 5, 6, 7]);
      rig.connectOnly();
      rig.pumpUntil(() => rig.side(2).pair.standing === "mirrored");
      rig.pump(steps);
      const writes = [
        rig.side(1).write(REGION_BLOCKS * 2, 91),
        rig.side(2).write(3 * REGION_BLOCKS, 92),
      ];
      rig.pump();
      expect(writes.map(({ outcome }) => outcome)).toEqual(["ok", "ok"]);
      expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
      expect(rig.side(2).at(REGION_BLOCKS * 2)).toBe(91);
      expect(rig.side(1).at(REGION_BLOCKS * 3)).toBe(92);
    }
  });

  it("[M4] leaves a target that it did not finish of no use alone", () => {
    const rig = new Rig({ survivor: 2 }).boot(1, 2).connect();
    rig.side(1).write(0, 7);
    rig.pump().cut();
    rig.connectOnly();
    rig.pump(10);
    expect(rig.side(2).pair.status()).toMatchObject({ state: "COPY", isConsistent: false });
    rig.cut();
    rig.restart(2);
    rig.advance(60_000);
    expect(rig.side(2).pair.standing).toBe("blocked");
    rig.connect();
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
  });

  it("is asked whether a copy under way may be read: only the source's", () => {
    const rig = apart([1, 2, 3]);
    rig.connectOnly();
    rig.pump(10);
    expect(rig.seen).toEqual(["COPY main mirrored", "COPY sub mirrored"]);
    expect(rig.sides.map(({ pair }) => pair.mayRead(rig.nowMs))).toEqual([true, false]);
    expect(rig.side(2).pair.accessStates().get(2)).toBe("active-non-optimized");
  });

  it("[28] tells how far it is", () => {
    const rig = apart([...Array(32).keys()], 32);
    rig.connectOnly();
    let done = -1;
    for (let step = 0; step < 400; step++) {
      rig.pump(1);
      rig.nowMs += 10;
      const progress = rig.side(1).pair.status().resync;
      if (progress === null) continue;
      expect(progress.totalBytes).toBe(2 * 1024 * 1024);
      expect(progress.doneBytes).toBeGreaterThanOrEqual(done);
      done = progress.doneBytes;
      if (done > 0) expect(progress.bytesPerS).toBeGreaterThan(0);
      if (done === progress.totalBytes) expect(progress.secondsLeft).toBe(0);
    }
    expect([done, rig.side(1).pair.status().resync]).toEqual([2 * 1024 * 1024, null]);
  });

  it.each([
    [1, "read", /this side's copy cannot be read/],
    [2, "read", /the other copy cannot be read/],
    [2, "write", /the other copy cannot be written/],
    [2, "flush", /the copies could not be flushed/],
  ] as const)("suspends the pair when side %d cannot %s", (side, op, problem) => {
    const rig = apart([0, 3]);
    rig.side(side).disk.failing = op;
    rig.connect();
    expect(rig.seen).toEqual(["PSUE main alone", "PSUE sub blocked"]);
    expect(rig.side(1).pair.status().problem).toMatch(problem);
    rig.side(side).disk.failing = null;
    rig.command(1, { type: "resync", source: null });
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
  });

  it("gives every range back when it is interrupted", () => {
    const rig = apart([...Array(16).keys()]);
    rig.connectOnly();
    rig.pump(12);
    rig.cut();
    rig.advance(WAIT_MS);
    const writes = [...Array(16).keys()].map((at) => rig.side(1).write(at * REGION_BLOCKS, 99));
    rig.pump();
    expect(writes.every(({ outcome }) => outcome === "ok")).toBe(true);
  });
});
