/** The asynchronous forms: when the host is told, and what is still to come. (S9, D19-as, D20-as) */
import type { MirrorOptions } from "../../../lib/mirror/config";
import { Rig } from "../jobs/rig";

/** How many steps of the pipe and the devices it took until a write of a side ended. */
function movesUntilEnd(from: "main" | "sub", options: Partial<MirrorOptions>): number {
  const rig = new Rig(options);
  const side = rig[from];
  const write = rig.submit(side, { op: "write", values: [1] });
  let moves = 0;
  for (; write.status === null; moves++) {
    const sender = [rig.main, rig.sub].find(({ sent }) => sent.length > 0);
    const writer = [rig.main, rig.sub].find(({ device }) => device.pending.length > 0);
    if (sender !== undefined) rig.deliver(sender);
    else writer?.device.perform();
  }
  rig.settle();
  expect(rig.sub.device.content()).toEqual(rig.main.device.content());
  rig.expectIdle();
  return moves;
}

/** Messages that crossed, and what each copy has, when a write of a side ended. */
function atEnd(
  from: "main" | "sub",
  options: Partial<MirrorOptions>,
): { crossed: string[]; written: [boolean, boolean]; rig: Rig } {
  const rig = new Rig(options);
  const crossed: string[] = [];
  const write = rig.submit(rig[from], { op: "write", values: [1] });
  while (write.status === null) {
    const sender = [rig[from], rig.other(rig[from])].find(({ sent }) => sent.length > 0);
    const next = sender?.sent[0]?.message;
    if (sender !== undefined && typeof next === "object") {
      crossed.push(next.type);
      rig.deliver(sender);
    } else rig[from].device.perform();
  }
  const has = (side: "main" | "sub"): boolean => rig[side].device.content()[0] === 1;
  return { crossed, written: [has("main"), has("sub")], rig };
}

describe("a write of host 102, asynchronous", () => {
  it.each([
    ["[S9-1] with a communication volume", "communication", [701, 702, 707, 704, 705]],
    ["[S9-3] in the second example", "sub-relay", [701, 702, 707, 804, 705]],
  ] as const)("%s is reported before JOB3 relays it", (_title, example, steps) => {
    const { crossed, written, rig } = atEnd("sub", { example, acknowledge: "async-relay" });
    expect({ crossed, written }).toEqual({ crossed: [], written: [false, false] });
    expect(rig.stepsOf(1)).toEqual(steps);
    rig.settle();
    expect(rig.stepsOf(1)).toEqual([...steps, 706]);
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
  });

  it("[S9-2] takes none of the ways between the units, of which the synchronous form takes some", () => {
    const example = "communication";
    expect(movesUntilEnd("sub", { example, acknowledge: "async-relay" })).toBe(0);
    expect(movesUntilEnd("sub", { example, acknowledge: "sync" })).toBeGreaterThan(2);
  });

  it("[S9-4 D20-as] in the third example ends when both volumes are exclusive, before its data goes", () => {
    const { crossed, written, rig } = atEnd("sub", { acknowledge: "async-locked" });
    expect({ crossed, written }).toEqual({
      crossed: ["relay", "relay-granted"],
      written: [false, false],
    });
    expect(rig.stepsOf(4)).toEqual([719, 720, 842, 843, 844]);
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 859, 860, 861, 840]);
    rig.settle();
    expect(rig.stepsOf(4)).toEqual([719, 720, 842, 843, 844, 721, 722, 723, 724, 855]);
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 859, 860, 861, 840, 853, 854, 841]);
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
  });
});

describe("a write of host 101, asynchronous", () => {
  it("[S9-4 D19-as] ends when both volumes are exclusive, while its copy is to come", () => {
    const { crossed, written, rig } = atEnd("main", { acknowledge: "async-locked" });
    expect({ crossed, written }).toEqual({
      crossed: ["lock", "lock-end"],
      written: [true, false],
    });
    expect(rig.stepsOf(2)).toEqual([861]);
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 842, 843, 844, 845, 846]);
    rig.settle();
    expect(rig.stepsOf(2)).toEqual([861, 708, 709, 711, 712, 854]);
    expect(rig.stepsOf(1)).toEqual([856, 857, 858, 842, 843, 844, 845, 846, 855, 847]);
    expect(rig.sub.device.content()).toEqual(rig.main.device.content());
  });

  it("[S9-1] ends with both copies where only 102's are asynchronous", () => {
    const moves = movesUntilEnd("main", { example: "communication", acknowledge: "async-relay" });
    expect(moves).toBe(movesUntilEnd("main", { example: "communication", acknowledge: "sync" }));
  });
});
