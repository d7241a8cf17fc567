/** A main side whose own copy fails: the other side goes on, and only one of both ever does. */
import { Rig } from "./support/pair-rig";

function paired(): Rig {
  return new Rig().boot(1, 2).connect();
}

/** A write of the main side's that its copy alone did not take. */
function failHere(rig: Rig): void {
  const { pair } = rig.side(1);
  pair.opened(0, 1);
  pair.failedHere(0, 1);
}

describe("a pair whose main side's copy fails", () => {
  it("goes on at the other side, whoever is the survivor", () => {
    const rig = paired();
    failHere(rig);
    expect(rig.side(1).pair.standing).toBe("blocked");
    rig.pump();
    expect(rig.seen).toEqual(["PSUE sub blocked", "SSWS main alone"]);
    expect(rig.side(2).pair.status().epoch).toBe(rig.side(1).pair.status().epoch);
  });

  it("is made anew from that side by an operator's resync, at either side", () => {
    for (const side of [1, 2] as const) {
      const rig = paired();
      failHere(rig);
      rig.pump();
      rig.side(2).write(5, 7);
      rig.side(side).pair.command({ type: "resync", source: null }, () => undefined);
      rig.pump();
      expect(rig.seen).toEqual(["PAIR sub mirrored", "PAIR main mirrored"]);
      expect([rig.side(1).at(5), rig.differing()]).toEqual([7, []]);
    }
  });

  it("does not go on there where the other side never learns of it, until both meet", () => {
    const rig = paired();
    failHere(rig);
    rig.cut();
    expect(rig.side(1).pair.standing).toBe("blocked");
    rig.connect();
    expect(rig.seen).toEqual(["PAIR sub mirrored", "PAIR main mirrored"]);
  });
});
