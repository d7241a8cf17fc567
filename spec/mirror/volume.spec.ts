/** A mirrored volume as any block device: at the main side, at the sub side, alone. */
import type { MirrorOptions } from "../../lib/mirror/config";
import type { Subject } from "../block/device-compliance";
import { complianceOf } from "../block/device-compliance";
import type { RigSide } from "./jobs/rig";
import { Rig } from "./jobs/rig";

const BLOCKS = 1024;

function subject(rig: Rig, side: RigSide): Subject {
  return { device: side.volume, completions: rig.completions, elapse: () => rig.settle() };
}

function rigOf(options: Partial<MirrorOptions> = {}): Rig {
  return new Rig(options, BLOCKS);
}

complianceOf("the main side's volume", () => {
  const rig = rigOf();
  return subject(rig, rig.main);
});

complianceOf("the sub side's volume", () => {
  const rig = rigOf();
  return subject(rig, rig.sub);
});

complianceOf("the sub side's volume that relays all", () => {
  const rig = rigOf({ directRead: "off", example: "communication", completeAt: "job-four-end" });
  return subject(rig, rig.sub);
});

complianceOf("a volume that is alone", () => {
  const rig = rigOf();
  rig.become(rig.sub, { standing: "blocked" });
  rig.become(rig.main, { standing: "alone" });
  return subject(rig, rig.main);
});

describe("what the pair asks of a volume", () => {
  it("[G-16] shows the size, the capabilities and the identity of this side's copy", () => {
    const { main } = rigOf();
    const { geometry, can, identity } = main.device;
    expect(main.volume.geometry).toEqual(geometry);
    expect(main.volume.can).toEqual(can);
    expect(main.volume.identity).toBe(identity);
  });

  it("[L9] a held range keeps writes of both sides out, and reads in", () => {
    const rig = rigOf();
    const releases: (() => void)[] = [];
    rig.main.volume.holdRange(0, 8, (release) => releases.push(release));
    const read = rig.submit(rig.main, { op: "read" });
    const ofMain = rig.submit(rig.main, { op: "write", lba: 7, values: [1] });
    const ofSub = rig.submit(rig.sub, { op: "write", lba: 6, values: [2] });
    const beside = rig.submit(rig.sub, { op: "write", lba: 8, values: [3] });
    rig.settle();
    expect([read, ofMain, ofSub, beside].map(({ status }) => status)).toEqual([
      "ok",
      null,
      null,
      "ok",
    ]);
    releases[0]?.();
    rig.settle();
    expect([ofMain.status, ofSub.status]).toEqual(["ok", "ok"]);
    rig.expectIdle();
  });

  it("a range is held when the write that has it is on both copies", () => {
    const rig = rigOf();
    let isHeld = false;
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.main.volume.holdRange(0, 8, (release) => {
      isHeld = true;
      release();
    });
    rig.main.device.perform();
    expect(isHeld).toBe(false);
    rig.settle();
    expect(isHeld).toBe(true);
    rig.expectIdle();
  });

  it("[O-04] quiet comes when no write is under way, and lasts until the standing changes", () => {
    const rig = rigOf();
    let isQuiet = false;
    rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.main.volume.quiesce(() => (isQuiet = true));
    const later = rig.submit(rig.main, { op: "write", lba: 9, values: [2] });
    expect(isQuiet).toBe(false);
    rig.settle();
    expect([isQuiet, later.status]).toEqual([true, null]);
    rig.become(rig.main, {});
    rig.settle();
    expect(later.status).toBe("ok");
    rig.expectIdle();
  });

  it("idle is told when the last job at this side's device has ended", () => {
    const rig = rigOf();
    let isIdle = false;
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.volume.whenIdle(() => (isIdle = true));
    expect(isIdle).toBe(false);
    rig.sub.device.perform();
    expect(isIdle).toBe(true);
    rig.settle();
  });

  it("[invariant 22] a copy that waits when the other side is lost is never written", () => {
    const rig = rigOf();
    rig.submit(rig.sub, { op: "read" });
    rig.submit(rig.main, { op: "write", values: [1] });
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.loseLink();
    rig.become(rig.main, { standing: "blocked" });
    rig.become(rig.sub, { standing: "alone", role: "main" });
    rig.settle();
    expect(rig.sub.device.done.map(({ op }) => op)).toEqual(["read"]);
    rig.expectIdle();
  });
});
