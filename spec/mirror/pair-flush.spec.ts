import { REGION_BLOCKS, Rig, TIMING } from "./support/pair-rig";

/** A pair with a region that was just resynced and is not flushed yet. */
function resyncing(): Rig {
  const rig = new Rig().boot(1, 2).connect();
  rig.cut();
  rig.advance(TIMING.leaseMs + TIMING.driftMs);
  rig.side(1).write(REGION_BLOCKS, 1);
  rig.pump();
  rig.connectOnly();
  while (!rig.sent.some(({ name }) => name === "flush")) rig.pump(1);
  return rig;
}

describe("a flush of both copies", () => {
  it("[M4] clears nothing before both sides have flushed", () => {
    const rig = resyncing();
    while (!rig.sent.some(({ name }) => name === "flush-end")) {
      expect(rig.isCovered(REGION_BLOCKS)).toBe(true);
      rig.pump(1);
    }
    expect(rig.side(1).pair.status().state).toBe("COPY");
    rig.pump();
    expect(rig.isCovered(REGION_BLOCKS)).toBe(false);
    expect(rig.seen).toEqual(["PAIR main mirrored", "PAIR sub mirrored"]);
  });

  it("[M4] clears nothing when the link is lost before the other side's answer", () => {
    const rig = resyncing();
    while (!rig.sent.some(({ name }) => name === "flush-end")) rig.pump(1);
    rig.cut();
    expect(rig.isCovered(REGION_BLOCKS)).toBe(true);
  });

  it("is not made while there is nothing to forget", () => {
    const rig = new Rig().boot(1, 2).connect();
    rig.side(1).write(0, 1);
    rig.advance(60_000);
    expect(rig.sent.some(({ name }) => name === "flush")).toBe(false);
  });
});
