import { limits } from "../../lib/base/limits";
import type { PairCommand, Progress } from "../../lib/mirror/pair-status";
import { REGION_BLOCKS, Rig } from "./support/pair-rig";

const RATE = 1024 * 1024;
const REGIONS = 64;
const TOTAL = REGIONS * 64 * 1024;
/** What may be begun before its time: a chunk, and what a late timer may make up for. */
const AHEAD = limits.resyncChunkLength + 0.05 * RATE;

/** A pair that is about to copy everything, or to compare it. */
function begun(how: "resync" | "verify", resyncRate: number): Rig {
  const rig = new Rig({ resyncRate }, REGIONS);
  rig.side(1).isNew = how === "verify";
  for (let region = 0; region < REGIONS && how === "resync"; region++) {
    rig.side(1).overwrite(region * REGION_BLOCKS, 1);
  }
  rig.boot(1, 2).connect();
  const verify: PairCommand = { type: "verify", isRepairing: false };
  if (how === "verify") rig.command(1, verify);
  return rig;
}

function progress(rig: Rig): Progress | null {
  const { resync, verify } = rig.side(1).pair.status();
  return resync ?? verify;
}

describe.each(["resync", "verify"] as const)("the rate of a %s", (how) => {
  it("is never exceeded but by a chunk, and is kept when there is time", () => {
    const rig = begun(how, RATE);
    const startMs = rig.nowMs;
    for (let now = progress(rig); now !== null; now = progress(rig)) {
      const allowed = (RATE * (rig.nowMs - startMs)) / 1000;
      expect(now.doneBytes).toBeLessThanOrEqual(allowed + AHEAD);
      expect(now.doneBytes).toBeGreaterThanOrEqual(allowed - limits.resyncChunkLength);
      rig.advance(50);
    }
    expect((RATE * (rig.nowMs - startMs)) / 1000).toBeGreaterThanOrEqual(TOTAL - AHEAD);
    expect([rig.seen[0], rig.differing()]).toEqual(["PAIR main mirrored", []]);
  });

  it("has no bound when it is 0", () => {
    const rig = begun(how, 0);
    expect([progress(rig), rig.seen[0]]).toEqual([null, "PAIR main mirrored"]);
  });

  it("holds no blocks of hosts while it waits", () => {
    const rig = begun(how, RATE);
    const writes = Array.from({ length: REGIONS }, (_, at) =>
      rig.side(1).write(at * REGION_BLOCKS, 7),
    );
    rig.pump();
    expect(writes.every(({ outcome }) => outcome === "ok")).toBe(true);
    expect(progress(rig)).not.toBeNull();
  });

  it("is waited for by nobody when the link is lost", () => {
    const rig = begun(how, RATE);
    rig.cut();
    rig.advance(5000);
    expect(rig.side(1).pair.nextDeadline()).toBe(Infinity);
  });
});
