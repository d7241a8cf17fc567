import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32c } from "../../lib/base/crc32c";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job } from "../../lib/block/job";
import { FileStore } from "../../lib/node/file-store";
import { openStoreFile, type StoreFileOptions } from "../../lib/node/store-file";
import { DATA_OFFSET, SUPERBLOCK_OFFSETS } from "../../lib/store/superblock";
import {
  complianceOf,
  perform,
  read,
  settle,
  write,
  type Subject,
} from "../block/device-compliance";

const SIZE = 1024 * 1024;
const reports: string[] = [];
let directory: string;
let path: string;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  path = join(directory, "disk.img");
  reports.length = 0;
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

type FileSubject = Subject & { device: FileStore; close: () => Promise<void> };

function open(
  options: Partial<StoreFileOptions> = {},
  now: () => number = () => performance.now(),
): FileSubject {
  const completions = new CompletionQueue();
  const file = openStoreFile({
    path,
    size: SIZE,
    blockSize: 512,
    crc32c,
    entropy: (length) => Buffer.alloc(length, 7),
    createdMs: 5,
    creator: "spec",
    report: (detail) => reports.push(detail),
    ...options,
  });
  const report = (detail: string): unknown => reports.push(detail);
  const device = new FileStore(file, { completions, wake: () => undefined, now, report });
  return { device, completions, close: () => device.close() };
}

/** A clock by which every operation takes 3 ms: nearly all go through the thread pool. */
function slowClock(): () => number {
  let nowMs = 0;
  return () => (nowMs += 3);
}

complianceOf("FileStore", () => open());
complianceOf("FileStore on a slow disk", () =>
  open({ blockSize: 4096, size: 4 * SIZE }, slowClock()),
);

describe("FileStore", () => {
  it("keeps data, capacity and identity from one opening to the next", async () => {
    const first = open({ entropy: (length) => Buffer.alloc(length, 9) });
    await write(first, 2047, Buffer.alloc(512, 1));
    await first.close();
    const second = open({ size: null });
    expect(second.device.geometry).toEqual({ blockSize: 512, blockCount: 2048 });
    expect(second.device.identity).toEqual(new Uint8Array(16).fill(9));
    expect(await read(second, 2047, 1)).toEqual(Buffer.alloc(512, 1));
    await second.close();
  });

  it("asks for the time once for each small job of those that come together, and once before", async () => {
    let asked = 0;
    const subject = open({}, () => ++asked / 1000);
    for (const lba of [0, 8, 16]) {
      const data = [Buffer.alloc(512)];
      subject.device.submit(new Job({ op: "read", lba, blockCount: 1, data, onDone: () => {} }));
    }
    subject.completions.run();
    expect(asked).toBe(4);
    await subject.close();
  });

  it("is made for its owner alone, in a directory made if need be, taking no space yet", async () => {
    path = join(directory, "a", "b", "disk.img");
    const subject = open({ size: 2 ** 40 });
    const stat = fs.statSync(path);
    expect(stat.mode & 0o777).toBe(0o600);
    expect(stat.size).toBe(DATA_OFFSET + 2 ** 40);
    expect(stat.blocks * 512).toBeLessThan(128 * 1024);
    await subject.close();
  });

  it.each([
    ["unmap", []],
    ["write-same", [Buffer.alloc(512)]],
  ] as const)("gives the space of zeros by %s back", async (op, data) => {
    const subject = open();
    await write(subject, 0, Buffer.alloc(SIZE, 1));
    await perform(subject, { op: "flush", lba: 0, blockCount: 0 });
    const before = fs.statSync(path).blocks;
    await perform(subject, { op, lba: 1, blockCount: 2046, data });
    expect(before - fs.statSync(path).blocks).toBeGreaterThan((SIZE - 16384) / 512);
    await subject.close();
  });

  it("ends jobs that wait for others as aborted when asked to", async () => {
    const subject = open({}, slowClock());
    const ends: string[] = [];
    const submit = (): Job => {
      const data = [Buffer.alloc(SIZE)];
      const onDone = (job: Job): void => void ends.push(job.status);
      const job = new Job({ op: "write", lba: 0, blockCount: 2048, data, onDone });
      subject.device.submit(job);
      return job;
    };
    const [, second, third] = [submit(), submit(), submit()];
    subject.device.abort(second as Job);
    while (ends.length < 3) await settle(subject);
    expect(ends.sort()).toEqual(["aborted", "ok", "ok"]);
    expect([second?.status, third?.status]).toEqual(["aborted", "ok"]);
    await subject.close();
  });

  it("reports a medium error where the file was cut behind its back", async () => {
    const subject = open();
    fs.truncateSync(path, DATA_OFFSET);
    const job = { lba: 3, blockCount: 1, data: [Buffer.alloc(512)] };
    expect(await perform(subject, { op: "read", ...job })).toEqual(["medium-error"]);
    expect(reports).toEqual(["read of 1 blocks at 3: the file ends before the data"]);
    await subject.close();
  });

  it("loses no write that was done when its process is killed", async () => {
    const writer = join(__dirname, "file-store-writer.ts");
    const child = spawn(process.execPath, ["--import", "tsx", writer, path]);
    let told = "";
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk: Buffer) => {
        told += chunk.toString();
        if (told.length > 1000) child.kill("SIGKILL");
      });
      child.on("close", () => resolve());
    });
    const done = told.split("\n").slice(0, -1).map(Number);
    expect(done.length).toBeGreaterThan(100);
    const subject = open();
    for (const lba of done.slice(-2048)) {
      expect((await read(subject, lba, 1)).equals(Buffer.alloc(512, lba % 256))).toBe(true);
    }
    await subject.close();
  }, 60_000);
});

describe("A store file", () => {
  async function makeStore(): Promise<void> {
    await open().close();
  }
  function overwrite(offset: number, bytes: Uint8Array): void {
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, bytes, 0, bytes.length, offset);
    fs.closeSync(fd);
  }

  it("is refused while somebody else has it open, and free when they close it", async () => {
    const holder = open();
    expect(() => open()).toThrow(`Store file ${path} is in use by another process.`);
    await holder.close();
    await open().close();
  });

  it.each([
    ["cut short", () => fs.truncateSync(path, DATA_OFFSET), "shorter than the 2097152 its"],
    ["without superblock", () => overwriteBoth(), "both copies are damaged"],
    ["of another's making", () => fs.writeFileSync(path, "hello"), "is no twinlun store"],
    ["of zeros", () => fs.writeFileSync(path, Buffer.alloc(SIZE)), "is no twinlun store"],
    ["replaced by a directory", () => replaceByDirectory(), "is a directory"],
    ["gone", () => fs.unlinkSync(path), "does not exist, and no size is given", { size: null }],
    ["of other blocks", () => 0, "blocks of 512 bytes, and 4096 are asked", { blockSize: 4096 }],
    ["of other size", () => 0, "holds 1048576 bytes, and 2097152 are asked", { size: 2 * SIZE }],
  ])(
    "%s is refused in a sentence and left as it is",
    async (_, change, words, asked: Partial<StoreFileOptions> = {}) => {
      await makeStore();
      change();
      const before = fs.existsSync(path) && fs.statSync(path).isFile() && fs.readFileSync(path);
      expect(() => open(asked)).toThrow(words);
      const after = fs.existsSync(path) && fs.statSync(path).isFile() && fs.readFileSync(path);
      expect(after).toEqual(before);
    },
  );
  function overwriteBoth(): void {
    for (const offset of SUPERBLOCK_OFFSETS) overwrite(offset + 200, Buffer.from("x"));
  }
  function replaceByDirectory(): void {
    fs.unlinkSync(path);
    fs.mkdirSync(path);
  }

  it("with one damaged superblock copy is used and healed", async () => {
    await makeStore();
    overwrite(0, Buffer.alloc(4096));
    await open().close();
    expect(reports).toEqual([
      `Store file ${path} had a damaged superblock copy, written again from the other.`,
    ]);
    overwrite(SUPERBLOCK_OFFSETS[1] as number, Buffer.alloc(4096));
    await open().close();
    expect(reports).toHaveLength(2);
    await open().close();
    expect(reports).toHaveLength(2);
  });

  it("that is empty is taken as one to be made", async () => {
    fs.writeFileSync(path, "");
    await open().close();
    expect(fs.statSync(path).size).toBe(DATA_OFFSET + SIZE);
  });
});
