import { Job } from "../../lib/block/job";
import { compare, halvesOf } from "../../lib/store/compare";

function job(...chunks: readonly string[]): Job {
  const data = chunks.map((chunk) => Buffer.from(chunk));
  return new Job({ op: "compare-and-write", lba: 0, blockCount: 1, data, onDone: () => {} });
}

describe("The halves of a compare-and-write", () => {
  it("are views, wherever the chunks were cut", () => {
    const swap = job("ab", "cdef", "gh", "");
    const { expected, replacement } = halvesOf(swap);
    expect(Buffer.concat(expected).toString()).toBe("abcd");
    expect(Buffer.concat(replacement).toString()).toBe("efgh");
    const buffers = new Set(swap.data.map((view) => view.buffer));
    for (const view of [...expected, ...replacement]) expect(buffers).toContain(view.buffer);
  });
});

describe("The comparison", () => {
  it.each([
    { stored: "abcdef", status: "ok", at: 0 },
    { stored: "Abcdef", status: "miscompare", at: 0 },
    { stored: "abCDEF", status: "miscompare", at: 2 },
    { stored: "abcdeF", status: "miscompare", at: 5 },
  ])("of abcdef with $stored is $status at $at", ({ stored, status, at }) => {
    const swap = job("ab", "c", "def123456");
    expect(compare(swap, Buffer.from(stored))).toBe(status);
    expect(swap.miscompareAt).toBe(at);
  });
});
