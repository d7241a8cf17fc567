/** Reads at both sides: local, told of, relayed. */
import { limits } from "../../../lib/base/limits";
import { Rig } from "./rig";

describe("a read", () => {
  it("[R-07 A7] at either side is of the own copy and asks the other for nothing", () => {
    const rig = new Rig();
    for (const side of [rig.main, rig.sub]) {
      const read = rig.submit(side, { op: "read", lba: 2, blockCount: 2 });
      side.device.perform();
      expect(read.status).toBe("ok");
      expect(side.sent).toEqual([]);
    }
    rig.expectIdle();
  });

  it("[R4 F2 invariant 4] at the main side waits until a write is on both copies", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    const read = rig.submit(rig.main, { op: "read" });
    rig.main.device.perform();
    expect(rig.main.device.pending).toEqual([]);
    rig.settle();
    expect(read.values).toEqual([1]);
    rig.expectIdle();
  });

  it("[F2] at the sub side waits for a write of this side that has been relayed", () => {
    const rig = new Rig();
    rig.submit(rig.sub, { op: "write", values: [1] });
    const read = rig.submit(rig.sub, { op: "read" });
    expect(rig.sub.device.pending).toEqual([]);
    rig.settle();
    expect(read.values).toEqual([1]);
    rig.expectIdle();
  });

  it("[W2 invariant 9] is not answered where the lease is over when the data is there", () => {
    const rig = new Rig();
    const read = rig.submit(rig.sub, { op: "read" });
    rig.sub.pair.hasLease = false;
    rig.settle();
    expect(read.status).toBe("deciding");
    rig.expectIdle();
  });

  it('is "unavailable" where the side is blocked when the data is there', () => {
    const rig = new Rig();
    const read = rig.submit(rig.sub, { op: "read" });
    rig.become(rig.sub, { standing: "blocked" });
    rig.settle();
    expect(read.status).toBe("unavailable");
    rig.expectIdle();
  });

  it("ends with the device's own error", () => {
    const rig = new Rig();
    const read = rig.submit(rig.sub, { op: "read" });
    rig.sub.device.failNext = "medium-error";
    rig.settle();
    expect(read.status).toBe("medium-error");
  });

  it("is aborted while it waits", () => {
    const rig = new Rig();
    rig.submit(rig.sub, { op: "write", values: [1] });
    const read = rig.submit(rig.sub, { op: "read" });
    rig.sub.volume.abort(read.job);
    rig.completions.run();
    expect(read.status).toBe("aborted");
    rig.settle();
    rig.expectIdle();
  });

  it("[A16] waits while the pair decides, and goes on with it", () => {
    const rig = new Rig();
    rig.loseLink();
    const reads = [rig.main, rig.sub].map((side) => rig.submit(side, { op: "read" }));
    rig.settle();
    expect(reads.map(({ status }) => status)).toEqual([null, null]);
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    expect(reads.map(({ status }) => status)).toEqual(["ok", "unavailable"]);
    rig.expectIdle();
  });
});

describe("a relayed read", () => {
  it("[R-01 A24] brings the main side's data, behind the writes that came before it", () => {
    const rig = new Rig({ directRead: "off" });
    rig.submit(rig.sub, { op: "write", values: [1] });
    const read = rig.submit(rig.sub, { op: "read", blockCount: 2 });
    rig.settle();
    expect(read.values).toEqual([1, 0]);
    expect(rig.sub.device.done.map(({ op }) => op)).toEqual(["write"]);
    rig.expectIdle();
  });

  it("[COPY] is the way of a side whose copy is not as good yet", () => {
    const rig = new Rig();
    rig.become(rig.sub, { isConsistent: false });
    const read = rig.submit(rig.sub, { op: "read" });
    rig.settle();
    expect(read.status).toBe("ok");
    expect(rig.main.device.done.map(({ op }) => op)).toEqual(["read"]);
    rig.expectIdle();
  });

  it("[F-842] is refused by a reservation at the main side", () => {
    const rig = new Rig({ directRead: "off" });
    rig.reserved.add("1 a");
    const read = rig.submit(rig.sub, { op: "read", nexus: "a" });
    rig.settle();
    expect(read.status).toBe("reserved");
    rig.expectIdle();
  });

  it("is done here when the other side is lost and this one goes on", () => {
    const rig = new Rig({ directRead: "off" });
    const read = rig.submit(rig.sub, { op: "read" });
    rig.deliver(rig.sub);
    rig.loseLink();
    rig.become(rig.main, { standing: "blocked" });
    rig.become(rig.sub, { standing: "alone", role: "main" });
    rig.settle();
    expect(read.status).toBe("ok");
    rig.expectIdle();
  });

  it("waits for buffers that others have, however many there are", () => {
    const rig = new Rig({ directRead: "off" });
    const reads = Array.from({ length: 40 }, () =>
      rig.submit(rig.sub, { op: "read", blockCount: 16 }),
    );
    rig.settle();
    expect(reads.every(({ status }) => status === "ok")).toBe(true);
    rig.expectIdle();
  });
});

describe("writes that the sub side is told of", () => {
  it("[R-03 R11] come to 302 before 601 is written", () => {
    const rig = new Rig({ directRead: "overlap-test" });
    rig.submit(rig.main, { op: "write", values: [1] });
    expect(rig.main.device.pending).toEqual([]);
    rig.deliver(rig.main);
    expect(rig.main.device.pending).toEqual([]);
    rig.deliver(rig.sub);
    expect(rig.main.device.pending).toHaveLength(1);
    rig.settle();
    rig.expectIdle();
  });

  it("[R-04 R-05 R-06] send reads that overlap to the main side, and no others", () => {
    const rig = new Rig({ directRead: "overlap-test" });
    rig.submit(rig.main, { op: "write", lba: 4, blockCount: 2, values: [1, 2] });
    rig.deliver(rig.main);
    rig.deliver(rig.sub);
    const overlapping = rig.submit(rig.sub, { op: "read", lba: 5, blockCount: 2 });
    expect(rig.sub.device.pending).toEqual([]);
    const before = rig.submit(rig.sub, { op: "read", lba: 2, blockCount: 2 });
    const after = rig.submit(rig.sub, { op: "read", lba: 6, blockCount: 2 });
    expect(rig.sub.device.pending).toHaveLength(2);
    rig.settle();
    expect(overlapping.values).toEqual([2, 0]);
    expect([before.status, after.status]).toEqual(["ok", "ok"]);
    rig.expectIdle();
  });

  it("[A23] send a read to the main side that overlaps a write of this side's own", () => {
    const rig = new Rig({ directRead: "overlap-test", example: "sub-relay" });
    rig.submit(rig.sub, { op: "write", values: [1] });
    const read = rig.submit(rig.sub, { op: "read" });
    rig.settle();
    expect(read.values).toEqual([1]);
    expect(rig.sub.device.done.map(({ op }) => op)).toEqual(["write"]);
    rig.expectIdle();
  });

  it("are written alone when the side that was told is lost", () => {
    const rig = new Rig({ directRead: "overlap-test" });
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.loseLink();
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    expect(write.status).toBe("ok");
    expect(rig.main.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });

  it("are not written at all where this side may not go on", () => {
    const rig = new Rig({ directRead: "overlap-test" });
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.loseLink();
    rig.become(rig.main, { standing: "blocked" });
    rig.settle();
    expect(write.status).toBe("unavailable");
    expect(rig.main.device.done).toEqual([]);
    expect(rig.main.pair.dirty.size).toBe(0);
    rig.expectIdle();
  });
});

describe("what breaks the protocol", () => {
  const flags = { hasTicket: false, isLockOnly: false, isEarly: false };
  const bad = { relayId: 5, ...flags, origin: null, fua: false };

  it("is a relay outside the volume, or with other data than it says", () => {
    for (const work of [
      { op: "write", lba: 16, blockCount: 1, data: [new Uint8Array(512)] },
      { op: "write", lba: 0, blockCount: 2, data: [new Uint8Array(512)] },
      { op: "read", lba: 0, blockCount: 1, data: [new Uint8Array(512)] },
    ] as const) {
      const rig = new Rig();
      rig.main.volume.receive(
        { type: "relay", volume: 7, checksum: 0, ...bad, ...work },
        { hold: () => undefined, release: () => undefined },
      );
      expect(rig.drops).toEqual(["a relay does not fit the volume"]);
      rig.expectIdle();
    }
  });

  it("is a ticket that nobody gave, and a relay that comes twice", () => {
    const rig = new Rig();
    const relay = { type: "relay", volume: 7, checksum: 0, ...bad, op: "unmap" } as const;
    const range = { lba: 0, blockCount: 1, data: [] };
    rig.main.volume.receive({ ...relay, ...range, hasTicket: true }, null);
    rig.main.volume.receive({ ...relay, ...range }, null);
    rig.main.volume.receive({ ...relay, ...range }, null);
    expect(rig.drops).toEqual(["a relay has a ticket of nobody's", "a relay came twice"]);
  });

  it("is a copy that is none", () => {
    const rig = new Rig();
    const copy = { type: "copy", volume: 7, copyId: 3, relayId: 0, isOmitted: false } as const;
    const work = { op: "read", lba: 0, blockCount: 1, fua: false, checksum: 0, data: [] } as const;
    rig.sub.volume.receive({ ...copy, ...work }, null);
    expect(rig.drops).toEqual(["a copy does not fit the volume"]);
  });

  it("is not an answer that nobody waits for any more", () => {
    const rig = new Rig();
    rig.main.volume.receive({ type: "copy-end", volume: 7, copyId: 3, result: "done" }, null);
    rig.main.volume.receive({ type: "lock-end", volume: 7, copyId: 3 }, null);
    rig.main.volume.receive({ type: "relay-withdrawn", volume: 7, relayId: 3 }, null);
    rig.sub.volume.receive({ type: "relay-freed", volume: 7, relayId: 3 }, null);
    rig.sub.volume.receive({ type: "unlock", volume: 7, copyId: 3 }, null);
    expect(rig.drops).toEqual([]);
    rig.expectIdle();
  });

  it("[invariant 23] more jobs than a volume takes are told to come again", () => {
    const rig = new Rig();
    rig.loseLink();
    const reads = Array.from({ length: limits.mirrorJobsMax + 1 }, () =>
      rig.submit(rig.main, { op: "read" }),
    );
    expect(reads.filter(({ status }) => status === "deciding")).toHaveLength(1);
    expect(rig.main.volume.status().hostJobs).toBe(limits.mirrorJobsMax);
  });
});
