import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32c } from "../../lib/base/crc32c";
import { DiskFile } from "../../lib/node/disk-file";
import { FilePairStorage, memoryPairStorage } from "../../lib/node/pair-storage";
import { openStoreFile, type StoreFile } from "../../lib/node/store-file";
import { MAP_OFFSETS, PAIR_LENGTH, SUPERBLOCK_OFFSETS } from "../../lib/store/superblock";

const MAP = 1000;
const RECORD = Buffer.from("who is main, what differs");
let directory: string;
let path: string;
let reports: string[];

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  path = join(directory, "copy.img");
  reports = [];
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

interface Opened {
  readonly store: StoreFile;
  readonly storage: FilePairStorage;
  close(): void;
}

function open(): Opened {
  const report = (detail: string): unknown => reports.push(detail);
  const store = openStoreFile({
    ...{ path, size: 1024 * 1024, blockSize: 512, crc32c, createdMs: 5, creator: "spec" },
    ...{ report, entropy: (length: number) => Buffer.alloc(length, 7) },
  });
  const storage = new FilePairStorage(store, { mapLength: MAP, crc32c, report });
  const close = (): void => {
    storage.close();
    store.file.close();
  };
  return { store, storage, close };
}

/** Writes past the storage, as a crash or a broken disk would. */
function scribble(offset: number, bytes: Uint8Array): void {
  const fd = fs.openSync(path, "r+");
  fs.writeSync(fd, bytes, 0, bytes.length, offset);
  fs.closeSync(fd);
}

describe("the pair's state in a store's file", () => {
  it("is empty in a store made now, which says that it is new", () => {
    const opened = open();
    expect(opened.store.isNew).toBe(true);
    expect(opened.storage.record).toHaveLength(0);
    expect(opened.storage.map).toEqual(Buffer.alloc(MAP));
    opened.close();
    const again = open();
    expect(again.store.isNew).toBe(false);
    again.close();
  });

  it("is found by the next opening", () => {
    const first = open();
    expect(first.storage.saveRecord(Buffer.from("older"))).toBe(true);
    expect(first.storage.saveRecord(RECORD)).toBe(true);
    expect(first.storage.saveMap(990, Buffer.alloc(10, 3))).toBe(true);
    first.close();
    const { storage, close } = open();
    expect(Buffer.from(storage.record)).toEqual(Buffer.alloc(PAIR_LENGTH).fill(RECORD, 0, 25));
    expect(storage.map).toEqual(Buffer.alloc(MAP).fill(3, 990));
    close();
    expect(reports).toEqual([]);
  });

  it.each(SUPERBLOCK_OFFSETS)("survives a write torn in the superblock copy at %i", (offset) => {
    const first = open();
    first.storage.saveRecord(RECORD);
    first.close();
    scribble(offset + 200, Buffer.alloc(512, 1));
    const { storage, close } = open();
    expect(Buffer.from(storage.record.subarray(0, RECORD.length))).toEqual(RECORD);
    close();
  });

  it("counts as different what either copy of the map has", () => {
    const first = open();
    first.storage.saveMap(0, Buffer.from([0b1000]));
    first.close();
    scribble(MAP_OFFSETS[0] as number, Buffer.from([0b0001]));
    const { storage, close } = open();
    expect(storage.map[0]).toBe(0b1001);
    close();
  });

  it("stays when the store is opened and its holes are tried", () => {
    const whole = Buffer.alloc(448 * 1024, 0xff);
    open().close();
    for (const offset of MAP_OFFSETS) scribble(offset, whole);
    open().close();
    const bytes = fs.readFileSync(path);
    for (const offset of MAP_OFFSETS) {
      expect(bytes.subarray(offset, offset + whole.length).equals(whole)).toBe(true);
    }
  });

  it("leaves the data alone", () => {
    const { storage, close } = open();
    storage.saveRecord(Buffer.alloc(PAIR_LENGTH, 1));
    storage.saveMap(0, Buffer.alloc(MAP, 1));
    close();
    expect(
      fs
        .readFileSync(path)
        .subarray(1024 * 1024)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it("tells when it could not be kept", () => {
    const { store, close } = open();
    close();
    const full = new DiskFile(fs.openSync("/dev/full", "r+"), false);
    const report = (detail: string): unknown => reports.push(detail);
    const options = { mapLength: MAP, crc32c, report };
    const storage = new FilePairStorage({ ...store, path: "/dev/full", file: full }, options);
    expect(storage.saveRecord(RECORD)).toBe(false);
    expect(storage.saveMap(0, RECORD)).toBe(false);
    storage.close();
    full.close();
    expect(reports).toHaveLength(2);
    expect(reports[0]).toMatch(/^The state of the pair cannot be kept: ENOSPC.*\.$/);
  });
});

describe("the pair's state of a disk in memory", () => {
  it("is new in every process", () => {
    const storage = memoryPairStorage(MAP);
    expect([storage.saveRecord(RECORD), storage.saveMap(0, RECORD)]).toEqual([true, true]);
    expect([storage.record.length, storage.map.length]).toEqual([0, MAP]);
  });
});
