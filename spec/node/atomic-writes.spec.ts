/**
 * An atomic write, cut off at every step: the disk and the file beside it are put together as a
 * killed process or a loss of power may leave them, opened as at a start, and read.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { AtomicWrites } from "../../lib/node/atomic-writes";
import { DiskFile } from "../../lib/node/disk-file";
import { openStoreFile, type StoreFile } from "../../lib/node/store-file";
import { DATA_OFFSET } from "../../lib/store/superblock";
import { encodeUndoHead, UNDO_HEAD_LENGTH } from "../../lib/store/undo-record";

const BLOCK = 512;
const SIZE = 64 * BLOCK;
const LBA = 8;
const BLOCKS = 40;
const IDENTITY = Buffer.alloc(16, 7);
const SEED = 4711;

/** Every block of either is like no other. */
const OLD = Buffer.from(Array.from({ length: SIZE }, (_, at) => 1 + (Math.floor(at / BLOCK) & 63)));
const NEW = Buffer.from(
  Array.from({ length: BLOCKS * BLOCK }, (_, at) => 128 + (Math.floor(at / BLOCK) & 63)),
);

type Name = "disk" | "beside";
type Step =
  | { readonly file: Name; readonly is: "write"; readonly at: number; readonly bytes: Buffer }
  | { readonly file: Name; readonly is: "sync" };
type Images = Readonly<Record<Name, Buffer>>;

/** Notes what is done to a file, when it has been done. */
class NotedFile extends DiskFile {
  readonly #name: Name;
  readonly #steps: Step[];
  /** The next writes fail so, when half of each has been written; undefined: it is written. */
  failures: (string | undefined)[] = [];

  constructor(path: string, name: Name, steps: Step[]) {
    super(fs.openSync(path, "r+"), false);
    this.#name = name;
    this.#steps = steps;
  }

  override async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const bytes = Buffer.concat(chunks);
    const code = this.failures.shift();
    const written = code === undefined ? bytes : bytes.subarray(0, bytes.length / 2);
    await super.write([written], position);
    this.#steps.push({ file: this.#name, is: "write", at: position, bytes: written });
    if (code !== undefined) throw Object.assign(new Error("made by the spec"), { code });
  }

  override async sync(): Promise<void> {
    await super.sync();
    this.#steps.push({ file: this.#name, is: "sync" });
  }
}

let directory: string;
let path: string;
let reports: string[];

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  path = join(directory, "disk.img");
  reports = [];
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

function open(size: number | null = SIZE): StoreFile {
  return openStoreFile({
    ...{ path, size, blockSize: BLOCK, crc32c, createdMs: 5, creator: "spec" },
    entropy: () => IDENTITY,
    report: (detail) => reports.push(detail),
  });
}

function contentOf(images: Images): Buffer {
  fs.writeFileSync(path, images.disk);
  fs.writeFileSync(`${path}.atomic`, images.beside);
  const { file } = open(null);
  const content = Buffer.alloc(SIZE);
  file.readSync([content], DATA_OFFSET);
  file.close();
  return content;
}

function put(into: Buffer, at: number, bytes: Uint8Array): Buffer {
  const image = Buffer.alloc(Math.max(into.length, at + bytes.length));
  into.copy(image);
  image.set(bytes, at);
  return image;
}

interface Rig {
  readonly atomic: AtomicWrites;
  readonly disk: NotedFile;
  readonly beside: NotedFile;
  readonly steps: readonly Step[];
  /** As they were before the first step. */
  readonly before: Images;
  read(): Buffer;
  close(): void;
}

/** A disk full of OLD, whose steps are noted from now on. */
function rig(): Rig {
  const { file, superblock } = open();
  file.writeSync([OLD], DATA_OFFSET);
  file.close();
  const besidePath = join(directory, "beside");
  fs.writeFileSync(besidePath, Buffer.alloc(UNDO_HEAD_LENGTH));
  const steps: Step[] = [];
  const disk = new NotedFile(path, "disk", steps);
  const beside = new NotedFile(besidePath, "beside", steps);
  const before = { disk: fs.readFileSync(path), beside: fs.readFileSync(besidePath) };
  const ports = { sync: () => disk.sync(), openBeside: () => beside };
  const atomic = new AtomicWrites({ path, file: disk, superblock }, ports);
  return {
    ...{ atomic, disk, beside, steps, before },
    read() {
      const content = Buffer.alloc(SIZE);
      disk.readSync([content], DATA_OFFSET);
      return content;
    },
    close() {
      atomic.close();
      disk.close();
    },
  };
}

async function recorded(): Promise<Pick<Rig, "steps" | "before">> {
  const { atomic, steps, before, close } = rig();
  await atomic.write(LBA, [NEW.subarray(0, 700), NEW.subarray(700)]);
  close();
  return { steps, before };
}

/** What a process that is killed within step `index` leaves: of a write, so many bytes. */
function afterKill(
  { steps, before }: Pick<Rig, "steps" | "before">,
  index: number,
  cut: number,
): Images {
  const images = { ...before };
  for (const [at, step] of steps.entries()) {
    if (step.is === "sync" || at > index) continue;
    const bytes = at === index ? step.bytes.subarray(0, cut) : step.bytes;
    images[step.file] = put(images[step.file], step.at, bytes);
  }
  return images;
}

/** What a loss of power within step `index` leaves: all that was synced, and any sectors else. */
function afterPowerLoss(
  { steps, before }: Pick<Rig, "steps" | "before">,
  index: number,
  prng: Prng,
): Images {
  const images = { ...before };
  for (const [at, step] of steps.entries()) {
    if (step.is === "sync" || at > index) continue;
    const isStable = steps.some(
      (later, when) => when > at && when < index && later.is === "sync" && later.file === step.file,
    );
    const chance = prng.pick([0.05, 0.5, 0.95]);
    for (let from = 0; from < step.bytes.length; from += BLOCK) {
      if (!isStable && !prng.chance(chance)) continue;
      const sector = step.bytes.subarray(from, from + BLOCK);
      images[step.file] = put(images[step.file], step.at + from, sector);
    }
  }
  return images;
}

const DONE = put(OLD, LBA * BLOCK, NEW);

function outcomeOf(content: Buffer): "old" | "new" | "half" {
  return content.equals(OLD) ? "old" : content.equals(DONE) ? "new" : "half";
}

describe("An atomic write of a disk in a file", () => {
  it("keeps what was there, writes in place and forgets, each stable before the next", async () => {
    const { steps } = await recorded();
    const course = steps.map(({ file, is }) => `${is} ${file}`);
    expect(course).toEqual([
      ...["write beside", "sync beside"],
      ...["write disk", "sync disk"],
      ...["write beside", "sync beside"],
    ]);
  });

  it("is done or not begun, wherever its process is killed", async () => {
    const run = await recorded();
    const seen = new Set<string>();
    for (const [index, step] of run.steps.entries()) {
      const length = step.is === "write" ? step.bytes.length : 0;
      for (const cut of [0, 1, BLOCK, 4096, 4097, Math.floor(length / 2), length - 1, length]) {
        const images = afterKill(run, index, Math.max(0, Math.min(cut, length)));
        const outcome = outcomeOf(contentOf(images));
        expect({ index, cut, isHalf: outcome === "half" }).toEqual({ index, cut, isHalf: false });
        seen.add(
          `${outcome} without what is beside: ${outcomeOf(contentOf({ ...images, beside: run.before.beside }))}`,
        );
      }
    }
    // The file beside it is what makes the difference.
    expect(seen).toContain("old without what is beside: half");
    expect(seen).toContain("new without what is beside: new");
  });

  it(`is done or not begun, wherever the power is lost (seed ${SEED})`, async () => {
    const run = await recorded();
    const prng = new Prng(SEED);
    const seen = new Set<string>();
    for (let index = 0; index < run.steps.length; index++) {
      for (let round = 0; round < 25; round++) {
        const outcome = outcomeOf(contentOf(afterPowerLoss(run, index, prng)));
        expect({ index, round, isHalf: outcome === "half" }).toEqual({
          index,
          round,
          isHalf: false,
        });
        seen.add(outcome);
      }
    }
    expect(seen).toEqual(new Set(["old", "new"]));
  });

  it("is there when it has ended, and is not undone any more after later writes", async () => {
    const run = await recorded();
    const images = afterPowerLoss(run, run.steps.length, new Prng(SEED));
    const later = put(images.disk, DATA_OFFSET + LBA * BLOCK, OLD.subarray(0, BLOCK));
    expect(outcomeOf(contentOf(images))).toBe("new");
    expect(contentOf({ ...images, disk: later }).subarray(LBA * BLOCK, (LBA + 1) * BLOCK)).toEqual(
      OLD.subarray(0, BLOCK),
    );
    expect(reports).toEqual([]);
  });

  it("is undone once, and that is told", async () => {
    const run = await recorded();
    const images = afterKill(run, 2, 9 * BLOCK);
    expect(outcomeOf(contentOf(images))).toBe("old");
    expect(reports).toEqual([
      `An atomic write of store file ${path} was cut off: it has been undone.`,
    ]);
    open(null).file.close();
    expect(reports).toHaveLength(1);
  });

  it("goes after those that came before it, of which one is under way at a time", async () => {
    const { atomic, steps, read, close } = rig();
    await Promise.all([atomic.write(LBA, [NEW]), atomic.write(LBA, [OLD.subarray(0, BLOCK)])]);
    expect(steps).toHaveLength(12);
    expect(read().subarray(LBA * BLOCK, (LBA + 2) * BLOCK)).toEqual(
      Buffer.concat([OLD.subarray(0, BLOCK), NEW.subarray(BLOCK, 2 * BLOCK)]),
    );
    close();
  });
});

describe("An atomic write that fails", () => {
  it("leaves the blocks as they were where there is no space for all of them", async () => {
    const { atomic, disk, read, close } = rig();
    // Nor for all of what was there.
    disk.failures = ["ENOSPC", "ENOSPC"];
    await expect(atomic.write(LBA, [NEW])).rejects.toMatchObject({ code: "ENOSPC" });
    expect(outcomeOf(read())).toBe("old");
    await atomic.write(LBA, [NEW]);
    expect(outcomeOf(read())).toBe("new");
    close();
  });

  it("is not begun where what was there cannot be kept", async () => {
    const { atomic, beside, steps, read, close } = rig();
    beside.failures = ["ENOSPC"];
    await expect(atomic.write(LBA, [NEW])).rejects.toMatchObject({ code: "ENOSPC" });
    expect(outcomeOf(read())).toBe("old");
    expect(steps.filter(({ file }) => file === "disk")).toEqual([]);
    await atomic.write(LBA, [NEW]);
    expect(outcomeOf(read())).toBe("new");
    close();
  });

  it("is the last one where what was there cannot be forgotten", async () => {
    const { atomic, beside, close } = rig();
    beside.failures = [undefined, "EIO"];
    await expect(atomic.write(LBA, [NEW])).rejects.toMatchObject({ code: "EIO" });
    await expect(atomic.write(LBA, [NEW])).rejects.toThrow("could not be ended");
    close();
  });
});

describe("What stands beside a disk", () => {
  function record(identity: Uint8Array): Buffer {
    const before = Buffer.alloc(BLOCK, 9);
    const head = { identity, lba: 3, blockCount: 1, dataChecksum: crc32c(before) };
    return Buffer.concat([encodeUndoHead(head, crc32c), before]);
  }

  it("is undone if it is whole, and of this disk", () => {
    open().file.close();
    const content = contentOf({ disk: fs.readFileSync(path), beside: record(IDENTITY) });
    expect(content.subarray(3 * BLOCK, 4 * BLOCK)).toEqual(Buffer.alloc(BLOCK, 9));
  });

  it("is refused if it is of another disk", () => {
    open().file.close();
    const disk = fs.readFileSync(path);
    const beside = record(Buffer.alloc(16, 8));
    expect(() => contentOf({ disk, beside })).toThrow("undoes a write of another disk");
    expect(fs.readFileSync(path)).toEqual(disk);
  });

  it("is forgotten if the disk is made anew", () => {
    fs.writeFileSync(`${path}.atomic`, record(IDENTITY));
    for (let round = 0; round < 2; round++) {
      const { file } = open();
      const content = Buffer.alloc(SIZE);
      file.readSync([content], DATA_OFFSET);
      file.close();
      expect(content).toEqual(Buffer.alloc(SIZE));
    }
    expect(reports).toEqual([]);
  });
});
