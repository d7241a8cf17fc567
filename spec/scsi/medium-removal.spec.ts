import { limits } from "../../lib/base/limits";
import { MediumRemoval } from "../../lib/scsi/medium-removal";
import { makeNexus } from "./support/bench";

const names = ["a", "b", "c"].map((name) => makeNexus(name).name);

describe("the removal of a medium", () => {
  it("is prevented while anyone prevents it", () => {
    const removal = new MediumRemoval();
    expect(removal.isPrevented).toBe(false);
    for (const name of names) expect(removal.prevent(name)).toBe(true);
    expect(removal.prevent(names[0] as string)).toBe(true);
    for (const name of names) {
      expect(removal.isPrevented).toBe(true);
      removal.allow(name);
    }
    expect(removal.isPrevented).toBe(false);
  });

  it("is prevented by no more than can be remembered", () => {
    const removal = new MediumRemoval();
    for (let count = 0; count < limits.nexusesMax; count++) {
      expect(removal.prevent(`nexus ${count}`)).toBe(true);
    }
    expect(removal.prevent("another")).toBe(false);
    expect(removal.prevent("nexus 7")).toBe(true);
    expect(removal.preventing.length).toBe(limits.nexusesMax);
  });

  it("[G-17] is the same again when a snapshot of it is taken over, in whatever order it came", () => {
    const [one, other] = [new MediumRemoval(), new MediumRemoval()];
    for (const name of names) one.prevent(name);
    for (const name of [...names].reverse()) other.prevent(name);
    expect(other.snapshot()).toEqual(one.snapshot());
    const third = new MediumRemoval();
    third.prevent(makeNexus("z").name);
    third.parseSnapshot(one.snapshot())?.();
    expect([...third.preventing].sort()).toEqual([...names].sort());
    third.parseSnapshot(new MediumRemoval().snapshot())?.();
    expect(third.isPrevented).toBe(false);
  });

  it.each(["x", `${names[0]}`, `${names[0]}\n${names[1]}`, "no nexus\n", "\n", "\xff\n"])(
    "is not what %j says",
    (text) => {
      expect(new MediumRemoval().parseSnapshot(Buffer.from(text, "latin1"))).toBeNull();
    },
  );
});
