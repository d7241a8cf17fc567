import { Prng } from "../../lib/base/prng";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job, type JobStatus } from "../../lib/block/job";
import { DelayedLayer } from "../../lib/store/delayed-layer";
import { FaultyLayer, type Faults } from "../../lib/store/faulty-layer";
import { MemoryStore } from "../../lib/store/memory-store";
import { ReadOnlyLayer } from "../../lib/store/read-only-layer";
import { complianceOf, perform, read, type Subject } from "../block/device-compliance";

const completions = new CompletionQueue();

function memory(): MemoryStore {
  const geometry = { blockSize: 4096, blockCount: 512 };
  return new MemoryStore({ geometry, identity: Buffer.alloc(16, 2), completions });
}

function faulty(faults: Faults): Subject {
  const device = new FaultyLayer(memory(), { completions, prng: new Prng(5), faults });
  return { device, completions };
}

function delayed(latencyMs: (job: Job) => number): Subject & { device: DelayedLayer } {
  const device = new DelayedLayer(memory(), { completions, latencyMs });
  return {
    device,
    completions,
    elapse: () => device.dueMs < Infinity && device.tick(device.dueMs),
  };
}

complianceOf("MemoryStore of 4096-byte blocks", () => ({ device: memory(), completions }));
complianceOf("FaultyLayer without faults", () => faulty({}));
complianceOf("DelayedLayer", () => delayed((job) => 1 + (job.lba % 3)));

const oneBlock = { lba: 7, blockCount: 1, data: [Buffer.alloc(4096, 1)] };

describe("FaultyLayer", () => {
  it.each([
    ["read", { mediumErrorRate: 1 }, "medium-error"],
    ["flush", { mediumErrorRate: 1 }, "medium-error"],
    ["write", { noSpaceRate: 1 }, "no-space"],
    ["read", { noSpaceRate: 1 }, "ok"],
    ["write", { badRanges: [{ start: 7, end: 8 }] }, "medium-error"],
    ["write", { badRanges: [{ start: 8, end: 9 }] }, "ok"],
    ["unmap", { badRanges: [{ start: 0, end: 99 }] }, "medium-error"],
    ["compare-and-write", { noSpaceRate: 1 }, "no-space"],
    ["or-write", { noSpaceRate: 1 }, "no-space"],
    ["write-atomic", { noSpaceRate: 1 }, "no-space"],
  ] as const)("ends a %s with %j as %s", async (op, faults, status) => {
    expect(await perform(faulty(faults), { op, ...oneBlock })).toEqual([status]);
  });

  it("keeps a failed write from the device below", async () => {
    const subject = faulty({ noSpaceRate: 1 });
    await perform(subject, { op: "write", ...oneBlock });
    expect(await read(subject, 7, 1)).toEqual(Buffer.alloc(4096));
  });

  it("makes the same faults from the same seed", async () => {
    const run = (): Promise<JobStatus[]> => {
      const jobs = Array.from({ length: 40 }, () => ({ op: "read", ...oneBlock }) as const);
      return perform(faulty({ mediumErrorRate: 0.5 }), ...jobs);
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set(["ok", "medium-error"]));
    expect(await run()).toEqual(first);
  });
});

describe("DelayedLayer", () => {
  function submit(subject: Subject, lba: number, ends: number[]): Job {
    const onDone = (job: Job): void => void ends.push(job.lba);
    const job = new Job({ op: "read", lba, blockCount: 1, data: [Buffer.alloc(4096)], onDone });
    subject.device.submit(job);
    return job;
  }

  it("passes jobs on when they are due, in order of their due times", () => {
    const subject = delayed((job) => 100 - job.lba);
    const ends: number[] = [];
    for (const lba of [10, 30, 20]) submit(subject, lba, ends);
    expect(subject.device.dueMs).toBe(70);
    for (const [nowMs, done] of [
      [69, []],
      [80, [30, 20]],
      [90, [30, 20, 10]],
    ] as const) {
      subject.device.tick(nowMs);
      completions.run();
      expect(ends).toEqual(done);
    }
    expect(subject.device.dueMs).toBe(Infinity);
  });

  it("ends an aborted job at once", () => {
    const subject = delayed(() => 10);
    const job = submit(subject, 1, []);
    subject.device.abort(job);
    completions.run();
    expect([job.status, subject.device.dueMs]).toEqual(["aborted", Infinity]);
  });
});

describe("ReadOnlyLayer", () => {
  it("says of its blocks what the device below does, but that they have no cache to flush", () => {
    const { can } = new ReadOnlyLayer(memory(), completions);
    expect(can).toEqual({ ...memory().can, readOnly: true, volatileCache: false });
  });

  it.each([
    ["read", "ok"],
    ["flush", "ok"],
    ["write", "not-ready"],
    ["write-same", "not-ready"],
    ["unmap", "not-ready"],
    ["compare-and-write", "not-ready"],
    ["or-write", "not-ready"],
    ["write-atomic", "not-ready"],
  ] as const)("ends a %s as %s", async (op, status) => {
    const device = new ReadOnlyLayer(memory(), completions);
    expect(device.can.readOnly).toBe(true);
    expect(await perform({ device, completions }, { op, ...oneBlock })).toEqual([status]);
  });
});
