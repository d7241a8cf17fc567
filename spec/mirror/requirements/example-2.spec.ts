/** The second example, held against the first: the same but for who relays. (E2-*, S16, O-06) */
import type { LinkMessage } from "../../../lib/mirror/messages";
import type { MirrorOptions } from "../../../lib/mirror/config";
import { Rig } from "../jobs/rig";
import type { HostResult, RigSide } from "../jobs/rig";

/** Everything a pair can be seen to do with some hosts' commands. */
interface Seen {
  readonly steps: readonly string[];
  readonly messages: readonly unknown[];
  readonly media: readonly unknown[];
  readonly ends: readonly unknown[];
}

/** Steps of JOB1 and JOB3 that the second example has others for. (804, 813–817) */
const IN_SECOND = new Map([
  [704, [804]],
  [713, [813, 814, 815]],
  [714, [816]],
  [715, [817]],
]);

/** The same commands, writes that meet and failures among them, always in the same course. */
function seen(options: Partial<MirrorOptions>, mapped: ReadonlyMap<number, number[]>): Seen {
  const rig = new Rig({ directRead: "overlap-test", onMirrorLoss: "check", ...options });
  const messages: unknown[] = [];
  rig.onSend = (from, message: LinkMessage) => {
    const data = "data" in message ? message.data.map((chunk) => [chunk.length, chunk[0]]) : [];
    messages.push({ from: from === rig.main ? 301 : 302, ...message, data });
    return true;
  };
  const ends: HostResult[] = [];
  const give = (side: RigSide, fields: Parameters<Rig["submit"]>[1]): void =>
    void ends.push(rig.submit(side, fields));
  give(rig.sub, { op: "write", lba: 1, values: [1] });
  give(rig.main, { op: "write", lba: 1, values: [2] });
  give(rig.sub, { op: "write", lba: 1, blockCount: 2, values: [3, 4] });
  give(rig.sub, { op: "read", lba: 1 });
  rig.settle();
  give(rig.sub, { op: "compare-and-write", lba: 2, blockCount: 1, values: [4, 5] });
  give(rig.sub, { op: "unmap", lba: 1 });
  give(rig.sub, { op: "flush" });
  rig.settle();
  rig.reserved.add("1 a");
  give(rig.sub, { op: "write", values: [6], nexus: "a" });
  rig.settle();
  give(rig.sub, { op: "write", values: [7] });
  rig.deliver(rig.sub);
  rig.main.device.perform();
  rig.become(rig.sub, { standing: "blocked" });
  rig.settle();
  give(rig.sub, { op: "write", values: [8] });
  return {
    steps: rig.steps.flatMap(({ command, job, step }) =>
      (mapped.get(step) ?? [step]).map((one) => `${command} JOB${job} ${one}`),
    ),
    messages,
    media: [rig.main, rig.sub].map(({ device }) => [device.done, device.content()]),
    ends: ends.map(({ status, values }) => [status, values]),
  };
}

describe("the second example", () => {
  it.each(["job-two", "job-four-end"] as const)(
    "[E2-7 S16] goes by the first one's steps, with 602's jobs for 603's (ends with %s)",
    (completeAt) => {
      const first = seen({ example: "communication", completeAt }, IN_SECOND);
      const second = seen({ example: "sub-relay", completeAt }, new Map());
      expect(second.steps).toEqual(first.steps);
      // All of the first example's steps have been in it, and its ends good and bad.
      const steps = new Set(first.steps.map((step) => step.slice(-3)));
      for (const step of [703, 710, 712, 718, 724, 729, 817]) expect(steps).toContain(`${step}`);
      const statuses = new Set(first.ends.map((end) => (end as unknown[])[0]));
      expect(statuses).toEqual(new Set(["ok", "reserved", "unavailable"]));
    },
  );

  it("[O-06] and the first have the same done by 302: 603 or 602 makes no difference", () => {
    const first = seen({ example: "communication" }, new Map());
    const second = seen({ example: "sub-relay" }, new Map());
    expect(second.messages).toEqual(first.messages);
    expect(second.media).toEqual(first.media);
    expect(second.ends).toEqual(first.ends);
    expect(first.messages.length).toBeGreaterThan(10);
  });

  it("[E2-1 E2-2 E2-6] has a job of 602 pass the write over, which JOB1 does not execute", () => {
    const rig = new Rig({ example: "sub-relay", completeAt: "job-four-end" });
    const write = rig.submit(rig.sub, { op: "write", values: [1] });
    expect(rig.steps.map(({ job, step }) => [job, step])).toEqual([
      ...[701, 702, 804, 705].map((step) => [1, step]),
      ...[813, 814, 815, 816, 817, 716].map((step) => [3, step]),
    ]);
    expect(rig.sub.device.pending).toEqual([]);
    rig.settle();
    expect(write.status).toBe("ok");
    expect(rig.steps.at(-1)).toMatchObject({ job: 1, step: 707 });
  });
});
