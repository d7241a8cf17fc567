/**
 * The one suite that every BlockDevice, store or layer, has to pass. `make` gives a fresh, empty
 * device; the suite drives it to completion and compares it with a plain array.
 */
import { Prng } from "../../lib/base/prng";
import type { CompletionQueue } from "../../lib/block/completion-queue";
import type { BlockDevice } from "../../lib/block/device";
import { Job, type JobStatus } from "../../lib/block/job";

export interface Subject {
  readonly device: BlockDevice;
  readonly completions: CompletionQueue;
  /** Lets time pass for a device that needs it. */
  readonly elapse?: () => unknown;
  readonly close?: () => Promise<void>;
}

type JobFields = Omit<ConstructorParameters<typeof Job>[0], "onDone">;

/** Submits all jobs at once; resolves to how each ended. */
export async function perform(subject: Subject, ...jobs: JobFields[]): Promise<JobStatus[]> {
  const ends: JobStatus[] = [];
  let left = jobs.length;
  jobs.forEach((fields, index) => {
    const onDone = (job: Job): void => {
      ends[index] = job.status;
      left--;
    };
    subject.device.submit(new Job({ ...fields, onDone }));
  });
  while (left > 0) await settle(subject);
  return ends;
}

/** One step of the world around the device. */
export async function settle(subject: Subject): Promise<void> {
  subject.elapse?.();
  subject.completions.run();
  await new Promise((resolve) => setImmediate(resolve));
  subject.completions.run();
}

export async function read(subject: Subject, lba: number, blockCount: number): Promise<Buffer> {
  const data = Buffer.alloc(blockCount * subject.device.geometry.blockSize, 0xee);
  const [status] = await perform(subject, { op: "read", lba, blockCount, data: [data] });
  expect(status).toBe("ok");
  return data;
}

export async function write(subject: Subject, lba: number, data: Uint8Array): Promise<void> {
  const blockCount = data.length / subject.device.geometry.blockSize;
  expect(await perform(subject, { op: "write", lba, blockCount, data: [data] })).toEqual(["ok"]);
}

/** Bytes that look random; no two blocks of them are alike. */
function noise(length: number, prng: Prng): Buffer {
  return Buffer.alloc(length, prng.bytes(1021));
}

/** Cuts bytes into chunks of odd lengths. */
function cut(bytes: Buffer, prng: Prng): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Math.min(1 + prng.below(3000), bytes.length - at);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

/** What a device should hold after a job, in the plainest form, and how the job should end. */
function applyTo(model: Buffer, blockSize: number, job: JobFields): JobStatus {
  const [start, end] = [job.lba * blockSize, (job.lba + job.blockCount) * blockSize];
  if (job.op === "write" || job.op === "write-atomic")
    Buffer.concat(job.data ?? []).copy(model, start);
  if (job.op === "unmap") model.fill(0, start, end);
  if (job.op === "write-same") model.fill(job.data?.[0] as Uint8Array, start, end);
  const data = Buffer.concat(job.data ?? []);
  if (job.op === "or-write") {
    for (const [at, byte] of data.entries())
      model[start + at] = (model[start + at] as number) | byte;
  }
  if (job.op !== "compare-and-write") return "ok";
  if (!data.subarray(0, end - start).equals(model.subarray(start, end))) return "miscompare";
  data.copy(model, start, end - start);
  return "ok";
}

const OPS = [
  "read",
  "write",
  "write",
  "unmap",
  "write-same",
  "flush",
  "compare-and-write",
  "or-write",
  "write-atomic",
] as const;

/** A job on a device that holds what the model holds: half of what it compares is the same. */
function randomJob(prng: Prng, geometry: BlockDevice["geometry"], model: Buffer): JobFields {
  const { blockSize, blockCount: size } = geometry;
  const op = prng.pick(OPS);
  const lba = prng.below(size);
  const blockCount = 1 + prng.below(Math.min(size - lba, prng.chance(0.1) ? size : 40));
  const fua = prng.chance(0.05);
  if (op === "flush") return { op, lba: 0, blockCount: 0 };
  if (op === "unmap") return { op, lba, blockCount, fua };
  if (op === "read") return { op, lba, blockCount, data: [Buffer.alloc(blockCount * blockSize)] };
  if (op === "compare-and-write") {
    const expected = Buffer.from(model.subarray(lba * blockSize, (lba + blockCount) * blockSize));
    if (prng.chance(0.5)) expected.writeUInt8(prng.below(256), prng.below(expected.length));
    const data = cut(Buffer.concat([expected, noise(expected.length, prng)]), prng);
    return { op, lba, blockCount, fua, data };
  }
  const isZero = op === "write-same" && prng.chance(0.3);
  const length = op === "write-same" ? blockSize : blockCount * blockSize;
  const data = isZero ? Buffer.alloc(length) : noise(length, prng);
  return { op, lba, blockCount, fua, data: op === "write-same" ? [data] : cut(data, prng) };
}

/** Declares the suite for one kind of device, of at least 512 blocks. */
export function complianceOf(name: string, make: () => Promise<Subject> | Subject): void {
  describe(`${name} as a BlockDevice`, () => {
    let subject: Subject;
    const size = (): number => subject.device.geometry.blockSize;
    const last = (): number => subject.device.geometry.blockCount - 1;
    const pattern = (blocks: number, seed = 1): Buffer => noise(blocks * size(), new Prng(seed));

    /** Between two blocks of zeros. */
    const surrounded = (data: Buffer): Buffer =>
      Buffer.concat([Buffer.alloc(size()), data, Buffer.alloc(size())]);

    beforeEach(async () => {
      subject = await make();
    });
    afterEach(async () => {
      await subject.close?.();
    });

    it("has an identity of 16 bytes and blocks of 512 or 4096 bytes", () => {
      expect(subject.device.identity).toHaveLength(16);
      expect([512, 4096]).toContain(size());
    });

    it("reads zeros where nothing was written, first and last block", async () => {
      expect(await read(subject, 0, 2)).toEqual(Buffer.alloc(2 * size()));
      expect(await read(subject, last(), 1)).toEqual(Buffer.alloc(size()));
    });

    it.each([
      ["the first block", () => 0, 1],
      ["the last block", () => last(), 1],
      ["the whole disk", () => 0, null],
      ["blocks across 64 KiB", () => 65536 / size() - 3, 7],
    ])("reads what was written at %s and nothing beside it", async (_, lba, blocks) => {
      const data = pattern(blocks ?? last() + 1);
      await write(subject, lba(), data);
      expect((await read(subject, lba(), data.length / size())).equals(data)).toBe(true);
      const before = lba() > 0 ? await read(subject, lba() - 1, 1) : Buffer.alloc(size());
      expect(before).toEqual(Buffer.alloc(size()));
    });

    it("takes and fills chunks of any lengths", async () => {
      const data = pattern(33);
      const chunks = cut(data, new Prng(7));
      await perform(subject, { op: "write", lba: 5, blockCount: 33, data: chunks });
      const into = cut(Buffer.alloc(data.length), new Prng(8));
      await perform(subject, { op: "read", lba: 5, blockCount: 33, data: into });
      expect(Buffer.concat(into).equals(data)).toBe(true);
    });

    it("keeps the later of two writes that overlap", async () => {
      await write(subject, 10, pattern(8, 1));
      await write(subject, 14, pattern(8, 2));
      const whole = Buffer.concat([pattern(8, 1).subarray(0, 4 * size()), pattern(8, 2)]);
      expect((await read(subject, 10, 12)).equals(whole)).toBe(true);
    });

    it("reads unmapped blocks as zeros and leaves their neighbours", async () => {
      const data = pattern(400);
      await write(subject, 0, data);
      await perform(subject, { op: "unmap", lba: 3, blockCount: 390 });
      data.fill(0, 3 * size(), 393 * size());
      expect((await read(subject, 0, 400)).equals(data)).toBe(true);
    });

    it.each([
      ["a pattern", 3],
      ["zeros", null],
    ])("repeats one block of %s by write-same", async (_, seed) => {
      const data = pattern(400);
      const block = seed === null ? Buffer.alloc(size()) : pattern(1, seed);
      await write(subject, 0, data);
      const job = { lba: 1, blockCount: 398, data: [block] };
      expect(await perform(subject, { op: "write-same", ...job })).toEqual(["ok"]);
      data.fill(block, size(), 399 * size());
      expect((await read(subject, 0, 400)).equals(data)).toBe(true);
    });

    it("writes by compare-and-write if all blocks are what they should be", async () => {
      const [before, after] = [pattern(33, 1), pattern(33, 2)];
      await write(subject, 100, before);
      const data = cut(Buffer.concat([before, after]), new Prng(9));
      const job = { op: "compare-and-write", lba: 100, blockCount: 33, fua: true, data } as const;
      expect(await perform(subject, job)).toEqual(["ok"]);
      expect((await read(subject, 99, 35)).equals(surrounded(after))).toBe(true);
      expect(await perform(subject, job)).toEqual(["miscompare"]);
    });

    it.each([
      ["first", () => 0],
      ["last", () => 33 * size() - 1],
      ["one in between", () => 7 * size() + 5],
    ])("writes nothing if the %s byte differs, and tells where", async (_, at) => {
      const before = pattern(33, 1);
      await write(subject, 100, before);
      const expected = Buffer.from(before);
      for (const wrong of [at(), expected.length - 1]) {
        expected[wrong] = (before[wrong] as number) ^ 1;
      }
      const data = cut(Buffer.concat([expected, pattern(33, 2)]), new Prng(9));
      const ends: Job[] = [];
      const onDone = (job: Job): void => void ends.push(job);
      const fields = { op: "compare-and-write", lba: 100, blockCount: 33, data, onDone } as const;
      subject.device.submit(new Job(fields));
      while (ends.length === 0) await settle(subject);
      expect(ends[0]).toMatchObject({ status: "miscompare", miscompareAt: at() });
      expect((await read(subject, 99, 35)).equals(surrounded(before))).toBe(true);
    });

    it("lets one of many compare-and-writes on the same blocks win", async () => {
      const zeros = Buffer.alloc(40 * size());
      const versions = Array.from({ length: 16 }, (_, index) =>
        Buffer.alloc(40 * size(), index + 1),
      );
      const job = { op: "compare-and-write", lba: 60, blockCount: 40 } as const;
      const jobs = versions.map((version) => ({ ...job, data: [zeros, version] }));
      const ends = await perform(subject, ...jobs);
      expect(ends.filter((status) => status === "ok")).toHaveLength(1);
      expect(ends.filter((status) => status === "miscompare")).toHaveLength(15);
      const winner = versions[ends.indexOf("ok")] as Buffer;
      expect((await read(subject, 60, 40)).equals(winner)).toBe(true);
    });

    it("lets nothing come between the comparison and the write", async () => {
      const [zeros, ones, twos] = [0, 1, 2].map((fill) => Buffer.alloc(40 * size(), fill));
      const swap = { op: "compare-and-write", blockCount: 40 } as const;
      const [first, plain, second] = await perform(
        subject,
        { ...swap, lba: 80, data: [zeros as Buffer, ones as Buffer] },
        { op: "write", lba: 100, blockCount: 40, data: [twos as Buffer] },
        { ...swap, lba: 80, data: [ones as Buffer, zeros as Buffer] },
      );
      expect(plain).toBe("ok");
      const found = await read(subject, 80, 60);
      // Whoever came first, the write is never swapped away again: nobody expects what it wrote.
      expect(found.subarray(20 * size()).equals(Buffer.alloc(40 * size(), 2))).toBe(true);
      const isSwapped = first === "ok" && second === "miscompare";
      expect(
        found.subarray(0, 20 * size()).equals(Buffer.alloc(20 * size(), isSwapped ? 1 : 0)),
      ).toBe(true);
    });

    it("adds by or-write the bits that blocks do not have", async () => {
      const [before, added] = [pattern(33, 1), pattern(33, 2)];
      await write(subject, 100, before);
      const data = cut(added, new Prng(9));
      const job = { op: "or-write", lba: 100, blockCount: 33, fua: true, data } as const;
      expect(await perform(subject, job)).toEqual(["ok"]);
      const both = before.map((byte, at) => byte | (added[at] as number));
      expect((await read(subject, 99, 35)).equals(surrounded(Buffer.from(both)))).toBe(true);
      expect(added.equals(pattern(33, 2))).toBe(true);
    });

    it("loses no bit of many or-writes on the same blocks", async () => {
      const adds = Array.from({ length: 8 }, (_, bit) => ({
        op: "or-write" as const,
        lba: 60 + bit,
        blockCount: 40,
        data: [Buffer.alloc(40 * size(), 1 << bit)],
      }));
      expect(new Set(await perform(subject, ...adds))).toEqual(new Set(["ok"]));
      const found = await read(subject, 67, 33);
      expect(found.equals(Buffer.alloc(33 * size(), 0xff))).toBe(true);
    });

    it("writes atomically what is read back, and nothing beside it", async () => {
      const data = cut(pattern(33), new Prng(9));
      const job = { op: "write-atomic", lba: 100, blockCount: 33, data } as const;
      expect(await perform(subject, job)).toEqual(["ok"]);
      expect((await read(subject, 99, 35)).equals(surrounded(pattern(33)))).toBe(true);
    });

    it("ends flushes and writes with FUA", async () => {
      const write = { op: "write", fua: true, blockCount: 1 } as const;
      const ends = await perform(
        subject,
        { ...write, lba: 0, data: [pattern(1)] },
        { op: "flush", lba: 0, blockCount: 0 },
        { ...write, lba: 1, data: [pattern(1)] },
        { op: "flush", lba: 0, blockCount: 2 },
      );
      expect(ends).toEqual(["ok", "ok", "ok", "ok"]);
    });

    it("ends every job exactly once and never inside submit", async () => {
      const ends = new Map<Job, number>();
      const onDone = (job: Job): void => void ends.set(job, (ends.get(job) ?? 0) + 1);
      const prng = new Prng(3);
      const { geometry } = subject.device;
      const model = Buffer.alloc(geometry.blockCount * geometry.blockSize);
      for (let count = 0; count < 100; count++) {
        const fields = randomJob(prng, geometry, model);
        const job = new Job({ ...fields, onDone });
        subject.device.submit(job);
        expect(ends.has(job)).toBe(false);
      }
      while (ends.size < 100) await settle(subject);
      await settle(subject);
      expect([...ends.values()].every((count) => count === 1)).toBe(true);
    });

    it("ends an aborted job once, as aborted or as it was", async () => {
      const ends: JobStatus[] = [];
      const onDone = (job: Job): void => void ends.push(job.status);
      const blocks = subject.device.geometry.blockCount;
      for (let count = 0; count < 3; count++) {
        const job = new Job({ op: "unmap", lba: 0, blockCount: blocks, onDone });
        subject.device.submit(job);
        subject.device.abort(job);
        expect(job.isAborted).toBe(true);
      }
      while (ends.length < 3) await settle(subject);
      await settle(subject);
      expect(ends.every((status) => status === "ok" || status === "aborted")).toBe(true);
      expect(ends).toHaveLength(3);
    });

    it("lets jobs on the same blocks land one after the other, in any order", async () => {
      const versions = Array.from({ length: 16 }, (_, index) =>
        Buffer.alloc(300 * size(), index + 1),
      );
      const job = { op: "write", lba: 100, blockCount: 300 } as const;
      await perform(subject, ...versions.map((data) => ({ ...job, data: [data] })));
      const found = await read(subject, 100, 300);
      expect(versions.some((version) => version.equals(found))).toBe(true);
    });

    it.each([11, 12, 13])("behaves like a plain array (seed %i)", async (seed) => {
      const prng = new Prng(seed);
      const { geometry } = subject.device;
      const model = Buffer.alloc(geometry.blockCount * geometry.blockSize);
      for (let count = 0; count < 150; count++) {
        const job = randomJob(prng, geometry, model);
        expect([job.op, ...(await perform(subject, job))]).toEqual([
          job.op,
          applyTo(model, geometry.blockSize, job),
        ]);
        if (job.op !== "read") continue;
        const start = job.lba * geometry.blockSize;
        const found = job.data?.[0] as Buffer;
        expect(found.equals(model.subarray(start, start + found.length))).toBe(true);
      }
      expect((await read(subject, 0, geometry.blockCount)).equals(model)).toBe(true);
    });
  });
}
