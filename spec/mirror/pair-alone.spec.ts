import type { Side } from "../../lib/mirror/config";
import type { PairCommand } from "../../lib/mirror/pair-status";
import { REGION_BLOCKS, Rig, TIMING } from "./support/pair-rig";
import type { RigConfig } from "./support/pair-rig";

const ALONE: PairCommand = { type: "alone" };
const MIRRORED = ["PAIR main mirrored", "PAIR sub mirrored"];
const FAR_MS = 10 * TIMING.peerWaitMs;

/** The survivor alone, after it has waited for the other side; it has data, or a new disk. */
function left(disk: "new" | "used", config: Partial<RigConfig> = {}): Rig {
  const rig = new Rig(config);
  const side = config.survivor ?? 1;
  if (disk === "used") {
    rig.side(side).isNew = false;
    rig.side(side).overwrite(1, 7);
  }
  return rig.boot(side).advance(FAR_MS);
}

/** A process that is started again with a new disk: nothing is left of its pair. */
function replaced(rig: Rig, side: Side): void {
  rig.crash(side);
  const { storage, disk } = rig.side(side);
  storage.record = new Uint8Array(0);
  storage.map.fill(0);
  for (let lba = 0; lba < disk.geometry.blockCount; lba++) rig.side(side).overwrite(lba, 0);
  rig.side(side).isNew = true;
}

describe("a survivor that was in no pair", () => {
  it.each(["new", "used"] as const)(
    "serves no host by itself while the other side is not there, with a %s disk",
    (disk) => {
      const rig = left(disk);
      const write = rig.side(1).write(0, 1);
      expect([rig.side(1).pair.standing, write.outcome]).toEqual(["blocked", "refused"]);
    },
  );

  it("has hosts wait as long as it waits for the other side", () => {
    const rig = new Rig().boot(1).advance(TIMING.peerWaitMs - 50);
    expect(rig.side(1).pair.standing).toBe("deciding");
  });

  it("serves no zeros in place of its lost disk while the side with the data is away", () => {
    const rig = new Rig().boot(1, 2).connect();
    rig.side(1).write(0, 9);
    rig.pump();
    replaced(rig, 1);
    rig.restart(1);
    rig.advance(FAR_MS);
    expect(rig.side(1).pair.standing).toBe("blocked");
    rig.connect();
    expect(rig.command(2, { type: "create", source: 2 })).toMatchObject({ ok: true });
    expect([rig.side(1).at(0), rig.differing()]).toEqual([9, []]);
  });

  it("says what to do", () => {
    const rig = left("new");
    expect(rig.side(1).pair.status().problem).toBe(
      "there is no pair yet, and the other side may have newer data: start the other side, " +
        "or say `pair alone` here to serve this copy without it.",
    );
    expect(rig.side(1).log.at(-1)).toMatch(/^warn: Hosts are refused: .*`pair alone`.*\.$/);
  });

  it.each(["new", "used"] as const)("joins when the other side comes, with a %s disk", (disk) => {
    const rig = left(disk).boot(2).connect();
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
    expect(rig.side(1).pair.status().problem).toBeNull();
  });

  it("goes on alone when it has become a pair, as before", () => {
    const rig = left("new").boot(2).connect();
    rig.cut();
    rig.advance(FAR_MS);
    expect(rig.seen).toEqual(["PSUE main alone", "PSUE sub blocked"]);
  });
});

describe("an operator's word that a side serve alone", () => {
  it.each(["new", "used"] as const)("makes the survivor serve a %s disk", (disk) => {
    const rig = left(disk);
    expect(rig.command(1, ALONE)).toEqual({
      ok: true,
      text: "This side serves its copy alone; a new copy at the other side joins.",
    });
    const write = rig.side(1).write(0, 1);
    rig.pump();
    expect(write.outcome).toBe("ok");
    expect(rig.side(1).pair.status()).toMatchObject({ state: "PSUE", problem: null, epoch: 1 });
  });

  it("is remembered over a restart", () => {
    const rig = left("used");
    rig.command(1, ALONE);
    rig.restart(1);
    expect(rig.side(1).pair.standing).toBe("alone");
  });

  it.each([1, 2] as const)("makes side %d main, whoever was to be main", (survivor) => {
    const rig = left("used", { survivor, firstMain: survivor === 1 ? 2 : 1 });
    rig.command(survivor, ALONE);
    expect(rig.side(survivor).pair.role).toBe("main");
  });

  it("is followed by a pair when the other side comes with a new disk: all is copied to it", () => {
    const rig = left("used");
    rig.command(1, ALONE);
    rig.side(1).write(REGION_BLOCKS * 2, 3);
    rig.pump().boot(2).connect();
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
    expect([rig.side(2).at(1), rig.side(2).at(REGION_BLOCKS * 2)]).toEqual([7, 3]);
  });

  it("overwrites nothing of another side that has data: `pair create` decides", () => {
    const rig = new Rig().boot(1, 2).connect();
    rig.side(1).write(0, 9);
    rig.pump();
    replaced(rig, 1);
    rig.restart(1);
    rig.advance(FAR_MS);
    rig.command(1, ALONE);
    rig.connect();
    expect(rig.side(2).at(0)).toBe(9);
    expect(rig.side(2).pair.status().problem).toMatch(/different pairs: say `pair create`/);
  });

  it("is taken where the pair's record cannot be read, too", () => {
    const rig = new Rig();
    rig.side(1).storage.saveRecord(Uint8Array.of(1, 2, 3));
    rig.boot(1).advance(FAR_MS);
    expect(rig.side(1).pair.status().problem).toMatch(/`pair alone` here/);
    expect(rig.command(1, ALONE)).toMatchObject({ ok: true });
    rig.restart(1);
    expect(rig.side(1).pair.standing).toBe("alone");
  });

  it("is refused at a side that is not the survivor", () => {
    const rig = new Rig().boot(2).advance(FAR_MS);
    expect(rig.command(2, ALONE)).toEqual({
      ok: false,
      text: "Nothing was done: by the setting survivor only side 1 goes on alone.",
    });
    const none = new Rig({ survivor: null }).boot(1).advance(FAR_MS);
    expect(none.command(1, ALONE)).toEqual({
      ok: false,
      text: "Nothing was done: by the setting survivor neither side goes on alone.",
    });
  });

  it("is refused while it is not known whether the other side comes", () => {
    const rig = new Rig().boot(1);
    expect(rig.command(1, ALONE)).toEqual({
      ok: false,
      text: "Nothing was done: the other side is still waited for: ask again soon.",
    });
    expect(rig.side(1).pair.standing).toBe("deciding");
  });

  it("is refused while the other side is there", () => {
    const rig = new Rig();
    for (const side of rig.sides) side.isNew = false;
    rig.boot(1, 2).connect().advance(FAR_MS);
    expect(rig.command(1, ALONE)).toEqual({
      ok: false,
      text:
        "Nothing was done: the other side is there: " +
        "say `pair create` at the side whose data is to be kept.",
    });
  });

  it("is refused in a pair", () => {
    const rig = new Rig().boot(1, 2).connect();
    const text = "Nothing was done: there is a pair already.";
    expect(rig.command(1, ALONE)).toEqual({ ok: false, text });
    rig.cut();
    rig.advance(FAR_MS);
    expect(rig.command(1, ALONE)).toEqual({ ok: false, text });
  });

  it("changes nothing when it cannot be recorded", () => {
    const rig = left("used");
    rig.side(1).storage.isFailing = true;
    expect(rig.command(1, ALONE)).toMatchObject({ ok: false });
    expect(rig.side(1).pair.standing).toBe("blocked");
  });

  it("is what a refused creation without a link speaks of", () => {
    const rig = left("used");
    expect(rig.command(1, { type: "create", source: null }).text).toMatch(/`pair alone`/);
  });
});

describe("a side that is blocked without a link", () => {
  it.each([
    [1, "the other side cannot be reached, and by the setting survivor only side 1 goes on alone."],
    [
      null,
      "the other side cannot be reached, and by the setting survivor neither side goes on alone.",
    ],
  ] as const)("says why, with survivor %s", (survivor, why) => {
    const rig = new Rig({ survivor }).boot(1, 2).connect();
    rig.cut();
    rig.advance(FAR_MS);
    expect(rig.side(2).pair.status().problem).toBe(why);
  });

  it("says that its copy is half of a resync", () => {
    const rig = new Rig({ survivor: 2 });
    rig.side(1).isNew = false;
    rig.boot(1, 2).connectOnly();
    rig.pumpUntil(() => rig.seen[1] === "COPY sub mirrored");
    rig.cut();
    rig.advance(FAR_MS);
    expect(rig.side(2).pair.status().problem).toMatch(/and this copy is half of a resync\.$/);
  });
});
