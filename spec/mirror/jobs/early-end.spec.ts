/**
 * The asynchronous forms: what goes on when a host has been told that its write is done, and what
 * becomes of it when a side, the link or the pair is lost meanwhile.
 */
import type { MirrorOptions } from "../../../lib/mirror/config";
import { Rig } from "./rig";

const RELAYED = { example: "communication", acknowledge: "async-relay" } as const;
const LOCKED = { example: "symmetric", acknowledge: "async-locked" } as const;

/** What of it is in the steps of JOB1 and JOB3, JOB4. */
function stepsBySide(rig: Rig): Record<number, number[]> {
  return { 1: rig.stepsOf(1), 3: rig.stepsOf(3), 4: rig.stepsOf(4) };
}

describe("a write that ends before it is relayed", () => {
  it("[R9] is on both copies in the end, with the data its host gave", () => {
    const rig = new Rig(RELAYED);
    const write = rig.submit(rig.sub, { op: "write", lba: 2, blockCount: 2, values: [5, 6] });
    expect(write.status).toBe("ok");
    rig.settle();
    expect(rig.main.device.content().slice(2, 4)).toEqual([5, 6]);
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
    rig.expectIdle();
  });

  it("[A24] is found by a read of the same side, whatever is read directly", () => {
    const rig = new Rig({ ...RELAYED, directRead: "shared" });
    rig.submit(rig.sub, { op: "write", lba: 2, values: [5] });
    const read = rig.submit(rig.sub, { op: "read", lba: 2 });
    const beside = rig.submit(rig.sub, { op: "read", lba: 3 });
    expect(rig.sub.device.pending).toHaveLength(1);
    rig.settle();
    expect([read.values, beside.values]).toEqual([[5], [0]]);
    rig.expectIdle();
  });

  it("keeps its place before the side's next write of the block", () => {
    const rig = new Rig(RELAYED);
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.submit(rig.sub, { op: "write", values: [2] });
    rig.submit(rig.sub, { op: "write", values: [3], fua: true });
    rig.settle();
    expect(rig.main.device.content()[0]).toBe(3);
    expect(rig.sub.device.content()[0]).toBe(3);
    rig.expectIdle();
  });

  it("is not stopped by a reservation that came after it was told to be done", () => {
    const rig = new Rig(RELAYED);
    const write = rig.submit(rig.sub, { op: "write", values: [1], nexus: "a" });
    rig.reserved.add("1 a");
    rig.settle();
    expect([write.status, rig.main.device.content()[0]]).toEqual(["ok", 1]);
  });

  it("conflicts with a reservation that is known here", () => {
    const rig = new Rig(RELAYED);
    rig.reserved.add("2 a");
    const write = rig.submit(rig.sub, { op: "write", values: [1], nexus: "a" });
    expect([write.status, rig.sub.sent]).toEqual(["reserved", []]);
  });

  it("is done by its own side where that goes on alone", () => {
    const rig = new Rig(RELAYED);
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.loseLink();
    const read = rig.submit(rig.sub, { op: "read" });
    rig.become(rig.sub, { standing: "alone" });
    rig.settle();
    expect([read.values, rig.sub.device.content()[0]]).toEqual([[1], 1]);
    expect(rig.reports).toEqual([]);
  });

  it("is done by the main side that it has come to, where that goes on alone", () => {
    const rig = new Rig(RELAYED);
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.submit(rig.sub, { op: "write", values: [2] });
    rig.deliver(rig.sub);
    rig.loseLink();
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    expect(rig.main.device.content()[0]).toBe(2);
  });

  it("is offered to the main side before that has mirrored anything again", () => {
    for (const form of [RELAYED, LOCKED] as Partial<MirrorOptions>[]) {
      const rig = new Rig(form);
      rig.submit(rig.sub, { op: "write", values: [1] });
      if (form === LOCKED) {
        rig.deliver(rig.sub);
        rig.deliver(rig.main);
      }
      rig.loseLink();
      rig.become(rig.sub, { standing: "blocked" });
      rig.become(rig.main, { standing: "blocked" });
      rig.sub.volume.offerEarly(true);
      rig.deliver(rig.sub);
      const late = rig.submit(rig.main, { op: "write", values: [2] });
      expect(late.status).toBe("unavailable");
      rig.become(rig.main, { standing: "mirrored" });
      const next = rig.submit(rig.main, { op: "write", values: [3] });
      rig.become(rig.sub, { standing: "mirrored" });
      rig.settle();
      expect([rig.main.device.done.length, next.status, rig.reports]).toEqual([2, "ok", []]);
      for (const { device } of [rig.main, rig.sub]) expect(device.content()[0]).toBe(3);
      rig.expectIdle();
    }
  });

  it("is told to be lost where the main side has gone on without it", () => {
    const rig = new Rig(RELAYED);
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.submit(rig.sub, { op: "write", lba: 1, values: [1] });
    rig.loseLink();
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    expect(rig.reports).toEqual([]);
    rig.sub.volume.offerEarly(false);
    expect(rig.main.device.content()[0]).toBe(0);
    expect(rig.reports).toEqual(["2: 2 writes that hosts were told to be done may be lost."]);
    rig.expectIdle();
  });

  it("comes to the main side before an operator's split, which waits for it", () => {
    const rig = new Rig(RELAYED);
    rig.main.volume.quiesce(() => undefined);
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    expect([rig.main.device.content()[0], rig.reports]).toEqual([1, []]);
  });

  it("is brought into the new order where the roles are exchanged meanwhile", () => {
    const rig = new Rig(RELAYED);
    rig.exchangeRoles();
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.settle();
    expect(rig.sub.pair.role).toBe("main");
    expect([rig.main, rig.sub].map(({ device }) => device.content()[0])).toEqual([1, 1]);
    rig.expectIdle();
  });
});

describe("a write that ends when both sides are exclusive for it", () => {
  it("[F9] makes reads at both sides wait until both copies have it", () => {
    for (const from of ["main", "sub"] as const) {
      const rig = new Rig(LOCKED);
      const write = rig.submit(rig[from], { op: "write", values: [7] });
      while (write.status === null) {
        if (rig[from].sent.length > 0) rig.deliver(rig[from]);
        else if (rig.other(rig[from]).sent.length > 0) rig.deliver(rig.other(rig[from]));
        else rig[from].device.perform();
      }
      const reads = [rig.main, rig.sub].map((side) => rig.submit(side, { op: "read" }));
      rig.settle();
      expect([write.status, ...reads.map(({ values }) => values)]).toEqual(["ok", [7], [7]]);
      rig.expectIdle();
    }
  });

  it("[F-832 F-851/833] gives way at the sub side as any other, and is told to be done later", () => {
    const rig = new Rig(LOCKED);
    rig.submit(rig.main, { op: "write", values: [1] });
    const write = rig.submit(rig.sub, { op: "write", values: [2] });
    rig.deliver(rig.sub);
    rig.deliver(rig.main);
    rig.deliver(rig.main);
    expect(write.status).toBe(null);
    rig.settle();
    expect([write.status, ...[rig.main, rig.sub].map(({ device }) => device.content()[0])]).toEqual(
      ["ok", 2, 2],
    );
    expect(stepsBySide(rig)[1]).toEqual(expect.arrayContaining([832, 851, 833]));
    rig.expectIdle();
  });

  it("ends in an error where the main side's own copy fails, and takes back what it told", () => {
    const rig = new Rig(LOCKED);
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.deliver(rig.main);
    rig.deliver(rig.sub);
    rig.main.device.failNext = "medium-error";
    rig.settle();
    expect([write.status, rig.sub.device.done]).toEqual(["medium-error", []]);
    rig.expectIdle();
  });

  it("[F15] is on the acknowledging side's copy when the other is lost", () => {
    const rig = new Rig(LOCKED);
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.deliver(rig.main);
    rig.deliver(rig.sub);
    rig.main.device.perform();
    expect(write.status).toBe("ok");
    rig.loseLink();
    rig.become(rig.main, { standing: "alone" });
    const read = rig.submit(rig.main, { op: "read" });
    rig.settle();
    expect([read.values, rig.main.pair.dirty]).toEqual([[1], new Set([0])]);
  });

  it("lets go of exclusive-sub where the copy does not come", () => {
    const rig = new Rig(LOCKED);
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.deliver(rig.main);
    rig.loseLink();
    rig.become(rig.sub, { standing: "alone" });
    const read = rig.submit(rig.sub, { op: "read" });
    rig.settle();
    expect(read.values).toEqual([0]);
  });

  it("takes nothing for a relay that is not locked, or of another length", () => {
    const rig = new Rig(LOCKED);
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    const { relayId } = rig.main.sent[0]?.message as { relayId: number };
    const data = { type: "relay-data", volume: 7, checksum: 0 } as const;
    rig.main.volume.receive({ ...data, relayId: relayId + 9, data: [] }, null);
    expect(rig.drops).toEqual([]);
    rig.main.volume.receive({ ...data, relayId, data: [new Uint8Array(3)] }, null);
    expect(rig.drops).toEqual(["data came for a relay that is not of it"]);
  });
});

describe("a side that ends", () => {
  it("does not wait for a pair that would take what its hosts were told of", () => {
    const rig = new Rig(RELAYED);
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.loseLink();
    rig.become(rig.sub, { standing: "blocked" });
    let isQuiet = false;
    rig.sub.volume.whenQuiet(() => (isQuiet = true));
    expect([isQuiet, rig.reports.length]).toEqual([true, 1]);
  });
});

describe("what ends early in neither form", () => {
  it.each([
    ["FUA", { op: "write", values: [1], fua: true }],
    ["a compare-and-write", { op: "compare-and-write", values: [0, 1] }],
    ["an or-write", { op: "or-write", values: [1] }],
    ["a write of no blocks", { op: "write", blockCount: 0, values: [] }],
  ] as const)("is %s", (_title, fields) => {
    for (const form of [RELAYED, LOCKED] as Partial<MirrorOptions>[]) {
      const rig = new Rig(form);
      const write = rig.submit(rig.sub, fields);
      expect(write.status).toBe(null);
      rig.settle();
      expect(write.status).toBe("ok");
      expect(rig.sub.device.content()).toEqual(rig.main.device.content());
      rig.expectIdle();
    }
  });

  it("is what there is no room to keep, until there is", () => {
    const rig = new Rig(RELAYED, 64);
    const { buffers } = rig.sub;
    const all = buffers.take(buffers.limit);
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    expect(write.status).toBe(null);
    buffers.give(all);
    expect(rig.submit(rig.sub, { op: "write", lba: 1, values: [2] }).status).toBe("ok");
    rig.settle();
    expect(write.status).toBe("ok");
  });

  it("[A20] is a flush: it waits until all that ended before it is on both copies", () => {
    for (const form of [RELAYED, LOCKED] as Partial<MirrorOptions>[]) {
      const rig = new Rig(form);
      rig.submit(rig.sub, { op: "write", values: [1] });
      if (form === LOCKED) {
        rig.deliver(rig.sub);
        rig.deliver(rig.main);
      }
      const flush = rig.submit(rig.sub, { op: "flush" });
      rig.settle();
      expect(flush.status).toBe("ok");
      for (const { device } of [rig.main, rig.sub]) {
        expect(device.done.map(({ op }) => op)).toEqual(["write", "flush"]);
      }
      rig.expectIdle();
    }
  });
});
