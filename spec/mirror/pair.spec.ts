import type { Side } from "../../lib/mirror/config";
import { encodeRecord } from "../../lib/mirror/pair-record";
import type { PairRecord } from "../../lib/mirror/pair-record";
import { OPTIONS } from "./support/options";
import { REGION_BLOCKS, Rig, TIMING } from "./support/pair-rig";
import type { RigConfig } from "./support/pair-rig";

const WAIT_MS = TIMING.leaseMs + TIMING.driftMs;
const MIRRORED = ["PAIR main mirrored", "PAIR sub mirrored"];

function paired(config: Partial<RigConfig> = {}): Rig {
  const rig = new Rig(config).boot(1, 2).connect();
  rig.sent.length = 0;
  return rig;
}

function count(rig: Rig, name: string): number {
  return rig.sent.filter((sent) => sent.name === name).length;
}

function save(rig: Rig, side: Side, fields: Partial<PairRecord>): void {
  rig.side(side).storage.saveRecord(
    encodeRecord({
      pairId: new Uint8Array(16).fill(side),
      epoch: 4,
      members: "both",
      role: side === 1 ? "main" : "sub",
      state: "PAIR",
      isConsistent: true,
      generation: 1,
      ...fields,
    }),
  );
  rig.side(side).isNew = false;
}

describe("a new pair", () => {
  it("is made by itself of two new copies, without copying, under one name", () => {
    const rig = new Rig().boot(1, 2).connect();
    expect(rig.seen).toEqual(MIRRORED);
    expect([count(rig, "compare"), count(rig, "chunk")]).toEqual([0, 0]);
    const [first, second] = rig.sides.map(({ pair }) => pair.status());
    expect(first?.pairId).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toMatchObject({ pairId: first?.pairId, epoch: 1 });
  });

  it("[X-01] has the configured main side", () => {
    expect(paired({ firstMain: 2 }).seen).toEqual(["PAIR sub mirrored", "PAIR main mirrored"]);
  });

  it("copies everything when one side has data, and hosts write meanwhile", () => {
    const rig = new Rig();
    rig.side(1).isNew = false;
    rig.side(1).overwrite(REGION_BLOCKS * 3, 5);
    rig.boot(1, 2).connectOnly();
    rig.pump(8);
    const meanwhile = rig.side(2).write(REGION_BLOCKS * 9, 6);
    rig.pump();
    expect(rig.seen).toEqual(MIRRORED);
    expect([meanwhile.outcome, rig.differing()]).toEqual(["ok", []]);
    expect([rig.side(2).at(REGION_BLOCKS * 3), rig.side(1).at(REGION_BLOCKS * 9)]).toEqual([5, 6]);
  });

  it("is main where the data is, whoever was to be main", () => {
    const rig = new Rig({ survivor: null });
    rig.side(2).isNew = false;
    rig.boot(1, 2).connect();
    expect(rig.seen).toEqual(["PAIR sub mirrored", "PAIR main mirrored"]);
  });

  it("is refused when both have data, and neither serves hosts", () => {
    const rig = new Rig();
    for (const side of rig.sides) side.isNew = false;
    rig.boot(1, 2).connect();
    expect(rig.seen).toEqual(["SMPL main deciding", "SMPL sub blocked"]);
    rig.advance(TIMING.peerWaitMs);
    expect(rig.seen).toEqual(["SMPL main blocked", "SMPL sub blocked"]);
    expect(rig.side(2).pair.status().problem).toBe(
      "both sides have data and were never a pair: " +
        "say `pair create` at the side whose data is to be kept.",
    );
  });

  it("[M7] is refused when the sides were of different pairs", () => {
    const rig = new Rig({ survivor: 2 });
    save(rig, 1, {});
    save(rig, 2, {});
    rig.boot(1, 2).connect().advance(TIMING.peerWaitMs);
    expect(rig.seen).toEqual(["PAIR main blocked", "SSWS main alone"]);
    expect(rig.side(1).pair.status().problem).toMatch(/different pairs: say `pair create`/);
  });
});

describe("the loss of the link", () => {
  it("[W3] makes hosts wait, then the survivor goes on and the other refuses them", () => {
    const rig = paired();
    rig.cut();
    const writes = [rig.side(1).write(0, 1), rig.side(2).write(1, 2)];
    rig.advance(WAIT_MS - 50);
    expect(rig.seen).toEqual(["PAIR main deciding", "PAIR sub deciding"]);
    expect(writes.map(({ outcome }) => outcome)).toEqual(["waiting", "waiting"]);
    rig.advance(50);
    expect(rig.seen).toEqual(["PSUE main alone", "PSUE sub blocked"]);
    expect(writes.map(({ outcome }) => outcome)).toEqual(["ok", "refused"]);
  });

  it("[W3] lets the sub side go on as SSWS when it is the survivor, in a new epoch", () => {
    const rig = paired({ survivor: 2 });
    rig.cut();
    rig.advance(WAIT_MS);
    expect(rig.seen).toEqual(["PSUE main blocked", "SSWS main alone"]);
    expect(rig.side(2).pair.status().epoch).toBe(2);
  });

  it("[W4] blocks both sides when neither may go on", () => {
    const rig = paired({ survivor: null });
    rig.cut();
    rig.advance(WAIT_MS);
    expect(rig.seen).toEqual(["PSUE main blocked", "PSUE sub blocked"]);
  });

  it("[M1] is recorded with its epoch before the survivor's first write alone", () => {
    const rig = paired();
    rig.cut();
    rig.advance(WAIT_MS);
    rig.restart(1);
    expect(rig.side(1).pair.status()).toMatchObject({ epoch: 2, state: "PSUE", standing: "alone" });
  });

  it("[27] is over by itself when the link is back, also within the wait", () => {
    const rig = paired();
    rig.cut();
    const write = rig.side(2).write(7, 3);
    rig.advance(WAIT_MS / 2).connect();
    expect(rig.seen).toEqual(MIRRORED);
    expect([write.outcome, rig.differing()]).toEqual(["ok", []]);
    expect(rig.side(1).pair.status()).toMatchObject({ epoch: 2, standing: "mirrored" });
  });

  it("[5] copies only what changed, and what was written to just before", () => {
    const rig = paired();
    rig.side(1).write(0, 9);
    rig.pump().cut();
    rig.advance(WAIT_MS);
    rig.side(1).write(REGION_BLOCKS * 4, 1);
    rig.side(1).write(REGION_BLOCKS * 8, 2);
    rig.pump().connect();
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
    const compared = count(rig, "compare");
    const bytes = rig.sent.filter(({ name }) => name === "chunk").map(({ length }) => length);
    expect(compared + bytes.length).toBeLessThanOrEqual(5);
    expect(bytes).toEqual([64 * 1024 + 40, 64 * 1024 + 40]);
  });

  it("[M5] unites the maps of both sides", () => {
    const rig = paired({ survivor: 2 });
    const unknown = rig.side(1).write(REGION_BLOCKS, 4);
    rig.pump(1);
    rig.cut();
    rig.advance(WAIT_MS);
    expect([unknown.outcome, rig.differing()]).toEqual(["refused", [REGION_BLOCKS]]);
    rig.side(2).write(REGION_BLOCKS * 2, 5);
    rig.pump().connect();
    expect(rig.seen).toEqual(["PAIR sub mirrored", "PAIR main mirrored"]);
    expect([rig.differing(), rig.side(1).at(REGION_BLOCKS)]).toEqual([[], 0]);
  });

  it("tells of each change in a sentence", () => {
    const rig = paired();
    rig.cut();
    rig.advance(WAIT_MS).connect();
    const lines = rig.sides.flatMap(({ log }) => log);
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) expect(line).toMatch(/^(info|warn|error): [A-Z].*\.$/);
  });
});

describe("the lease", () => {
  it("[9] bounds how long a sub side reads", () => {
    const rig = paired();
    expect(rig.side(2).pair.mayRead(rig.nowMs + TIMING.leaseMs - 1)).toBe(true);
    expect(rig.side(2).pair.mayRead(rig.nowMs + TIMING.leaseMs)).toBe(false);
    expect(rig.side(1).pair.mayRead(rig.nowMs + TIMING.leaseMs)).toBe(true);
  });

  it("[9] bounds how long a main side reads that the other may go on without", () => {
    const rig = paired({ survivor: 2 });
    expect(rig.side(1).pair.mayRead(rig.nowMs + TIMING.leaseMs)).toBe(false);
  });

  it("[9] has ended everywhere before the survivor goes on", () => {
    const rig = paired();
    rig.cut();
    const untilMs = rig.side(2).link.leaseUntilMs;
    rig.advance(WAIT_MS);
    expect(rig.side(1).pair.standing).toBe("alone");
    expect(rig.nowMs).toBeGreaterThanOrEqual(untilMs + TIMING.driftMs);
  });

  it("gives nothing to who waits or is blocked", () => {
    const rig = paired();
    rig.cut();
    expect(rig.sides.map(({ pair }) => pair.mayRead(rig.nowMs))).toEqual([false, false]);
    rig.advance(WAIT_MS);
    expect(rig.sides.map(({ pair }) => pair.mayRead(rig.nowMs))).toEqual([true, false]);
  });
});

describe("a start", () => {
  it("[W5] makes the survivor wait for the other side before it goes on alone", () => {
    const rig = paired();
    rig.crash(2);
    rig.crash(1);
    rig.restart(1);
    rig.advance(TIMING.peerWaitMs - 50);
    expect(rig.side(1).pair.standing).toBe("deciding");
    rig.advance(50);
    expect(rig.side(1).pair.status()).toMatchObject({ state: "PSUE", standing: "alone" });
  });

  it("[W5] blocks the side that is not the survivor until it is linked", () => {
    const rig = paired();
    rig.crash(1);
    rig.crash(2);
    rig.restart(2);
    rig.advance(60_000);
    expect(rig.side(2).pair.standing).toBe("blocked");
    rig.restart(1);
    expect(rig.connect().seen).toEqual(MIRRORED);
  });

  it("waits for the lease of the other side even when it is told to wait less", () => {
    const rig = paired({ timing: { ...TIMING, peerWaitMs: 0 } });
    rig.crash(1);
    rig.restart(1);
    rig.advance(WAIT_MS - 50);
    expect(rig.side(1).pair.standing).toBe("deciding");
    rig.advance(50);
    expect(rig.side(1).pair.standing).toBe("alone");
  });

  it.each([
    ["SMPL", "both", true, "PSUE main alone"],
    ["PAIR", "both", true, "PSUE main alone"],
    ["COPY", "both", true, "PSUE main alone"],
    ["COPY", "both", false, "COPY main blocked"],
    ["PSUS", "first", true, "PSUS main alone"],
    ["PSUE", "first", true, "PSUE main alone"],
    ["PSUE", "second", true, "PSUE main blocked"],
    ["SSUS", "second", true, "SSUS main blocked"],
    ["SSWS", "first", true, "SSWS main alone"],
  ] as const)(
    "from %s, members %s, consistent %s: %s",
    (state, members, isConsistent, expected) => {
      const rig = new Rig();
      save(rig, 1, { state, members, isConsistent });
      rig.boot(1).advance(TIMING.peerWaitMs);
      const seen = rig.side(1).pair.status();
      expect(`${seen.state} ${seen.role} ${seen.standing}`).toBe(expected);
    },
  );

  it("[21] serves nobody when the record cannot be read", () => {
    const rig = new Rig();
    rig.side(1).storage.saveRecord(Uint8Array.of(1, 2, 3));
    rig.boot(1).advance(60_000);
    const { standing, problem } = rig.side(1).pair.status();
    expect(standing).toBe("blocked");
    expect(problem).toMatch(/^the pair's record cannot be read: .*`pair create` .*\.$/);
  });
});

describe("a side", () => {
  it("tells its traffic of every change of standing or role, and hosts of their paths", () => {
    const rig = paired();
    rig.cut();
    rig.advance(WAIT_MS).connect();
    expect(rig.side(1).standings).toEqual([
      "main deciding",
      "main mirrored",
      "main deciding",
      "main alone",
      "main mirrored",
    ]);
    expect(rig.side(2).standings.at(-1)).toBe("sub mirrored");
    // transitioning, PAIR, transitioning, alone, COPY, PAIR.
    expect(rig.side(1).accessChanges).toBe(6);
    const access = rig.sides.map(({ pair }) => [...pair.accessStates()].join(" "));
    expect(access[0]).toBe(access[1]);
  });

  it("hands the SCSI state over before anything else is done", () => {
    const rig = new Rig();
    rig.boot(1, 2);
    rig.side(1).scsiState = "reserved";
    rig.connect();
    expect([rig.side(2).restored, rig.side(1).restored]).toEqual([["reserved"], []]);
  });

  it("stops serving when its record cannot be saved", () => {
    const rig = paired();
    rig.side(1).storage.isFailing = true;
    rig.cut();
    rig.advance(WAIT_MS);
    expect(rig.side(1).pair.standing).toBe("blocked");
    expect(rig.side(1).log.at(-1)).toMatch(/^error: .*cannot be saved/);
  });

  it("refuses a write that its map cannot record", () => {
    const rig = paired();
    rig.side(1).storage.isFailing = true;
    const write = rig.side(1).write(0, 1);
    rig.pump();
    expect([write.outcome, rig.side(1).at(0)]).toEqual(["refused", 0]);
  });

  it("[A10] goes on alone when the other copy cannot be written, and a resync mends it", () => {
    const rig = paired();
    rig.side(2).disk.failing = "write";
    const write = rig.side(1).write(3, 3);
    rig.pump();
    expect(rig.seen).toEqual(["PSUE main alone", "PSUE sub blocked"]);
    expect(write.outcome).toBe("ok");
    rig.side(2).disk.failing = null;
    rig.command(2, { type: "resync", source: null });
    expect([rig.seen, rig.differing()]).toEqual([MIRRORED, []]);
  });

  it("[27] stays mirrored when a write ends that began alone: its range is copied", () => {
    const rig = paired();
    const { pair } = rig.side(1);
    rig.cut();
    rig.advance(WAIT_MS);
    expect(pair.opened(3, 1)).toBe(true);
    rig.connectOnly();
    rig.pumpUntil(() => pair.standing === "mirrored");
    pair.endedAlone(3, 1);
    rig.advance(5000);
    expect([rig.seen, pair.status().differingBytes]).toEqual([MIRRORED, 0]);
  });

  it("does nothing after its stop", () => {
    const rig = paired();
    rig.side(1).pair.stop(rig.nowMs);
    rig.cut();
    expect([rig.side(1).pair.nextDeadline(), rig.side(1).pair.standing]).toEqual([
      Infinity,
      "mirrored",
    ]);
  });

  it("forgets what was written, a while after, when both copies have been flushed", () => {
    const rig = paired();
    const pair = rig.side(1).pair;
    rig.cut();
    rig.advance(WAIT_MS);
    rig.side(1).write(0, 1);
    rig.pump().connect().advance(5000);
    expect([...rig.side(1).storage.map]).toEqual([0, 0]);
    expect(pair.status().differingBytes).toBe(0);
  });

  it.each(["symmetric", "sub-relay"] as const)(
    "has in example %s the paths that go with it",
    (example) => {
      const rig = paired({ options: { ...OPTIONS, example } });
      const expected = example === "symmetric" ? "active-optimized" : "active-non-optimized";
      expect(rig.side(1).pair.accessStates().get(2)).toBe(expected);
    },
  );
});
