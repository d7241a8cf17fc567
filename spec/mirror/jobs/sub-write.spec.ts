/** Writes and other commands that the sub side's host gives: JOB1, JOB3, JOB4, JOB5 and JOB2. */
import type { LinkMessage } from "../../../lib/mirror/messages";
import { Rig } from "./rig";

describe("a write of the sub side's host, symmetric", () => {
  it("[G-05 G-06 G-07 C1 C2 C3 C9 C10] is at the main side before it is written here", () => {
    const rig = new Rig();
    const write = rig.submit(rig.sub, { op: "write", lba: 3, values: [1] });
    expect(rig.sub.device.pending).toHaveLength(0);
    rig.deliver(rig.sub);
    rig.main.device.perform();
    expect(rig.sub.device.done).toEqual([]);
    rig.deliver(rig.main);
    rig.sub.device.perform();
    expect(write.status).toBe("ok");
    rig.settle();
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
    rig.expectIdle();
  });

  it("[F-859 F-860 F-861 F-862 F-853 F-854/840/841 J4-1 J5-1 J2-1] goes by the steps", () => {
    const rig = new Rig();
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.settle();
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 859, 860, 861, 853, 854, 840, 841]);
    expect(rig.stepsOf(3)).toEqual([862]);
    expect(rig.stepsOf(4)).toEqual([719, 720, 721, 842, 843, 844, 722, 723, 724, 855]);
    expect(rig.stepsOf(5)).toEqual([726, 727, 728, 729]);
    expect(rig.stepsOf(2)).toEqual([708, 709, 711, 712]);
    expect(new Set(rig.steps.map(({ command }) => command)).size).toBe(1);
  });

  it("[R13] ends with JOB2, after one round trip", () => {
    const rig = new Rig();
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.perform();
    expect(write.status).toBe("ok");
    rig.settle();
    rig.expectIdle();
  });

  it("[S8-1 S8-3] ends with JOB4's report where that is set", () => {
    const rig = new Rig({ completeAt: "job-four-end" });
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    expect(write.status).toBe(null);
    rig.deliver(rig.main);
    expect(write.status).toBe("ok");
    expect(rig.stepsOf(4).slice(-3)).toEqual([724, 855, 725]);
    rig.expectIdle();
  });

  it("[F-834/835 X-05] conflicts with a reservation that is known here", () => {
    const rig = new Rig();
    rig.reserved.add("2 a");
    const write = rig.submit(rig.sub, { op: "write", values: [1], nexus: "a" });
    expect(write.status).toBe("reserved");
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 859, 834, 835]);
    expect(rig.sub.sent).toEqual([]);
  });

  it("[F-837 F-852/838/839] conflicts with one that only the main side knows yet", () => {
    const rig = new Rig();
    rig.reserved.add("1 a");
    const write = rig.submit(rig.sub, { op: "write", values: [1], nexus: "a" });
    rig.settle();
    expect(write.status).toBe("reserved");
    expect(rig.stepsOf(1).slice(-4)).toEqual([837, 852, 838, 839]);
    expect(rig.main.device.done).toEqual([]);
    rig.expectIdle();
  });

  it("[F-836 X-06] stands by here for another of this side's writes", () => {
    const rig = new Rig();
    rig.submit(rig.sub, { op: "write", values: [1] });
    const second = rig.submit(rig.sub, { op: "write", values: [2], nexus: "a" });
    expect(rig.sub.sent).toHaveLength(1);
    expect(rig.stepsOf(1)).toContain(836);
    rig.reserved.add("2 a");
    rig.settle();
    expect(second.status).toBe("reserved");
    expect(rig.sub.device.content()[0]).toBe(1);
    rig.expectIdle();
  });

  it("[F-832 F-851/833 A5 L2] gives way to the main side's write and is freed after it", () => {
    const rig = new Rig();
    const ofMain = rig.submit(rig.main, { op: "write", values: [1] });
    const ofSub = rig.submit(rig.sub, { op: "write", values: [2] });
    // The main side's copy finds exclusive-sub taken a split second earlier.
    rig.main.device.perform();
    rig.deliver(rig.main);
    expect(rig.sub.device.pending).toHaveLength(0);
    rig.deliver(rig.sub);
    rig.deliver(rig.main);
    const steps = rig.stepsOf(1);
    expect(steps.slice(steps.indexOf(832))).toEqual([832, 851, 833]);
    expect(rig.sub.device.pending).toHaveLength(1);
    rig.settle();
    expect([ofMain.status, ofSub.status]).toEqual(["ok", "ok"]);
    expect(rig.main.device.content()[0]).toBe(2);
    expect(rig.sub.device.content()[0]).toBe(2);
    rig.expectIdle();
  });

  it("[A22 L7 invariant 26] is not passed by main writes that came after its ticket", () => {
    const rig = new Rig();
    const order: string[] = [];
    const write = (name: string, side: "main" | "sub", value: number): void => {
      const onDone = (): void => void order.push(name);
      rig.submit(rig[side], { op: "write", values: [value], onDone });
    };
    write("main 1", "main", 1);
    write("sub", "sub", 2);
    rig.deliver(rig.sub);
    write("main 2", "main", 3);
    write("main 3", "main", 4);
    rig.settle();
    expect(order).toEqual(["main 1", "sub", "main 2", "main 3"]);
    rig.expectIdle();
  });

  it("[X-06] finds a reservation that came while it stood by, and frees its place", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    const write = rig.submit(rig.sub, { op: "write", values: [2], nexus: "a" });
    rig.deliver(rig.sub);
    rig.reserved.add("2 a");
    rig.settle();
    expect(write.status).toBe("reserved");
    expect(rig.main.device.content()[0]).toBe(1);
    rig.expectIdle();
  });

  it("is aborted at once while it stands by for the main side, and its place is freed", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    const write = rig.submit(rig.sub, { op: "write", values: [2] });
    rig.deliver(rig.sub);
    rig.deliver(rig.main);
    rig.sub.volume.abort(write.job);
    rig.completions.run();
    expect(write.status).toBe("aborted");
    rig.settle();
    expect(rig.main.device.content()[0]).toBe(1);
    rig.expectIdle();
  });

  it("[invariant 15] once relayed is not aborted: no effect comes after its end", () => {
    const rig = new Rig();
    const write = rig.submit(rig.sub, { op: "write", values: [2] });
    rig.sub.volume.abort(write.job);
    rig.completions.run();
    expect(write.status).toBe(null);
    rig.settle();
    expect(write.status).toBe("ok");
    rig.expectIdle();
  });
});

describe("the copy of a relayed write", () => {
  it("[J-O1 J-O2 J-O3 invariant 19] is the same whether the data goes back or not", () => {
    const contents = [true, false].map((omitTransfer) => {
      const rig = new Rig({ omitTransfer });
      const lengths: number[] = [];
      rig.onSend = (_, message) => {
        if (message.type === "copy") lengths.push(message.data.length);
        return true;
      };
      rig.submit(rig.sub, { op: "write", lba: 2, blockCount: 2, values: [1, 2] });
      rig.settle();
      expect(lengths).toEqual([omitTransfer ? 0 : 2]);
      return rig.sub.device.content();
    });
    expect(contents[0]).toEqual(contents[1]);
  });

  it("[J-O4] brings the data where what is kept is not the same", () => {
    const rig = new Rig();
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.main.device.perform();
    const [sent] = rig.main.sent;
    const copy = sent?.message as LinkMessage & { type: "copy" };
    const message = { ...copy, checksum: copy.checksum ^ 1 };
    rig.main.sent[0] = { message, release: sent?.release };
    rig.deliver(rig.main);
    expect(rig.sub.sent[0]?.message).toMatchObject({ type: "copy-end", result: "need-data" });
    rig.settle();
    expect(rig.sub.device.content()[0]).toBe(1);
    rig.expectIdle();
  });

  it("[E2-8 J-W] is never relayed again", () => {
    for (const example of ["communication", "sub-relay", "symmetric"] as const) {
      const rig = new Rig({ example });
      const relays: string[] = [];
      rig.onSend = (from, { type }) => {
        if (type === "relay") relays.push(from === rig.main ? "main" : "sub");
        return true;
      };
      rig.submit(rig.main, { op: "write", values: [1] });
      rig.submit(rig.sub, { op: "write", lba: 1, values: [1] });
      rig.settle();
      expect(relays).toEqual(["sub"]);
    }
  });

  it("[A15] that fails here ends the host's job with the main side's word", () => {
    const rig = new Rig();
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.failNext = "medium-error";
    rig.sub.device.perform();
    rig.settle();
    expect(write.status).toBe("medium-error");
    expect(rig.main.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });
});

describe("other commands of the sub side's host", () => {
  it("[A17] compare-and-write is done at the main side under exclusive-main", () => {
    const rig = new Rig();
    const swap = rig.submit(rig.sub, { op: "compare-and-write", lba: 4, values: [0, 5] });
    rig.settle();
    const late = rig.submit(rig.sub, {
      op: "compare-and-write",
      lba: 4,
      blockCount: 1,
      values: [9, 6],
    });
    rig.settle();
    expect([swap.status, late.status, late.miscompareAt]).toEqual(["ok", "miscompare", 0]);
    expect(rig.sub.device.done.map(({ op }) => op)).toEqual(["write"]);
    expect([rig.main, rig.sub].map(({ device }) => device.content()[4])).toEqual([5, 5]);
    rig.expectIdle();
  });

  it("[A17] or-writes of both sides' hosts are done one after the other at the main side", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", lba: 4, blockCount: 2, values: [1, 1] });
    rig.settle();
    const adds = [
      rig.submit(rig.sub, { op: "or-write", lba: 4, blockCount: 2, values: [2, 6] }),
      rig.submit(rig.main, { op: "or-write", lba: 5, values: [0x10] }),
      rig.submit(rig.sub, { op: "or-write", lba: 5, values: [0x20] }),
    ];
    rig.settle();
    expect(adds.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
    expect(rig.main.device.content().slice(4, 6)).toEqual([3, 0x37]);
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
    expect(new Set(rig.sub.device.done.map(({ op }) => op))).toEqual(new Set(["write"]));
    rig.expectIdle();
  });

  it("an atomic write is one at both copies, whichever side its host is at", () => {
    const rig = new Rig();
    const atomic = { op: "write-atomic", lba: 4, blockCount: 2 } as const;
    const ends = [
      rig.submit(rig.sub, { ...atomic, values: [1, 2] }),
      rig.submit(rig.main, { ...atomic, values: [3, 4] }),
    ];
    rig.settle();
    expect(ends.map(({ status }) => status)).toEqual(["ok", "ok"]);
    for (const { device } of [rig.main, rig.sub]) {
      expect(device.done.map(({ op }) => op)).toEqual(["write-atomic", "write-atomic"]);
    }
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
    rig.expectIdle();
  });

  it("[A20] a flush ends when both copies are flushed", () => {
    const rig = new Rig();
    const flush = rig.submit(rig.sub, { op: "flush" });
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    rig.main.device.perform();
    expect(flush.status).toBe(null);
    rig.deliver(rig.main);
    expect(flush.status).toBe("ok");
    rig.expectIdle();
  });

  it("[A17] write-same and unmap are relayed like writes", () => {
    const rig = new Rig();
    rig.submit(rig.sub, { op: "write-same", lba: 1, blockCount: 4, values: [7] });
    rig.submit(rig.sub, { op: "unmap", lba: 2, blockCount: 1 });
    rig.settle();
    expect(rig.main.device.content().slice(0, 6)).toEqual([0, 7, 0, 7, 7, 0]);
    expect(rig.main.device.content()).toEqual(rig.sub.device.content());
    rig.expectIdle();
  });
});

describe("a relayed write when the other side is lost", () => {
  it("[F10 F17] is done here where this side goes on", () => {
    const rig = new Rig();
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    rig.loseLink();
    rig.settle();
    expect(write.status).toBe(null);
    rig.become(rig.main, { standing: "blocked" });
    rig.become(rig.sub, { standing: "alone", role: "main" });
    rig.settle();
    expect(write.status).toBe("ok");
    expect(rig.sub.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });

  it('[invariant 8] is "unavailable" where the other goes on, and the books there know of it', () => {
    const rig = new Rig();
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.main.device.perform();
    rig.loseLink();
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    expect(write.status).toBe("unavailable");
    expect(rig.main.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });

  it("[invariant 25] leaves no place kept at the main side", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.submit(rig.sub, { op: "write", values: [2] });
    rig.deliver(rig.sub);
    rig.loseLink();
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    rig.expectIdle();
  });

  it("[O-04 O-05] takes the other course when the roles have been exchanged", () => {
    const rig = new Rig();
    let isQuiet = false;
    rig.main.volume.quiesce(() => (isQuiet = true));
    expect(isQuiet).toBe(true);
    const ofMain = rig.submit(rig.main, { op: "write", values: [1] });
    const ofSub = rig.submit(rig.sub, { op: "write", lba: 1, values: [2] });
    rig.settle();
    const isBefore = [ofMain.status, ofSub.status];
    rig.become(rig.sub, { role: "main" });
    rig.become(rig.main, { role: "sub" });
    rig.settle();
    expect([...isBefore, ofMain.status, ofSub.status]).toEqual([null, null, "ok", "ok"]);
    expect(rig.main.device.content()).toEqual(rig.sub.device.content());
    expect(rig.main.device.content().slice(0, 2)).toEqual([1, 2]);
    rig.expectIdle();
  });
});

describe("the first two examples", () => {
  it("[J1-1 J1-4 J3-1 J3-4 J4-1 J4-7 J5-1 J2-5 J3-6 J1-7] go by the steps of Figs. 3 to 7", () => {
    const rig = new Rig({ example: "communication", completeAt: "job-four-end" });
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.settle();
    expect(rig.stepsOf(1)).toEqual([701, 702, 704, 705, 706, 707]);
    expect(rig.stepsOf(3)).toEqual([713, 714, 715, 716, 717, 718]);
    expect(rig.stepsOf(4)).toEqual([719, 720, 721, 722, 723, 724, 725]);
    expect(rig.stepsOf(5)).toEqual([726, 727, 728, 729]);
    expect(rig.stepsOf(2)).toEqual([708, 709, 711, 712]);
    rig.expectIdle();
  });

  it("[E2-1 E2-2 E2-3 E2-4 E2-5 E2-6 S16] the second relays by a job of the subvolume", () => {
    const rig = new Rig({ example: "sub-relay", completeAt: "job-four-end" });
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.settle();
    expect(rig.stepsOf(1)).toEqual([701, 702, 804, 705, 706, 707]);
    expect(rig.stepsOf(3)).toEqual([813, 814, 815, 816, 817, 716, 717, 718]);
    rig.expectIdle();
  });

  it("[R16] let a relay wait at the main side, without an answer", () => {
    const rig = new Rig({ example: "sub-relay" });
    rig.submit(rig.main, { op: "write", values: [1] });
    const write = rig.submit(rig.sub, { op: "write", values: [2] });
    rig.deliver(rig.sub);
    expect(rig.main.volume.status()).toMatchObject({ relayed: 1, waiting: 1 });
    expect(rig.main.sent).toEqual([]);
    rig.settle();
    expect(write.status).toBe("ok");
    expect(rig.sub.device.content()[0]).toBe(2);
    rig.expectIdle();
  });
});
