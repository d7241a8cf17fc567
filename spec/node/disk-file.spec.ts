import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskFile } from "../../lib/node/disk-file";

/** More chunks than one system call takes: the transfer goes on where it stopped. */
const MANY = 3000;

describe("DiskFile", () => {
  let directory: string;
  let file: DiskFile;

  beforeEach(() => {
    directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
    file = new DiskFile(fs.openSync(join(directory, "file"), "w+"), true);
  });
  afterEach(() => {
    file.close();
    fs.rmSync(directory, { recursive: true });
  });

  const numbered = (): Buffer[] => Array.from({ length: MANY }, (_, at) => Buffer.of(at, at >> 8));
  const empty = (): Buffer[] => Array.from({ length: MANY }, () => Buffer.alloc(2));

  it("reads and writes any number of chunks in place", () => {
    file.writeSync(numbered(), 5);
    const chunks = empty();
    file.readSync(chunks, 5);
    expect(Buffer.concat(chunks).equals(Buffer.concat(numbered()))).toBe(true);
  });

  it("reads and writes any number of chunks through the thread pool", async () => {
    await file.write(numbered(), 5);
    const chunks = empty();
    await file.read(chunks, 5);
    expect(Buffer.concat(chunks).equals(Buffer.concat(numbered()))).toBe(true);
  });

  it("fails to read beyond the end", async () => {
    file.writeSync([Buffer.alloc(10)], 0);
    const chunks = [Buffer.alloc(11)];
    expect(() => file.readSync(chunks, 0)).toThrow("the file ends before the data");
    await expect(file.read(chunks, 0)).rejects.toMatchObject({ code: "EIO" });
  });

  it.each([true, false])("zeros exactly the span, with holes or without (%s)", async (hasHoles) => {
    const length = 5 * 4096;
    const span = { start: 100, end: length - 100 };
    file.writeSync([Buffer.alloc(length, 1)], 0);
    await new DiskFile(file.fd, hasHoles).zero(span);
    const found = Buffer.alloc(length);
    file.readSync([found], 0);
    expect(found.equals(Buffer.alloc(length, 1).fill(0, span.start, span.end))).toBe(true);
    expect(fs.fstatSync(file.fd).size).toBe(length);
  });

  it("repeats a block over a span longer than one piece", async () => {
    const block = Buffer.from("0123456789abcdef");
    const length = 2.5 * 1024 * 1024;
    await file.repeat(block, { start: 16, end: 16 + length });
    const found = Buffer.alloc(length);
    file.readSync([found], 16);
    expect(found.equals(Buffer.alloc(length, block))).toBe(true);
    expect(fs.fstatSync(file.fd).size).toBe(16 + length);
  });
});
