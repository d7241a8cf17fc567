import { Prng } from "../../lib/base/prng";
import { CompletionQueue } from "../../lib/block/completion-queue";
import type { BlockDevice } from "../../lib/block/device";
import { Job } from "../../lib/block/job";
import { DelayedLayer } from "../../lib/store/delayed-layer";
import { FaultyLayer, type Faults } from "../../lib/store/faulty-layer";
import { MemoryStore } from "../../lib/store/memory-store";
import { MirroredLayer } from "../../lib/store/mirrored-layer";
import { StripedLayer } from "../../lib/store/striped-layer";
import { complianceOf, perform, read, type Subject, write } from "../block/device-compliance";
import { slowLegs } from "./slow-legs";

const BLOCK = 512;
const completions = new CompletionQueue();

function memory(blockCount = 600): MemoryStore {
  const geometry = { blockSize: BLOCK, blockCount };
  return new MemoryStore({ geometry, identity: Buffer.alloc(16, 2), completions });
}

interface Mirror extends Subject {
  /** Legs that were left, and why. */
  readonly left: string[];
}

function mirrored(...legs: readonly BlockDevice[]): Mirror {
  const left: string[] = [];
  const device = new MirroredLayer(legs, {
    identity: Buffer.alloc(16, 3),
    completions,
    legLeft: (leg, status) => void left.push(`${leg} ${status}`),
  });
  return { device, completions, left };
}

function faulty(below: BlockDevice, faults: Faults = {}): FaultyLayer {
  return new FaultyLayer(below, { completions, prng: new Prng(1), faults });
}

const contentsOf = (device: BlockDevice): Promise<Buffer> =>
  read({ device, completions }, 0, device.geometry.blockCount);

complianceOf("MirroredLayer on two legs", () => mirrored(memory(), memory(700)));
complianceOf("MirroredLayer on one leg", () => mirrored(memory()));
complianceOf("MirroredLayer on three legs of different pace", () => {
  const { slow, elapse } = slowLegs([memory(), memory(), memory()], completions);
  return { ...mirrored(...slow), elapse };
});
complianceOf("MirroredLayer of which a leg is left at once", () =>
  mirrored(faulty(memory(), { mediumErrorRate: 1 }), memory()),
);
complianceOf("MirroredLayer over StripedLayers", () => {
  const identity = Buffer.alloc(16);
  const pair = (): BlockDevice =>
    new StripedLayer([memory(), memory()], { identity, stripeBlockCount: 8, completions });
  return mirrored(pair(), pair());
});

const ones = Buffer.alloc(8 * BLOCK, 1);
const job = { lba: 16, blockCount: 8, data: [ones] };
const BAD: Faults = { mediumErrorRate: 1 };

describe("MirroredLayer", () => {
  it("[G-08] is as large as its smallest leg, with an identity of its own", () => {
    const { device } = mirrored(memory(100), memory(95));
    expect(device.geometry).toEqual({ blockSize: BLOCK, blockCount: 95 });
    expect(device.identity).toEqual(Buffer.alloc(16, 3));
  });

  it("[G-08] holds the same on all legs after any jobs that overlap", async () => {
    const stores = [memory(), memory(), memory()];
    const { slow, elapse } = slowLegs(stores, completions);
    const subject = { ...mirrored(...slow), elapse };
    const prng = new Prng(8);
    const jobs = Array.from({ length: 200 }, (_, index) => {
      const op = prng.pick(["write", "compare-and-write"] as const);
      const blockCount = 1 + prng.below(30);
      const length = (op === "write" ? 1 : 2) * blockCount * BLOCK;
      const data = [Buffer.alloc(length).fill(index % 256, length - blockCount * BLOCK)];
      return { op, lba: prng.below(100), blockCount, data };
    });
    await perform(subject, ...jobs);
    const [first, second, third] = await Promise.all(stores.map(contentsOf));
    expect(first?.equals(Buffer.alloc(600 * BLOCK))).toBe(false);
    expect(second?.equals(first as Buffer)).toBe(true);
    expect(third?.equals(first as Buffer)).toBe(true);
  });

  it.each(["write", "write-same", "unmap", "flush"] as const)(
    "[G-08] leaves a leg that fails a %s, tells of it once, and goes on with the other",
    async (op) => {
      const bad = faulty(memory());
      const subject = mirrored(bad, memory());
      await write(subject, 16, ones);
      bad.inject(BAD);
      const data = op === "write-same" ? [ones.subarray(0, BLOCK)] : [ones];
      const ends = await perform(subject, { ...job, op, data }, { ...job, op, data });
      expect(ends).toEqual(["ok", "ok"]);
      expect(subject.left).toEqual(["0 medium-error"]);
      bad.inject({});
      await write(subject, 16, Buffer.alloc(8 * BLOCK, 2));
      for (let count = 0; count < 4; count++) {
        expect(await read(subject, 16, 8)).toEqual(Buffer.alloc(8 * BLOCK, 2));
      }
      expect((await contentsOf(bad))[16 * BLOCK]).toBeLessThan(2);
    },
  );

  it("[G-08] reads on from another leg when one cannot, and leaves that one", async () => {
    const legs = [faulty(memory()), faulty(memory()), faulty(memory())];
    const subject = mirrored(...legs);
    await write(subject, 16, ones);
    for (const leg of legs.slice(0, 2)) leg.inject(BAD);
    for (let count = 0; count < 6; count++) expect(await read(subject, 16, 8)).toEqual(ones);
    expect(subject.left.sort()).toEqual(["0 medium-error", "1 medium-error"]);
  });

  it("reads from all legs by turns", async () => {
    let reads = 0;
    const counting: BlockDevice = memory();
    const submit = counting.submit.bind(counting);
    counting.submit = (each) => {
      if (each.op === "read") reads++;
      submit(each);
    };
    const subject = mirrored(counting, memory());
    for (let count = 0; count < 10; count++) await read(subject, count, 1);
    expect(reads).toBe(5);
  });

  it("leaves no leg for blocks that none can read", async () => {
    const subject = mirrored(faulty(memory(), BAD), faulty(memory(), BAD));
    expect(await perform(subject, { ...job, op: "read" })).toEqual(["medium-error"]);
    expect(subject.left).toEqual([]);
  });

  it("goes on with one leg when a write failed on all: they may differ", async () => {
    const legs = [faulty(memory(), { noSpaceRate: 1 }), faulty(memory(), { noSpaceRate: 1 })];
    const subject = mirrored(...legs);
    const ends = await perform(subject, { ...job, op: "write" }, { ...job, op: "write" });
    expect(ends).toEqual(["no-space", "no-space"]);
    expect(subject.left).toEqual(["1 no-space"]);
    for (const leg of legs) leg.inject({});
    await write(subject, 16, ones);
    expect((await contentsOf(legs[0] as BlockDevice))[16 * BLOCK]).toBe(1);
  });

  it.each([0, 1])("compares and writes on without leg %d", async (index) => {
    const legs = [faulty(memory()), faulty(memory())];
    const subject = mirrored(...legs);
    legs[index]?.inject(BAD);
    const swap = {
      ...job,
      op: "compare-and-write",
      data: [Buffer.alloc(8 * BLOCK), ones],
    } as const;
    expect(await perform(subject, swap)).toEqual(["ok"]);
    expect(subject.left).toEqual([`${index} medium-error`]);
    expect(await read(subject, 16, 8)).toEqual(ones);
    expect(await perform(subject, swap)).toEqual(["miscompare"]);
  });

  it("ends an aborted read early, but a write that has begun on all legs alike", () => {
    const stores = [memory(), memory()];
    const legs = stores.map(
      (store) => new DelayedLayer(store, { completions, latencyMs: () => 5 }),
    );
    const { device, left } = mirrored(...legs);
    const ends: string[] = [];
    const submit = (op: "read" | "write", lba: number): Job => {
      const onDone = ({ status }: Job): void => void ends.push(`${op} ${lba} ${status}`);
      const each = new Job({ ...job, op, lba, onDone });
      device.submit(each);
      return each;
    };
    for (const each of [submit("write", 0), submit("write", 4), submit("read", 100)]) {
      device.abort(each);
      expect(each.isAborted).toBe(true);
    }
    completions.run();
    expect(ends).toEqual(["write 4 aborted", "read 100 aborted"]);
    for (const leg of legs) leg.tick(5);
    completions.run();
    expect(ends).toEqual(["write 4 aborted", "read 100 aborted", "write 0 ok"]);
    expect(left).toEqual([]);
  });
});
