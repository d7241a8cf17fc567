import { REGION_BLOCKS, Rig, TIMING } from "./support/pair-rig";

/** A pair with a region that was just resynced and is not flushed yet. */
function resyncing(): Rig {
  const rig = new Rig().boot(1, 2).connect();
  rig.cut();
  rig.advance(TIMING.leaseMs + TIMING.driftMs);
  rig.side(1).write(REGION_BLOCKS, 1);
  rig.pump();
  rig.connectOnly();
  rig.pumpUntil(() => rig.sent.some(({ name }) => name === "flush"));
  return rig;
}

describe("a flush of both copies", () => {
  it("[M4] clears nothing before both sides have flushed", () => {
    const rig = resyncing();
    rig.pumpUntil(() => {
      expect(rig.isCovered(REGION_BLOCKS)).toBe(true);
      return rig.sent.some(({ name }) => name === "flush-end");
    });
    expect(rig.side(1).pair.status().state).toBe("COPY");
    rig.pump();
    expect(rig.isCovered(REGION_BLOCKS)).toBe(false);
    expect(rig.seen).toEqual(["PAIR main mirrored", "PAIR sub mirrored"]);
  });

  it("[M4] clears nothing when the link is lost before the other side's answer", () => {
    const rig = resyncing();
    rig.pumpUntil(() => rig.sent.some(({ name }) => name === "flush-end"));
    rig.cut();
    expect(rig.isCovered(REGION_BLOCKS)).toBe(true);
  });

  it("is not made while there is nothing to forget", () => {
    const rig = new Rig().boot(1, 2).connect();
    rig.side(1).write(0, 1);
    rig.advance(60_000);
    expect(rig.sent.some(({ name }) => name === "flush")).toBe(false);
  });

  it("[O-05] is given up with the role when it was asked for behind a swap", () => {
    const rig = resyncing().pump();
    const { pair } = rig.side(1);
    rig.cut();
    rig.advance(TIMING.leaseMs + TIMING.driftMs);
    for (const region of [1, 3, 5, 7]) rig.side(1).write(region * REGION_BLOCKS, 1);
    rig.pump().connectOnly();
    rig.pumpUntil(() => {
      pair.time(rig.nowMs);
      return pair.status().state === "PAIR";
    });
    rig.pump();
    const sentBefore = rig.sent.length;
    pair.command({ type: "swap" }, () => undefined);
    const since = (): string[] => rig.sent.slice(sentBefore).map(({ name }) => name);
    rig.pumpUntil(() => since().includes("swap"));
    pair.time(rig.nowMs + 1000);
    expect(since().filter((name) => name === "flush")).toHaveLength(2);
    rig.pump();
    expect(rig.command(2, { type: "swap" }).ok).toBe(true);
    expect(rig.command(1, { type: "swap" }).ok).toBe(true);
  });
});
