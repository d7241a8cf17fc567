/** The third example: exclusive modes and reservations on symmetric volumes. (Figs. 17, 19, 20) */
import type { LinkMessage } from "../../../lib/mirror/messages";
import { Rig } from "../jobs/rig";
import type { HostResult, RigSide } from "../jobs/rig";

function write(side: RigSide, rig: Rig, value: number, nexus = "a"): HostResult {
  return rig.submit(side, { op: "write", values: [value], nexus });
}

function sentBy(side: RigSide): string[] {
  return side.sent.map(({ message }) => (message as LinkMessage).type);
}

/** The number of the command that came last. */
function lastCommand(rig: Rig): number {
  return rig.steps.filter(({ step }) => step === 856).at(-1)?.command as number;
}

/** A write of each host meets the other's: 302's is told that 601 is exclusive. */
function collided({ isOn601 = false } = {}): { rig: Rig; of101: HostResult; of102: HostResult } {
  const rig = new Rig();
  const of101 = write(rig.main, rig, 1);
  if (isOn601) rig.main.device.perform();
  const of102 = write(rig.sub, rig, 2);
  rig.deliver(rig.sub);
  return { rig, of101, of102 };
}

describe("the exclusive states", () => {
  it("[X-02] put exclusive-main first: 302 gives way, though it came first there", () => {
    const { rig, of101, of102 } = collided();
    const order: number[] = [];
    for (const { device } of [rig.main, rig.sub]) {
      const submit = device.submit.bind(device);
      device.submit = (job) => {
        order.push(job.data[0]?.[0] as number);
        submit(job);
      };
    }
    rig.settle();
    expect([of101.status, of102.status]).toEqual(["ok", "ok"]);
    // 601 has 101's already: its copy, and only then 102's write on both.
    expect(order).toEqual([1, 2, 2]);
    expect(rig.steps.filter(({ step }) => step === 832)).toHaveLength(1);
    rig.expectIdle();
  });

  it("[X-03] are taken in another order by the host's side", () => {
    const main = new Rig();
    write(main.main, main, 1);
    // Exclusive-main, and nobody is asked.
    expect(main.stepsOf(1)).toEqual([856, 857, 858, 842, 843, 844, 845]);
    expect([main.stepsOf(3), main.main.device.pending.length]).toEqual([[], 1]);
    main.main.device.perform();
    expect(sentBy(main.main)).toEqual(["copy"]);
    const sub = new Rig();
    write(sub.sub, sub, 1);
    // Exclusive-sub, and nothing but the question.
    expect(sub.stepsOf(1)).toEqual([856, 857, 858, 859, 860, 861]);
    expect([sub.stepsOf(3), sub.sub.device.pending.length]).toEqual([[862], 0]);
    expect(sentBy(sub.sub)).toEqual(["relay"]);
  });

  it("[X-04] are whose write came first, at either side, and nobody's else", () => {
    const rig = new Rig();
    const ofSub = write(rig.sub, rig, 1);
    rig.deliver(rig.sub);
    // 601 is excluded for 102's write: 101's stands by like a sub's.
    const ofMain = write(rig.main, rig, 2);
    expect(rig.stepsOf(1, lastCommand(rig)).at(-1)).toBe(850);
    rig.settle();
    expect([ofSub.status, ofMain.status]).toEqual(["ok", "ok"]);
    expect(rig.main.device.content()[0]).toBe(2);
    // The other way round a moment later; and where nobody is excluded, nobody waits.
    write(rig.main, rig, 3);
    const second = write(rig.sub, rig, 4);
    rig.submit(rig.main, { op: "write", lba: 1, values: [5] });
    rig.submit(rig.sub, { op: "write", lba: 2, values: [6] });
    expect(rig.stepsOf(1).filter((step) => step === 850)).toHaveLength(1);
    rig.settle();
    expect(rig.stepsOf(1).filter((step) => step === 832)).toHaveLength(1);
    expect(second.status).toBe("ok");
    expect(rig.sub.device.content().slice(0, 3)).toEqual([4, 5, 6]);
    rig.expectIdle();
  });
});

describe("a reservation of another host", () => {
  it("[F-834/835] ends the sub side's job at once, before exclusion is looked at", () => {
    const rig = new Rig();
    write(rig.sub, rig, 1, "b");
    rig.reserved.add("2 a");
    const refused = write(rig.sub, rig, 2);
    expect(refused.status).toBe("reserved");
    expect(rig.stepsOf(1).slice(-3)).toEqual([859, 834, 835]);
    expect(sentBy(rig.sub)).toEqual(["relay"]);
    rig.settle();
    expect(rig.main.device.content()[0]).toBe(1);
    rig.expectIdle();
  });

  it("[F-837 F-852/838/839] of a split second ago releases exclusive-sub before the report", () => {
    const rig = new Rig();
    rig.reserved.add("1 a");
    const refused = write(rig.sub, rig, 1);
    const behind = write(rig.sub, rig, 2, "b");
    expect(rig.sub.volume.status()).toMatchObject({ held: 1, waiting: 1 });
    rig.deliver(rig.sub);
    expect(refused.status).toBe(null);
    rig.deliver(rig.main);
    expect(refused.status).toBe("reserved");
    // 852 lets the other in: it asks 301 before 838 and 839.
    const all = rig.steps.map(({ step }) => step);
    const [released, asked, reported] = [852, 862, 838].map((step) => all.lastIndexOf(step));
    expect(asked).toBeGreaterThan(released as number);
    expect(reported).toBeGreaterThan(asked as number);
    expect(all[(reported as number) + 1]).toBe(839);
    rig.settle();
    expect(behind.status).toBe("ok");
    expect(rig.main.device.done).toHaveLength(1);
    rig.expectIdle();
  });

  it("[F-848/849] ends the main side's job though its mode is exclusive-main", () => {
    const rig = new Rig();
    rig.reserved.add("1 a");
    const refused = write(rig.main, rig, 1);
    expect(refused.status).toBe("reserved");
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 842, 848, 849]);
    expect([rig.main.device.pending, rig.main.sent]).toEqual([[], []]);
    rig.expectIdle();
  });

  it.each(["main", "sub"] as const)(
    "[X-06] that came while a job stood by ends it when it is woken: %s",
    (name) => {
      const rig = new Rig();
      const side = rig[name];
      write(side, rig, 1, "b");
      const woken = write(side, rig, 2);
      expect(rig.stepsOf(1).at(-1)).toBe(name === "main" ? 850 : 836);
      rig.reserved.add(name === "main" ? "1 a" : "2 a");
      rig.settle();
      expect(woken.status).toBe("reserved");
      expect(rig.main.device.content()[0]).toBe(1);
      rig.expectIdle();
    },
  );

  it("[X-06] that came while 302's job waited for 301 ends it when it is freed", () => {
    const { rig, of101, of102 } = collided();
    rig.reserved.add("1 a");
    rig.settle();
    expect([of101.status, of102.status]).toEqual(["ok", "reserved"]);
    expect(rig.sub.device.content()[0]).toBe(1);
    rig.expectIdle();
  });
});

describe("a job under its exclusive state", () => {
  it("[F-851/833] releases exclusive-sub before it stands by: the main's copy gets in", () => {
    const { rig } = collided({ isOn601: true });
    rig.deliver(rig.main);
    expect([rig.stepsOf(2), rig.sub.device.pending]).toEqual([[708, 709], []]);
    rig.deliver(rig.main);
    const all = rig.steps.map(({ step }) => step);
    // JOB2 goes on between the two.
    const course = [832, 851, 861, 711, 833].map((step) => all.lastIndexOf(step));
    expect(course).toEqual([...course].sort((a, b) => a - b));
    expect(rig.sub.device.pending).toHaveLength(1);
    expect(rig.sub.volume.status()).toMatchObject({ held: 1, waiting: 0 });
  });

  it("[F-854/840/841] resets exclusive-sub, then reports the end", () => {
    const rig = new Rig();
    const one = write(rig.sub, rig, 1);
    rig.deliver(rig.sub);
    rig.main.device.perform();
    rig.deliver(rig.main);
    expect(rig.sub.volume.status()).toMatchObject({ held: 1 });
    expect(one.status).toBe(null);
    rig.sub.device.perform();
    expect(rig.stepsOf(1).slice(-4)).toEqual([853, 854, 840, 841]);
    expect(rig.sub.volume.status()).toMatchObject({ held: 0, hostJobs: 0 });
    expect(one.status).toBe("ok");
  });

  it("[F-855/846/847] resets exclusive-main when both copies are written, then reports", () => {
    const rig = new Rig();
    const one = write(rig.main, rig, 1);
    const behind = write(rig.main, rig, 2);
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.perform();
    expect(rig.stepsOf(1)).not.toContain(855);
    expect(rig.main.volume.status()).toMatchObject({ held: 1, waiting: 1 });
    rig.deliver(rig.sub);
    expect(one.status).toBe("ok");
    const all = rig.steps.map(({ step }) => step);
    // JOB2's end lets the next one in, and only then is the first one's end reported.
    const course = [all.indexOf(712), all.lastIndexOf(844), all.indexOf(846)];
    expect(course).toEqual([...course].sort((a, b) => a - b));
    expect(all.slice(-3)).toEqual([855, 846, 847]);
    rig.settle();
    expect(behind.status).toBe("ok");
  });

  it("[F-845b] has its transfer done whatever 602 is exclusive for, as soon as it is not", () => {
    const { rig, of101 } = collided({ isOn601: true });
    const { command } = rig.steps[0] as { command: number };
    rig.deliver(rig.main);
    // Exclusive a split second earlier: JOB2 monitors it and refuses nothing.
    expect(rig.stepsOf(2, command)).toEqual([708, 709]);
    expect(sentBy(rig.sub)).toEqual([]);
    expect([rig.sub.device.pending, of101.status]).toEqual([[], null]);
    rig.deliver(rig.main);
    expect(rig.sub.device.pending).toHaveLength(1);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    expect(of101.status).toBe("ok");
    rig.settle();
    rig.expectIdle();
  });

  it("[D19-A..E] sends 101's data on when 601 has it, both under their states", () => {
    const rig = new Rig();
    const one = write(rig.main, rig, 1);
    expect([sentBy(rig.main), rig.main.device.pending.length]).toEqual([[], 1]);
    rig.main.device.perform();
    expect(sentBy(rig.main)).toEqual(["copy"]);
    rig.deliver(rig.main);
    expect([rig.main, rig.sub].map(({ volume }) => volume.status().held)).toEqual([1, 1]);
    expect(rig.sub.device.pending).toHaveLength(1);
    rig.settle();
    expect(one.status).toBe("ok");
    expect([rig.main, rig.sub].map(({ device }) => device.content()[0])).toEqual([1, 1]);
  });

  it("[D20-A..E] has 601 and 602 exclusive for 102 before either is written", () => {
    const rig = new Rig();
    const one = write(rig.sub, rig, 1);
    rig.deliver(rig.sub);
    expect([rig.main, rig.sub].map(({ volume }) => volume.status().held)).toEqual([1, 1]);
    expect([rig.main, rig.sub].map(({ device }) => device.done)).toEqual([[], []]);
    rig.settle();
    expect(one.status).toBe("ok");
    expect([rig.main, rig.sub].map(({ device }) => device.content()[0])).toEqual([1, 1]);
    rig.expectIdle();
  });
});
