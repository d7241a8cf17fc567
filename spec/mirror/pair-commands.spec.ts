import { Job } from "../../lib/block/job";
import type { Side } from "../../lib/mirror/config";
import type { PairAnswer, PairCommand } from "../../lib/mirror/pair-status";
import { REGION_BLOCKS, Rig, TIMING } from "./support/pair-rig";
import type { RigConfig } from "./support/pair-rig";

const WAIT_MS = TIMING.leaseMs + TIMING.driftMs;
const MIRRORED = ["PAIR main mirrored", "PAIR sub mirrored"];
const SWAPPED = ["PAIR sub mirrored", "PAIR main mirrored"];
const RESYNC: PairCommand = { type: "resync", source: null };

function paired(config: Partial<RigConfig> = {}): Rig {
  return new Rig(config).boot(1, 2).connect();
}

/** Changes a block behind everybody's back. */
function corruption(fill = 0xee): Job {
  const data = [Buffer.alloc(512, fill)];
  const onDone = (): void => undefined;
  return new Job({ op: "write", lba: REGION_BLOCKS, blockCount: 1, data, onDone });
}

/** Begins a command, takes so many steps, and loses the link. */
function interrupted(rig: Rig, side: Side, command: PairCommand, steps: number): PairAnswer[] {
  const answers: PairAnswer[] = [];
  rig.side(side).pair.command(command, (answer) => answers.push(answer));
  rig.pump(steps);
  rig.cut();
  return answers;
}

describe("a split", () => {
  it.each([1, 2] as const)("asked for at side %d leaves the main side alone", (side) => {
    const rig = paired();
    const answer = rig.command(side, { type: "split" });
    expect(answer).toEqual({
      ok: true,
      text: "Split: side 1 goes on alone and records what it changes.",
    });
    expect(rig.seen).toEqual(["PSUS main alone", "SSUS sub blocked"]);
  });

  it("leaves the other copy as it was at one moment between two writes", () => {
    const rig = paired();
    const before = rig.side(1).write(1, 1);
    rig.side(1).pair.command({ type: "split" }, () => undefined);
    const after = rig.side(1).write(2, 2);
    rig.pump();
    expect([before.outcome, after.outcome]).toEqual(["ok", "ok"]);
    expect([rig.side(2).at(1), rig.side(2).at(2), rig.differing()]).toEqual([1, 0, [2]]);
  });

  it("survives restarts and the link, for a main side that is no survivor too", () => {
    const rig = paired({ survivor: 2 });
    rig.command(1, { type: "split" });
    rig.crash(1);
    rig.crash(2);
    rig.restart(1);
    rig.restart(2);
    expect(rig.seen).toEqual(["PSUS main alone", "SSUS sub blocked"]);
    rig.connect().advance(60_000);
    expect(rig.seen).toEqual(["PSUS main alone", "SSUS sub blocked"]);
  });

  it.each([1, 2] as const)("ends with a resync asked for at side %d", (side) => {
    const rig = paired();
    rig.command(1, { type: "split" });
    rig.side(1).write(5, 5);
    rig.pump();
    expect(rig.command(side, RESYNC)).toMatchObject({ ok: true });
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
  });

  it("can end with the other side's copy kept instead", () => {
    const rig = paired();
    rig.side(1).write(5, 4);
    rig.pump();
    rig.command(1, { type: "split" });
    rig.side(1).write(5, 5);
    rig.pump();
    expect(rig.command(1, { type: "resync", source: 2 })).toMatchObject({ ok: true });
    expect([rig.seen, rig.differing(), rig.side(1).at(5)]).toEqual([SWAPPED, [], 4]);
  });

  it.each([0, 1, 2, 3, 4])(
    "that a loss interrupts after %d steps never leaves two alone",
    (steps) => {
      for (const survivor of [1, 2, null] as const) {
        const rig = paired({ survivor });
        interrupted(rig, 1, { type: "split" }, steps);
        rig.advance(WAIT_MS);
        const alone = rig.seen.filter((seen) => seen.endsWith("alone"));
        expect(alone.length).toBeLessThanOrEqual(1);
        rig.connect();
        rig.command(1, RESYNC);
        expect([...rig.seen].sort()).toEqual(MIRRORED);
      }
    },
  );
});

describe("an exchange of roles", () => {
  it.each([1, 2] as const)(
    "[O-04] [O-05] is made when side %d asks, with hosts as they were",
    (side) => {
      const rig = paired();
      const before = rig.side(2).write(1, 1);
      const answer = rig.command(side, { type: "swap" });
      expect(answer).toEqual({ ok: true, text: "Roles exchanged: side 2 is main now." });
      const after = [rig.side(1).write(2, 2), rig.side(2).write(3, 3)];
      rig.pump();
      expect([before, ...after].map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok"]);
      expect([rig.seen, rig.differing()]).toEqual([SWAPPED, []]);
    },
  );

  it("[O-04] is recorded in a new epoch, and can be undone", () => {
    const rig = paired();
    rig.command(1, { type: "swap" });
    expect(rig.side(1).pair.status().epoch).toBe(2);
    rig.crash(1);
    rig.crash(2);
    rig.restart(1);
    rig.restart(2);
    expect(rig.connect().seen).toEqual(SWAPPED);
    rig.command(1, { type: "swap" });
    expect(rig.seen).toEqual(MIRRORED);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    "[O-04] that a loss interrupts after %d steps leaves one main side",
    (steps) => {
      for (const survivor of [1, 2, null] as const) {
        const rig = paired({ survivor });
        rig.side(1).write(9, 9);
        rig.pump();
        const answers = interrupted(rig, 1, { type: "swap" }, steps);
        expect(answers).toHaveLength(1);
        rig.connect();
        expect([...rig.seen].sort()).toEqual(MIRRORED);
        expect([rig.differing(), rig.side(1).at(9)]).toEqual([[], 9]);
      }
    },
  );

  it("leaves the new main side able to resync and the old one to follow", () => {
    const rig = paired();
    rig.command(1, { type: "swap" });
    rig.side(1).disk.store.submit(corruption());
    rig.command(2, { type: "verify", isRepairing: true });
    expect([rig.seen, rig.differing()]).toEqual([SWAPPED, []]);
  });

  it("is refused while bytes are known to differ, and when a copy cannot be flushed", () => {
    const rig = paired();
    rig.side(2).disk.failing = "flush";
    expect(rig.command(1, { type: "swap" })).toEqual({
      ok: false,
      text: "Nothing was changed: the copies could not be flushed.",
    });
    rig.side(2).disk.failing = null;
    rig.side(2).disk.store.submit(corruption());
    rig.command(1, { type: "verify", isRepairing: false });
    expect(rig.command(1, { type: "swap" })).toEqual({
      ok: false,
      text: "Nothing was done: 65536 bytes are known to differ: say `pair resync` first.",
    });
    expect(rig.seen).toEqual(MIRRORED);
  });
});

describe("a creation", () => {
  function unpaired(): Rig {
    const rig = new Rig({ survivor: null });
    for (const side of rig.sides) side.isNew = false;
    rig.boot(1, 2);
    rig.side(1).disk.store.submit(corruption(1));
    rig.side(2).disk.store.submit(corruption(2));
    return rig.connect();
  }

  it.each([1, 2] as const)("asked for at side %d keeps what that side has", (side) => {
    const rig = unpaired();
    expect(rig.command(side, { type: "create", source: null })).toMatchObject({ ok: true });
    expect([...rig.seen].sort()).toEqual(MIRRORED);
    expect([rig.differing(), rig.side(1).at(REGION_BLOCKS)]).toEqual([[], side]);
    expect(rig.side(side).pair.role).toBe("main");
  });

  it("can be told whose copy is kept", () => {
    const rig = unpaired();
    rig.command(1, { type: "create", source: 2 });
    expect([rig.seen, rig.side(1).at(REGION_BLOCKS)]).toEqual([SWAPPED, 2]);
  });

  it("[27] that was interrupted goes on where it was", () => {
    const rig = unpaired();
    rig.side(1).pair.command({ type: "create", source: null }, () => undefined);
    rig.pump(14).cut();
    expect(rig.seen).toEqual(["COPY main deciding", "COPY sub deciding"]);
    rig.advance(WAIT_MS);
    expect(rig.seen).toEqual(["PSUE main blocked", "PSUE sub blocked"]);
    rig.connect();
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
  });

  it.each([...Array(14).keys()])("that is interrupted after %d steps can be made anew", (steps) => {
    const rig = unpaired();
    interrupted(rig, 1, { type: "create", source: null }, steps);
    rig.crash(1);
    rig.crash(2);
    rig.restart(1);
    rig.restart(2);
    rig.connect();
    if (rig.seen[0] !== "PAIR main mirrored") rig.command(1, { type: "create", source: null });
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
  });
});

describe("a command", () => {
  it("is refused where the state does not allow it, with a sentence", () => {
    const rig = paired();
    expect(rig.command(1, { type: "create", source: null })).toEqual({
      ok: false,
      text: "Nothing was done: there is a pair already.",
    });
    rig.command(1, { type: "split" });
    for (const type of ["split", "swap"] as const) {
      expect(rig.command(2, { type })).toEqual({
        ok: false,
        text: "Nothing was done: the pair is suspended: end that with `pair resync`.",
      });
    }
  });

  it("is refused without a link, and after the stop", () => {
    const rig = paired();
    rig.cut();
    const text = "Nothing was done: the link to the other side is down.";
    expect(rig.command(1, { type: "split" })).toEqual({ ok: false, text });
    rig.side(1).pair.stop(rig.nowMs);
    expect(rig.command(1, { type: "split" })).toMatchObject({ ok: false });
  });

  it("is refused while another is under way", () => {
    const rig = paired();
    rig.side(1).pair.command({ type: "split" }, () => undefined);
    expect(rig.command(1, { type: "swap" })).toEqual({
      ok: false,
      text: "Nothing was done: another command is under way.",
    });
  });

  it("[24] that was sent to the main side is answered when the link is lost", () => {
    const rig = paired();
    expect(interrupted(rig, 2, { type: "split" }, 0)).toEqual([
      { ok: false, text: "The link went down meanwhile." },
    ]);
  });

  it("has a bound on how many wait for an answer", () => {
    const rig = paired();
    const answers: PairAnswer[] = [];
    for (let at = 0; at < 17; at++) {
      rig.side(2).pair.command(RESYNC, (answer) => answers.push(answer));
    }
    expect(answers).toEqual([
      { ok: false, text: "Nothing was done: too many commands wait for an answer." },
    ]);
    rig.pump();
    expect(answers).toHaveLength(17);
  });
});
