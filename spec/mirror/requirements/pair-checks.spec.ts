/** The checks of the pair's state at 702 and 709, and what follows from them. (P-01 to P-06) */
import { Rig } from "../jobs/rig";

const EXAMPLES = ["communication", "sub-relay", "symmetric"] as const;

describe("the pair's state", () => {
  it.each(EXAMPLES)("[P-02 J1-2] decides at JOB1 whether a write is relayed: %s", (example) => {
    for (const standing of ["mirrored", "alone", "blocked", "deciding"] as const) {
      const rig = new Rig({ example, onMirrorLoss: "check" });
      rig.become(rig.sub, { standing });
      const write = rig.submit(rig.sub, { op: "write", values: [1] });
      const isNormal = standing === "mirrored";
      expect(rig.sub.sent).toHaveLength(isNormal ? 1 : 0);
      expect(rig.stepsOf(3).length > 0).toBe(isNormal);
      // Nobody knows yet where a pair decides.
      const isRefused = standing === "alone" || standing === "blocked";
      expect(write.status).toBe(isRefused ? "unavailable" : null);
    }
  });

  it.each(EXAMPLES)("[P-03 J1-3] abnormal, is reported and nothing is written: %s", (example) => {
    const rig = new Rig({ example, onMirrorLoss: "check" });
    for (const side of [rig.main, rig.sub]) {
      rig.become(side, { standing: "alone" });
      const write = rig.submit(side, { op: "write", values: [1] });
      expect(write.status).toBe("unavailable");
      expect(rig.steps.at(-1)).toMatchObject({ job: 1, step: 703 });
      expect([side.sent, side.device.pending]).toEqual([[], []]);
    }
    rig.expectIdle();
  });

  it.each(EXAMPLES)(
    "[P-04 P-05 P-06 J2-2 J2-3] abnormal since 702, is found at 709: %s",
    (example) => {
      const rig = new Rig({ example });
      const write = rig.submit(rig.sub, { op: "write", values: [1] });
      rig.deliver(rig.sub);
      rig.main.device.perform();
      // JOB1 has relayed it, the copy is on its way: now the state changes.
      rig.become(rig.sub, { standing: "blocked" });
      rig.deliver(rig.main);
      expect(rig.stepsOf(2)).toEqual([708, 709, 710]);
      expect(rig.sub.sent.at(-1)?.message).toMatchObject({ type: "copy-end", result: "check" });
      rig.settle();
      expect(rig.sub.device.done).toEqual([]);
      expect(write.status).toBe("unavailable");
      expect(rig.main.pair.dirty).toEqual(new Set([0]));
      rig.expectIdle();
    },
  );

  it.each(EXAMPLES)("[J2-2] normal at 709, lets the same write be copied: %s", (example) => {
    const rig = new Rig({ example });
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    rig.deliver(rig.sub);
    rig.main.device.perform();
    rig.deliver(rig.main);
    expect(rig.stepsOf(2)).toEqual([708, 709, 711]);
    rig.settle();
    expect(write.status).toBe("ok");
  });
});
