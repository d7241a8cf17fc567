import { Prng } from "../../lib/base/prng";
import { CompletionQueue } from "../../lib/block/completion-queue";
import type { BlockDevice } from "../../lib/block/device";
import { Job } from "../../lib/block/job";
import { DelayedLayer } from "../../lib/store/delayed-layer";
import { FaultyLayer } from "../../lib/store/faulty-layer";
import { MemoryStore } from "../../lib/store/memory-store";
import { StripedLayer } from "../../lib/store/striped-layer";
import { complianceOf, perform, read, type Subject, write } from "../block/device-compliance";
import { slowLegs } from "./slow-legs";

const BLOCK = 512;
const completions = new CompletionQueue();

function memory(blockCount: number): MemoryStore {
  const geometry = { blockSize: BLOCK, blockCount };
  return new MemoryStore({ geometry, identity: Buffer.alloc(16, 2), completions });
}

function striped(legs: readonly BlockDevice[], stripeBlockCount = 16): Subject {
  const identity = Buffer.alloc(16, 3);
  return {
    device: new StripedLayer(legs, { identity, stripeBlockCount, completions }),
    completions,
  };
}

/** Notes every job that a leg gets, then passes it on. */
function noted(leg: BlockDevice, jobs: string[], name: string): BlockDevice {
  return {
    geometry: leg.geometry,
    can: leg.can,
    identity: leg.identity,
    submit(job) {
      jobs.push(`${name} ${job.op} ${job.lba}+${job.blockCount}${job.fua ? " fua" : ""}`);
      leg.submit(job);
    },
    abort(job) {
      jobs.push(`${name} abort`);
      leg.abort(job);
    },
  };
}

complianceOf("StripedLayer on three legs", () => striped([memory(700), memory(701), memory(800)]));
complianceOf("StripedLayer with stripes of one block", () =>
  striped([memory(400), memory(400)], 1),
);
complianceOf("StripedLayer on one leg", () => striped([memory(600)]));
complianceOf("StripedLayer on legs of different pace", () => {
  const legs = [0, 1, 2].map(() => memory(700));
  const { slow, elapse } = slowLegs(legs, completions);
  return { ...striped(slow), elapse };
});

describe("StripedLayer", () => {
  it("[G-08] has the blocks of all legs in whole stripes, and an identity of its own", () => {
    const { device } = striped([memory(100), memory(95), memory(120)]);
    expect(device.geometry).toEqual({ blockSize: BLOCK, blockCount: 3 * 80 });
    expect(device.identity).toEqual(Buffer.alloc(16, 3));
    expect(device.can).toEqual({
      volatileCache: false,
      unmap: true,
      readOnly: false,
      atomicWrites: false,
    });
  });

  it("[G-08] puts stripe after stripe on leg after leg", async () => {
    const legs = [memory(64), memory(64)];
    const subject = striped(legs, 2);
    const data = Buffer.concat(
      Array.from({ length: 10 }, (_, block) => Buffer.alloc(BLOCK, block)),
    );
    await write(subject, 0, data);
    const blocksOf = async (device: BlockDevice): Promise<number[]> => {
      const found = await read({ device, completions }, 0, 6);
      return Array.from({ length: 6 }, (_, block) => found[block * BLOCK] as number);
    };
    expect(await blocksOf(legs[0] as MemoryStore)).toEqual([0, 1, 4, 5, 8, 9]);
    expect(await blocksOf(legs[1] as MemoryStore)).toEqual([2, 3, 6, 7, 0, 0]);
  });

  it("gives each leg one job for all its stripes, and none to a leg beside the range", async () => {
    const jobs: string[] = [];
    const legs = [0, 1, 2].map((leg) => noted(memory(64), jobs, String(leg)));
    const subject = striped(legs, 4);
    await write(subject, 6, Buffer.alloc(20 * BLOCK));
    expect(jobs).toEqual(["0 write 4+6", "1 write 2+6", "2 write 0+8"]);
    jobs.length = 0;
    await perform(subject, { op: "unmap", lba: 5, blockCount: 3, fua: true });
    expect(jobs).toEqual(["1 unmap 1+3 fua"]);
  });

  it("flushes all legs whatever the range is", async () => {
    const jobs: string[] = [];
    const legs = [0, 1].map((leg) => noted(memory(64), jobs, String(leg)));
    await perform(striped(legs), { op: "flush", lba: 3, blockCount: 1 });
    expect(jobs).toEqual(["0 flush 0+0", "1 flush 0+0"]);
  });

  it("gives legs views of the data and copies nothing", async () => {
    const seen: ArrayBufferLike[] = [];
    const leg = (): BlockDevice => {
      const below = memory(64);
      return {
        ...noted(below, [], ""),
        submit(job) {
          seen.push(...job.data.map((view) => view.buffer));
          below.submit(job);
        },
      };
    };
    const data = Buffer.alloc(40 * BLOCK);
    await write(striped([leg(), leg()], 4), 2, data);
    expect(seen).toHaveLength(11);
    expect(new Set(seen)).toEqual(new Set([data.buffer]));
  });

  it("fails when one leg does, with how that one failed", async () => {
    const bad = new FaultyLayer(memory(64), {
      completions,
      prng: new Prng(1),
      faults: { badRanges: [{ start: 0, end: 4 }] },
    });
    const subject = striped([memory(64), bad], 4);
    const job = { blockCount: 8, data: [Buffer.alloc(8 * BLOCK)] };
    expect(await perform(subject, { op: "write", lba: 0, ...job })).toEqual(["medium-error"]);
    expect(await perform(subject, { op: "write", lba: 8, ...job })).toEqual(["ok"]);
    const swap = { op: "compare-and-write", lba: 0, blockCount: 8 } as const;
    const data = [Buffer.alloc(16 * BLOCK)];
    expect(await perform(subject, { ...swap, data })).toEqual(["medium-error"]);
  });

  it("aborts a job on the legs it is on, and one that waits for its range without them", () => {
    const legs = [0, 1].map(
      () => new DelayedLayer(memory(64), { completions, latencyMs: () => 5 }),
    );
    const { device } = striped(legs, 4);
    const ends: string[] = [];
    const submit = (name: string, lba: number): Job => {
      const onDone = ({ status }: Job): void => void ends.push(`${name} ${status}`);
      const data = [Buffer.alloc(8 * BLOCK)];
      const job = new Job({ op: "write", lba, blockCount: 8, data, onDone });
      device.submit(job);
      return job;
    };
    const [first, second] = [submit("first", 0), submit("second", 4)];
    submit("third", 8);
    device.abort(second);
    completions.run();
    expect(ends).toEqual(["second aborted"]);
    device.abort(first);
    completions.run();
    expect(ends).toEqual(["second aborted", "first aborted"]);
    for (const leg of legs) leg.tick(5);
    completions.run();
    expect(ends).toEqual(["second aborted", "first aborted", "third ok"]);
  });
});
