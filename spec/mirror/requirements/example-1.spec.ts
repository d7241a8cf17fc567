/** The jobs of the first example step by step, each seen from what it waits for. (701 to 729) */
import { lengthOf } from "../../../lib/base/bytes";
import { frameHeader, HEADER_LENGTH, rowOfType } from "../../../lib/mirror/link-frame";
import type { LinkMessage, Relay } from "../../../lib/mirror/messages";
import { BLOCK } from "../jobs/hand-device";
import { Rig } from "../jobs/rig";
import type { HostResult, RigSide } from "../jobs/rig";
import { bytesOf } from "../support/frames";

/** What 302's host writes, as far as the spec lets it go on. */
function write102(rig: Rig, lba = 3): HostResult {
  return rig.submit(rig.sub, { op: "write", lba, blockCount: 2, values: [1, 2], fua: true });
}

function firstBuild(): Rig {
  return new Rig({ example: "communication", completeAt: "job-four-end" });
}

function sentBy(side: RigSide): LinkMessage[] {
  return side.sent.map(({ message }) => message as LinkMessage);
}

/** To where 302 has the copy of the write and has not written it. */
function copyAt302(rig: Rig): HostResult {
  const write = write102(rig);
  rig.deliver(rig.sub);
  rig.main.device.perform();
  rig.deliver(rig.main);
  return write;
}

describe("JOB1", () => {
  it("[J1-5] stands by and does nothing, and others' commands go on meanwhile", () => {
    const rig = firstBuild();
    const write = write102(rig);
    expect(rig.stepsOf(1)).toEqual([701, 702, 704, 705]);
    expect(rig.sub.device.pending).toEqual([]);
    const { command } = rig.steps[0] as { command: number };
    const other = rig.submit(rig.sub, { op: "read", lba: 9 });
    rig.sub.device.perform();
    expect(other.status).toBe("ok");
    rig.completions.run();
    expect(rig.stepsOf(1, command)).toEqual([701, 702, 704, 705]);
    expect(write.status).toBe(null);
  });

  it("[J1-6] goes on when JOB3 has ended, and at nothing before", () => {
    const rig = firstBuild();
    copyAt302(rig);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    expect(sentBy(rig.main)).toMatchObject([{ type: "relay-end", result: "done" }]);
    expect(rig.stepsOf(1)).toEqual([701, 702, 704, 705]);
    rig.deliver(rig.main);
    expect(rig.steps.slice(-4).map(({ job, step }) => [job, step])).toEqual([
      [3, 717],
      [3, 718],
      [1, 706],
      [1, 707],
    ]);
  });
});

describe("JOB3", () => {
  it("[J3-2] issues the command for the main volume, which starts JOB4 there", () => {
    const rig = firstBuild();
    write102(rig);
    expect(sentBy(rig.sub)).toMatchObject([
      { type: "relay", volume: 7, op: "write", lba: 3, blockCount: 2, fua: true },
    ]);
    expect(rig.stepsOf(4)).toEqual([]);
    rig.deliver(rig.sub);
    expect(rig.stepsOf(4)[0]).toBe(719);
    expect(rig.main.device.pending).toMatchObject([{ op: "write", lba: 3, blockCount: 2 }]);
    expect(rig.sub.device.pending).toEqual([]);
  });

  it("[J3-3] transfers command, parameter and data in this order; a read has no data", () => {
    const rig = new Rig({ example: "communication", directRead: "off" });
    write102(rig);
    rig.submit(rig.sub, { op: "read", lba: 9 });
    const [write, read] = sentBy(rig.sub) as [Relay, Relay];
    const bytes = bytesOf(write);
    const { code, parameterLength, dataLength } = frameHeader.decode(bytes);
    expect([code, dataLength]).toEqual([rowOfType("relay").code, 2 * BLOCK]);
    const dataStart = HEADER_LENGTH + parameterLength;
    expect(bytes.length).toBe(dataStart + dataLength);
    expect(bytes.subarray(dataStart)).toEqual(Buffer.concat(write.data));
    // The same command without its data: what lies between is the parameter alone.
    const parameter = bytes.subarray(HEADER_LENGTH, dataStart);
    expect(bytesOf({ ...write, data: [] }).subarray(HEADER_LENGTH)).toEqual(parameter);
    expect(parameter).not.toEqual(bytesOf({ ...write, lba: 4 }).subarray(HEADER_LENGTH, dataStart));
    expect(frameHeader.decode(bytesOf(read)).dataLength).toBe(0);
  });

  it("[J3-5] is started again by JOB4's end report", () => {
    const rig = firstBuild();
    copyAt302(rig);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    expect(rig.stepsOf(3).at(-1)).toBe(716);
    rig.deliver(rig.main);
    expect(rig.stepsOf(3).slice(-2)).toEqual([717, 718]);
  });
});

describe("JOB4", () => {
  /** A write of 101 holds the blocks: the relay stands by when its frame has gone bad. */
  function behind101(rig: Rig): { own: HostResult; relayed: HostResult } {
    const own = rig.submit(rig.main, { op: "write", lba: 3, blockCount: 2, values: [8, 9] });
    const relayed = write102(rig);
    rig.deliver(rig.sub);
    return { own, relayed };
  }

  it("[J4-2] keeps command and parameter, and does by them what it could not do at once", () => {
    const rig = firstBuild();
    behind101(rig);
    expect(rig.stepsOf(4)).toEqual([719, 720, 721]);
    expect(rig.main.volume.status()).toMatchObject({ relayed: 1, waiting: 1 });
    rig.main.device.perform();
    rig.deliver(rig.main);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    expect(rig.main.device.pending).toMatchObject([
      { op: "write", lba: 3, blockCount: 2, fua: true },
    ]);
  });

  it("[J4-3] keeps the data in 507: its frame may go bad", () => {
    const rig = firstBuild();
    const { relayed } = behind101(rig);
    expect(rig.heldLeases).toBe(1);
    rig.settle();
    expect(relayed.status).toBe("ok");
    expect(rig.main.device.content().slice(3, 5)).toEqual([1, 2]);
    expect(rig.heldLeases).toBe(0);
  });

  it("[J4-4] asks JOB5 for the copy of the same command", () => {
    const rig = firstBuild();
    write102(rig);
    const { command } = rig.steps[0] as { command: number };
    rig.deliver(rig.sub);
    expect(rig.stepsOf(4)).toContain(722);
    rig.main.device.perform();
    expect(rig.stepsOf(5, command)).toEqual([726, 727, 728]);
    expect(sentBy(rig.main)).toMatchObject([{ type: "copy", relayId: command, lba: 3 }]);
    const all = rig.steps.map(({ step }) => step);
    expect(all.indexOf(722)).toBeLessThan(all.indexOf(726));
  });

  it("[J4-5] stands by meanwhile, and other relays go on", () => {
    const rig = firstBuild();
    write102(rig);
    const { command } = rig.steps[0] as { command: number };
    rig.deliver(rig.sub);
    const isStandingBy = (): void =>
      expect(rig.stepsOf(4, command)).toEqual([719, 720, 721, 722, 723]);
    isStandingBy();
    const other = rig.submit(rig.sub, { op: "write", lba: 9, values: [3] });
    rig.deliver(rig.sub);
    rig.main.device.perform(1);
    rig.deliver(rig.main);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    rig.deliver(rig.main);
    expect(other.status).toBe("ok");
    isStandingBy();
  });

  it("[J4-6 S8-3] goes on at JOB5's end, which is JOB2's", () => {
    const rig = firstBuild();
    copyAt302(rig);
    rig.sub.device.perform();
    expect(sentBy(rig.sub)).toMatchObject([{ type: "copy-end", result: "done" }]);
    expect(rig.stepsOf(4).at(-1)).toBe(723);
    rig.deliver(rig.sub);
    expect(rig.stepsOf(4).slice(-2)).toEqual([724, 725]);
  });

  it("[J4-8] has the data of 507 written to 601", () => {
    const rig = firstBuild();
    write102(rig);
    rig.deliver(rig.sub);
    const [job] = rig.main.device.pending;
    expect(job?.data.map((chunk) => [chunk.length, chunk[0]])).toEqual([
      [BLOCK, 1],
      [BLOCK, 2],
    ]);
    expect(rig.main.device.content().slice(3, 5)).toEqual([0, 0]);
    rig.main.device.perform();
    expect(rig.main.device.content().slice(2, 6)).toEqual([0, 1, 2, 0]);
  });
});

describe("JOB5", () => {
  it("[J5-2] issues the command to JOB2 over 202, which starts there", () => {
    const rig = firstBuild();
    write102(rig);
    rig.deliver(rig.sub);
    rig.main.device.perform();
    expect(sentBy(rig.main).map(({ type }) => type)).toEqual(["copy"]);
    expect([rig.stepsOf(5), rig.stepsOf(2)]).toEqual([[726, 727, 728], []]);
    rig.deliver(rig.main);
    expect(rig.stepsOf(2)[0]).toBe(708);
  });

  it.each(["main", "sub"] as const)("[J5-3] transfers parameter and data of a %s write", (from) => {
    const rig = new Rig({ example: "communication", omitTransfer: false });
    const values = [1, 2];
    rig.submit(rig[from], { op: "write", lba: 3, blockCount: 2, values, fua: true });
    if (from === "sub") rig.deliver(rig.sub);
    rig.main.device.perform();
    const [copy] = sentBy(rig.main) as (LinkMessage & { type: "copy" })[];
    expect(copy).toMatchObject({ op: "write", lba: 3, blockCount: 2, fua: true });
    expect(lengthOf(copy?.data ?? [])).toBe(2 * BLOCK);
    expect(copy?.data.map((chunk) => chunk[0])).toEqual(values);
  });

  it("[J5-4] reports its end to JOB4 when the transfer has ended", () => {
    const rig = firstBuild();
    copyAt302(rig);
    expect(rig.stepsOf(5).at(-1)).toBe(728);
    rig.sub.device.perform();
    rig.deliver(rig.sub);
    expect(rig.steps.slice(-3).map(({ job, step }) => [job, step])).toEqual([
      [5, 729],
      [4, 724],
      [4, 725],
    ]);
  });
});

describe("JOB2", () => {
  it.each([true, false])(
    "[J2-4] gives command, parameter and data to 602, sent again or not (omitted: %s)",
    (omitTransfer) => {
      const rig = new Rig({ example: "communication", omitTransfer });
      copyAt302(rig);
      const [job, ...others] = rig.sub.device.pending;
      expect(others).toEqual([]);
      expect(job).toMatchObject({ op: "write", lba: 3, blockCount: 2, fua: true });
      expect(job?.data.map((chunk) => chunk[0])).toEqual([1, 2]);
      expect(rig.stepsOf(2)).toEqual([708, 709, 711]);
    },
  );
});
