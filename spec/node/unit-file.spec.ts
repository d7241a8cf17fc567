import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { crc32c } from "../../lib/node/crc32c";
import { SettingsError } from "../../lib/node/settings-error";
import { UnitFile } from "../../lib/node/unit-file";

/** What a unit remembers that has nothing to remember: its version alone. */
const NOTHING = Buffer.of(1);
/** Control mode page with SWP, saved. */
const PROTECTED = Buffer.from("01" + "020000000c" + "0a0a00100800" + "0000ffff0000", "hex");

let directory: string;
let path: string;
let reports: string[];
let completions: CompletionQueue;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  path = join(directory, "disk.img.unit");
  reports = [];
  completions = new CompletionQueue();
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

function open(identity: Uint8Array = Buffer.alloc(16, 7)): UnitFile {
  const report = (detail: string): void => void reports.push(detail);
  return new UnitFile({ path, identity, crc32c, completions, wake: () => undefined, report });
}

/** The answers to saves of these bytes, asked for at once. */
async function save(file: UnitFile, ...values: Uint8Array[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const bytes of values) file.save(bytes, (isKept) => answers.push(isKept));
  await file.close();
  expect(answers).toEqual([]);
  completions.run();
  return answers;
}

function refusal(identity?: Uint8Array): string {
  try {
    open(identity);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message.replace(path, "F");
  }
  return "nothing is refused";
}

describe("a unit's file", () => {
  it("is made by the first save, for its owner alone, and has the last again", async () => {
    const file = open();
    expect(file.found).toHaveLength(0);
    expect(fs.existsSync(path)).toBe(false);
    expect(await save(file, NOTHING)).toEqual([true]);
    expect(await save(file, NOTHING, PROTECTED)).toEqual([true, true]);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(Buffer.from(open().found)).toEqual(PROTECTED);
    expect(fs.readdirSync(directory)).toEqual(["disk.img.unit"]);
  });

  it("is the old one until the new one is there whole", async () => {
    await save(open(), PROTECTED);
    fs.writeFileSync(`${path}.new`, "half of");
    expect(Buffer.from(open().found)).toEqual(PROTECTED);
    expect(await save(open(), NOTHING)).toEqual([true]);
    expect(Buffer.from(open().found)).toEqual(NOTHING);
  });

  it("says so when it cannot be written, to who asked and to the log", async () => {
    const file = open();
    fs.mkdirSync(`${path}.new`);
    expect(await save(file, PROTECTED)).toEqual([false]);
    expect(reports.join()).toMatch(/^Unit file .*disk\.img\.unit cannot be written: EISDIR.*\.$/);
    fs.rmdirSync(`${path}.new`);
    expect(await save(file, PROTECTED)).toEqual([true]);
  });

  it("is refused when any byte of it is another, and left as it is", async () => {
    await save(open(), PROTECTED);
    const whole = fs.readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      fs.writeFileSync(path, bytes);
      expect(refusal()).toMatch(/^Unit file F is (none, or )?damaged.*\.$/);
      expect(fs.readFileSync(path)).toEqual(bytes);
    }
  });

  it.each([0, 31, 40])("is refused when it is cut off at %i bytes", async (length) => {
    await save(open(), PROTECTED);
    fs.truncateSync(path, length);
    expect(refusal()).toMatch(/^Unit file F is damaged: .*\.$/);
  });

  it("is refused when it is another disk's, too long, or no file", async () => {
    await save(open(), PROTECTED);
    const words = "is of another disk: move it away, or bring its disk";
    expect(refusal(Buffer.alloc(16, 8))).toBe(`Unit file F ${words}.`);
    fs.truncateSync(path, 1 << 20);
    expect(refusal()).toBe("Unit file F is too long to be one.");
    fs.rmSync(path);
    fs.mkdirSync(path);
    expect(refusal()).toMatch(/^Unit file F cannot be read: EISDIR.*\.$/);
  });

  it("is refused when nobody here knows what it remembers", async () => {
    await save(open(), Buffer.from("01" + "ff00000000", "hex"));
    expect(refusal()).toBe("Unit file F is of another version of this program.");
  });
});
