import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { Job } from "../../lib/block/job";
import type { JobOp } from "../../lib/block/job";
import { RelayJournal } from "../../lib/mirror/relay-journal";
import { MemoryJournal } from "./support/memory-journal";

function jobOf(text: string, fields: { op?: JobOp; lba?: number } = {}): Job {
  const { op = "write", lba = 1 } = fields;
  const data = [...text].map((letter) => Buffer.from(letter));
  return new Job({ op, lba, blockCount: text.length, data, onDone: () => undefined });
}

/** What a process that starts now finds, as text. */
function foundIn(storage: MemoryJournal): string[] {
  const { found } = new RelayJournal(storage, crc32c);
  return found.map(
    ({ op, lba, blockCount, data }) =>
      `${op} ${lba}+${blockCount} ${Buffer.concat(data).toString()}`,
  );
}

describe("a relay journal", () => {
  it("[O-01] has all that was received early and has not ended, with its data, in its order", () => {
    const storage = new MemoryJournal();
    const journal = new RelayJournal(storage, crc32c);
    journal.received(1, jobOf("ab"), true);
    journal.received(2, jobOf("", { op: "unmap", lba: 9 }), true);
    journal.received(3, jobOf("c".repeat(64)), true);
    expect(foundIn(storage)).toEqual([
      "write 1+2 ab",
      "unmap 9+0 ",
      `write 1+64 ${"c".repeat(64)}`,
    ]);
    journal.ended(2);
    expect(foundIn(storage)).toEqual(["write 1+2 ab", `write 1+64 ${"c".repeat(64)}`]);
  });

  it("[O-01] has what is relayed while its host waits, which nobody is owed afterwards", () => {
    const storage = new MemoryJournal();
    const journal = new RelayJournal(storage, crc32c);
    journal.received(1, jobOf("ab"), false);
    expect(storage.bytes.includes("ab")).toBe(true);
    expect(foundIn(storage)).toEqual([]);
  });

  it("is empty on a medium of zeros, and where another's bytes stand", () => {
    expect(foundIn(new MemoryJournal())).toEqual([]);
    const storage = new MemoryJournal();
    storage.bytes.fill(0x5a);
    expect(foundIn(storage)).toEqual([]);
  });

  it("begins at the front again when nothing is under way, and what lies behind does not count", () => {
    const storage = new MemoryJournal();
    const journal = new RelayJournal(storage, crc32c);
    for (const id of [1, 2, 3]) journal.received(id, jobOf(`old ${id}`), true);
    for (const id of [3, 1, 2]) journal.ended(id);
    journal.received(4, jobOf("new"), true);
    expect(foundIn(storage)).toEqual(["write 1+3 new"]);
  });

  it("is full where its end is reached, keeps room for the ends, and begins anew after them", () => {
    const storage = new MemoryJournal(1024);
    const journal = new RelayJournal(storage, crc32c);
    let count = 0;
    while (journal.received(count + 1, jobOf("x".repeat(64)), true)) count++;
    expect(count).toBe(5);
    for (let id = 1; id <= count; id++) journal.ended(id);
    expect(foundIn(storage)).toEqual([]);
    expect(journal.received(99, jobOf("y"), true)).toBe(true);
    expect(foundIn(storage)).toEqual(["write 1+1 y"]);
  });

  it("goes on behind what it found, and is told when that has ended", () => {
    const storage = new MemoryJournal();
    new RelayJournal(storage, crc32c).received(1, jobOf("old"), true);
    const journal = new RelayJournal(storage, crc32c);
    journal.received(1, jobOf("new"), true);
    expect(foundIn(storage)).toEqual(["write 1+3 old", "write 1+3 new"]);
    journal.foundEnded(journal.found[0]?.sequence ?? 0);
    expect(foundIn(storage)).toEqual(["write 1+3 new"]);
  });

  it("says so where it cannot keep something, and has it not", () => {
    const storage = new MemoryJournal();
    const journal = new RelayJournal(storage, crc32c);
    storage.isFailing = true;
    expect(journal.received(1, jobOf("a"), true)).toBe(false);
    storage.isFailing = false;
    expect(journal.received(1, jobOf("b"), true)).toBe(true);
    expect(foundIn(storage)).toEqual(["write 1+1 b"]);
  });

  it("ends before what was not written whole", () => {
    const storage = new MemoryJournal();
    const journal = new RelayJournal(storage, crc32c);
    journal.received(1, jobOf("a"), true);
    journal.received(2, jobOf("b"), true);
    for (const torn of [128, 128 + 61, 192]) {
      const bytes = Buffer.from(storage.bytes);
      storage.bytes.writeUInt8((storage.bytes[torn] as number) ^ 1, torn);
      expect([torn, foundIn(storage)]).toEqual([torn, ["write 1+1 a"]]);
      bytes.copy(storage.bytes);
    }
  });

  it("has what a list in memory has, whatever comes, from seeds", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Prng(seed);
      const storage = new MemoryJournal(4096);
      let journal = new RelayJournal(storage, crc32c);
      const own = new Map<number, string>();
      let found: string[] = [];
      for (let step = 1; step <= 60; step++) {
        const ids = [...own.keys()];
        if (random.chance(0.5)) {
          const text = String.fromCharCode(97 + (step % 26)).repeat(1 + random.below(200));
          if (journal.received(step, jobOf(text), true)) own.set(step, text);
        } else if (ids.length > 0) {
          const id = random.pick(ids);
          journal.ended(id);
          own.delete(id);
        } else if (found.length > 0) {
          journal.foundEnded(journal.found[journal.found.length - found.length]?.sequence ?? 0);
          found.shift();
        }
        const expected = [...found, ...own.values()];
        const texts = new RelayJournal(storage, crc32c).found.map(({ data }) =>
          Buffer.concat(data).toString(),
        );
        expect({ seed, step, texts }).toEqual({ seed, step, texts: expected });
        if (found.length > 0 || !random.chance(0.1)) continue;
        journal = new RelayJournal(storage, crc32c);
        found = expected;
        own.clear();
      }
    }
  });
});
