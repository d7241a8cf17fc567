/** Writes and other commands that the main side's host gives: JOB1, JOB5 and JOB2. */
import type { HostResult } from "./rig";
import { Rig } from "./rig";

/** The sides are a pair again while the write of block 0 goes on: it ends well and differs. */
function expectOnlyDiffers(rig: Rig, write: HostResult): void {
  rig.become(rig.main, { standing: "mirrored" });
  rig.become(rig.sub, { standing: "mirrored", isConsistent: false });
  rig.settle();
  expect([write.status, rig.main.pair.standing]).toEqual(["ok", "mirrored"]);
  expect(rig.main.pair.dirty).toEqual(new Set([0]));
  rig.expectIdle();
}

describe("a write of the main side's host", () => {
  it("[G-03 G-04 J-F S8-2 C1 C4 F7] is written to both copies before it ends", () => {
    const rig = new Rig();
    const write = rig.submit(rig.main, { op: "write", lba: 3, blockCount: 2, values: [1, 2] });
    rig.main.device.perform();
    expect(write.status).toBe(null);
    rig.deliver(rig.main);
    expect(rig.sub.device.pending).toHaveLength(1);
    rig.sub.device.perform();
    expect(write.status).toBe(null);
    rig.deliver(rig.sub);
    expect(write.status).toBe("ok");
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
    rig.expectIdle();
  });

  it("[F-856 F-857 F-858 F-842 F-843 F-844 F-845 F-855/846/847 J5-1 J2-5 D19-C] goes by the steps", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.settle();
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 842, 843, 844, 845, 855, 846, 847]);
    expect(rig.stepsOf(5)).toEqual([726, 727, 728, 729]);
    expect(rig.stepsOf(2)).toEqual([708, 709, 861, 711, 712, 854]);
    expect(new Set(rig.steps.map(({ command }) => command)).size).toBe(1);
  });

  it("[F-848/849 X-05] conflicts with a reservation before anything else is looked at", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.reserved.add("1 a");
    const write = rig.submit(rig.main, { op: "write", values: [2], nexus: "a" });
    expect(write.status).toBe("reserved");
    expect(rig.stepsOf(1).slice(-3)).toEqual([842, 848, 849]);
    rig.settle();
    rig.expectIdle();
  });

  it("[F-850 X-06 A5] stands by for another and asks for the reservation again when woken", () => {
    const rig = new Rig();
    const first = rig.submit(rig.main, { op: "write", values: [1] });
    const second = rig.submit(rig.main, { op: "write", values: [2], nexus: "a" });
    expect(rig.stepsOf(1)).toContain(850);
    rig.reserved.add("1 a");
    rig.settle();
    expect(first.status).toBe("ok");
    expect(second.status).toBe("reserved");
    expect(rig.main.device.content()[0]).toBe(1);
    rig.expectIdle();
  });

  it("[A1] keeps the whole volume exclusive where the patent's granularity is set", () => {
    const rig = new Rig({ granularity: "volume" });
    rig.submit(rig.main, { op: "write", lba: 0, values: [1] });
    rig.submit(rig.main, { op: "write", lba: 9, values: [2] });
    expect(rig.main.device.pending).toHaveLength(1);
    rig.settle();
    expect(rig.sub.device.content()[9]).toBe(2);
    rig.expectIdle();
  });

  it("[F-845b] waits at the sub side for a read that is under way there", () => {
    const rig = new Rig();
    const read = rig.submit(rig.sub, { op: "read" });
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.main.device.perform();
    rig.deliver(rig.main);
    expect(rig.sub.device.pending.map(({ op }) => op)).toEqual(["read"]);
    rig.settle();
    expect([read.status, read.values, write.status]).toEqual(["ok", [0], "ok"]);
    rig.expectIdle();
  });

  it("[A20] a flush ends when both copies are flushed", () => {
    const rig = new Rig();
    const flush = rig.submit(rig.main, { op: "flush" });
    rig.main.device.perform();
    rig.deliver(rig.main);
    expect(flush.status).toBe(null);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    expect(flush.status).toBe("ok");
    rig.expectIdle();
  });

  it("[A20] FUA reaches both devices", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1], fua: true });
    const ofMain = rig.main.device.pending[0]?.fua;
    rig.main.device.perform();
    rig.deliver(rig.main);
    expect([ofMain, rig.sub.device.pending[0]?.fua]).toEqual([true, true]);
    rig.settle();
  });

  it("[A17] unmap and write-same go to both copies like writes", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write-same", lba: 1, blockCount: 4, values: [7] });
    rig.submit(rig.main, { op: "unmap", lba: 2, blockCount: 1 });
    rig.settle();
    expect(rig.sub.device.content().slice(0, 6)).toEqual([0, 7, 0, 7, 7, 0]);
    expect(rig.main.device.content()).toEqual(rig.sub.device.content());
    rig.expectIdle();
  });

  it("[A17] compare-and-write compares at the main side and copies what it writes", () => {
    const rig = new Rig();
    const swap = rig.submit(rig.main, { op: "compare-and-write", values: [0, 5] });
    const late = rig.submit(rig.main, { op: "compare-and-write", values: [0, 6] });
    rig.settle();
    expect([swap.status, late.status, late.miscompareAt]).toEqual(["ok", "miscompare", 0]);
    expect(rig.sub.device.content()[0]).toBe(5);
    expect(rig.sub.device.done.map(({ op }) => op)).toEqual(["write"]);
    rig.expectIdle();
  });
});

describe("what goes wrong with a write of the main side's host", () => {
  it("[P-04 P-05 P-06 J2-3] is not written by a sub side whose pair is abnormal", () => {
    const rig = new Rig({ onMirrorLoss: "check" });
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.become(rig.sub, { standing: "blocked" });
    rig.settle();
    expect(write.status).toBe("unavailable");
    expect(rig.stepsOf(2)).toEqual([708, 709, 710]);
    expect(rig.sub.device.content()[0]).toBe(0);
    expect(rig.main.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });

  it("[P-02 P-03 J1-3] is refused where the pair is abnormal and the patent's policy is set", () => {
    const rig = new Rig({ onMirrorLoss: "check" });
    rig.become(rig.main, { standing: "alone" });
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    expect(write.status).toBe("unavailable");
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 703]);
    expect(rig.main.device.pending).toHaveLength(0);
  });

  it("[A10] ends in an error where the other copy could not be written, and the books say so", () => {
    const rig = new Rig();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.sub.device.failNext = "medium-error";
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.perform();
    rig.settle();
    expect(write.status).toBe("medium-error");
    expect(rig.main.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });

  it("[A10] reads of what could not be copied go to the main side until it is copied", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.failNext = "no-space";
    rig.sub.device.perform();
    const read = rig.submit(rig.sub, { op: "read" });
    rig.settle();
    expect(read.values).toEqual([1]);
    expect(rig.sub.device.done.filter(({ op }) => op === "read")).toEqual([]);
    rig.submit(rig.main, { op: "write", values: [2] });
    rig.settle();
    const again = rig.submit(rig.sub, { op: "read" });
    expect(rig.sub.device.pending).toHaveLength(1);
    rig.settle();
    expect(again.values).toEqual([2]);
    rig.expectIdle();
  });

  it("[A15] tells the pair that the other copy is the better one where its own could not be written", () => {
    const rig = new Rig();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.main.device.failNext = "medium-error";
    rig.settle();
    expect([write.status, rig.main.pair.failedHereCount]).toEqual(["medium-error", 1]);
    expect(rig.main.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });

  it("[R10] is at the other side only when this copy has it, which a new start finds", () => {
    const rig = new Rig();
    rig.submit(rig.main, { op: "write", values: [1] });
    expect(rig.main.sent).toEqual([]);
    rig.main.device.perform();
    expect(rig.main.sent.map(({ message }) => message)).toMatchObject([{ type: "copy" }]);
  });

  it("[A15 A16] goes on alone after the loss, and the books say what differs", () => {
    const rig = new Rig();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    const behind = rig.submit(rig.main, { op: "write", lba: 1, values: [2] });
    rig.main.device.perform();
    rig.loseLink();
    rig.settle();
    expect([write.status, behind.status]).toEqual([null, null]);
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.settle();
    expect([write.status, behind.status]).toEqual(["ok", "ok"]);
    expect(rig.main.pair.dirty).toEqual(new Set([0, 1]));
    rig.expectIdle();
  });

  it("[A16] is no fault where it began alone and ended mirrored: its range just differs", () => {
    const rig = new Rig();
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    rig.suspendOnFault();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    expectOnlyDiffers(rig, write);
  });

  it("[A16] is no fault where the pair went alone and came back before its own copy had it", () => {
    const rig = new Rig({ directRead: "overlap-test" });
    rig.suspendOnFault();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.deliver(rig.main);
    rig.deliver(rig.sub);
    rig.loseLink();
    rig.become(rig.sub, { standing: "blocked" });
    rig.become(rig.main, { standing: "alone" });
    expectOnlyDiffers(rig, write);
  });

  it("[A10] waits for the pair's decision where that begins with the failed copy", () => {
    const rig = new Rig();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    const { pair } = rig.main;
    const diverged = pair.diverged.bind(pair);
    pair.diverged = (lba, blockCount) => {
      diverged(lba, blockCount);
      pair.become({ standing: "deciding" });
    };
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.failNext = "medium-error";
    rig.settle();
    expect(write.status).toBe(null);
    rig.become(rig.main, { standing: "alone" });
    expect(write.status).toBe("ok");
    rig.expectIdle();
  });

  it('[GW invariant 7] has no end but "unavailable" on a side that may not go on', () => {
    const rig = new Rig();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.loseLink();
    rig.become(rig.main, { standing: "blocked" });
    expect(write.status).toBe(null);
    rig.settle();
    expect(write.status).toBe("unavailable");
    expect(rig.main.pair.dirty).toEqual(new Set([0]));
    rig.expectIdle();
  });

  it("is copied again when both sides meet before anybody has decided", () => {
    const rig = new Rig();
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.loseLink();
    rig.become(rig.main, { standing: "mirrored" });
    rig.become(rig.sub, { standing: "mirrored" });
    rig.settle();
    expect(write.status).toBe("ok");
    expect(rig.sub.device.content()[0]).toBe(1);
    expect(rig.main.pair.dirty.size).toBe(0);
    rig.expectIdle();
  });

  it("[M2] does not happen where it could not be recorded", () => {
    const rig = new Rig();
    rig.main.pair.canRecord = false;
    const write = rig.submit(rig.main, { op: "write", values: [1] });
    rig.settle();
    expect(write.status).toBe("unavailable");
    expect(rig.main.device.done).toEqual([]);
    rig.expectIdle();
  });

  it("is aborted at once while it stands by, and only then", () => {
    const rig = new Rig();
    const first = rig.submit(rig.main, { op: "write", values: [1] });
    const second = rig.submit(rig.main, { op: "write", values: [2] });
    rig.main.volume.abort(second.job);
    rig.main.volume.abort(first.job);
    rig.completions.run();
    expect([first.status, second.status]).toEqual([null, "aborted"]);
    rig.settle();
    expect(first.status).toBe("ok");
    expect(rig.main.device.content()[0]).toBe(1);
    rig.expectIdle();
  });

  it("never ends inside submit", () => {
    const rig = new Rig();
    rig.become(rig.main, { standing: "blocked" });
    let isInside = true;
    let endedInside = false;
    const run = jest.spyOn(rig.completions, "run").mockImplementation(() => undefined);
    const write = rig.submit(rig.main, {
      op: "write",
      values: [1],
      onDone: () => (endedInside = isInside),
    });
    isInside = false;
    run.mockRestore();
    rig.completions.run();
    expect([write.status, endedInside]).toEqual(["unavailable", false]);
  });
});
