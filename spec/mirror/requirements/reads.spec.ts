/** Where a read of host 102 comes from, and what it costs on the paths. */
import type { MirrorOptions } from "../../../lib/mirror/config";
import { Rig } from "../jobs/rig";
import type { RigSide } from "../jobs/rig";

const EXAMPLES = ["communication", "sub-relay", "symmetric"] as const;

/** What a read of 102 gets where 601 and 602 have been made to differ, and who performed it. */
function readWhere(options: Partial<MirrorOptions>): { value: number; at: string[] } {
  const rig = new Rig(options);
  for (const [side, values] of [
    [rig.main, [1]],
    [rig.sub, [2]],
  ] as const) {
    rig.become(side, { standing: "alone" });
    rig.submit(side, { op: "write", values });
    rig.settle();
    rig.become(side, { standing: "mirrored" });
  }
  const read = rig.submit(rig.sub, { op: "read" });
  rig.settle();
  expect(read.status).toBe("ok");
  const reads = ([301, 302] as const).filter((unit) => {
    const { device } = unit === 301 ? rig.main : rig.sub;
    return device.done.some(({ op }) => op === "read");
  });
  return { value: read.values[0] as number, at: reads.map(String) };
}

describe("a read of host 102", () => {
  it.each(EXAMPLES)("[R-01] comes from 601 where direct reads are off: %s", (example) => {
    expect(readWhere({ example, directRead: "off" })).toEqual({ value: 1, at: ["301"] });
  });

  it.each(EXAMPLES)("[R-02] comes from 602 where they are on: %s", (example) => {
    for (const directRead of ["shared", "overlap-test"] as const) {
      expect(readWhere({ example, directRead })).toEqual({ value: 2, at: ["302"] });
    }
  });

  it("[R-04 R-05 R-06] goes to 601 by blocks that a write in 514 has, and by no others", () => {
    for (const lba of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
      const rig = new Rig({ example: "communication", directRead: "overlap-test" });
      rig.submit(rig.main, { op: "write", lba: 4, blockCount: 2, values: [1, 2] });
      rig.deliver(rig.main);
      const before = rig.sub.sent.length;
      rig.submit(rig.sub, { op: "read", lba, blockCount: 2 });
      const isOverlapping = lba === 3 || lba === 4 || lba === 5;
      expect(rig.sub.sent.length - before).toBe(isOverlapping ? 1 : 0);
      expect(rig.sub.device.pending).toHaveLength(isOverlapping ? 0 : 1);
      rig.settle();
      rig.expectIdle();
    }
  });
});

describe("reads in the third example", () => {
  it("[R-07] put nothing on the paths, also while writes are under way", () => {
    const messages = (hasReads: boolean): string[] => {
      const rig = new Rig({ example: "symmetric" });
      const sent: string[] = [];
      rig.onSend = (_, { type }) => {
        sent.push(type);
        return true;
      };
      const statuses: (string | null)[] = [];
      const onDone = ({ status }: { status: string | null }): void => void statuses.push(status);
      const read = (side: RigSide, ...lbas: number[]): void => {
        for (const lba of hasReads ? lbas : [])
          rig.submit(side, { op: "read", lba, blockCount: 2, onDone });
      };
      read(rig.main, 0);
      read(rig.sub, 0);
      rig.settle();
      rig.submit(rig.main, { op: "write", lba: 1, values: [1] });
      rig.submit(rig.sub, { op: "write", lba: 4, values: [2] });
      // Some have to wait for the writes, some do not.
      read(rig.main, 0, 1, 2);
      read(rig.sub, 0, 2, 3, 4);
      rig.settle();
      expect(statuses).toEqual(Array(hasReads ? 9 : 0).fill("ok"));
      return sent.sort();
    };
    const without = messages(false);
    expect(messages(true)).toEqual(without);
    expect(without).toHaveLength(5);
  });
});
