import { Prng } from "../../lib/base/prng";
import { TagTable } from "../../lib/base/tag-table";

describe("a tag table", () => {
  it.each([1, 2, 3, 4, 5])("behaves as a Map does, over any sets and deletes (seed %i)", (seed) => {
    const random = new Prng(seed);
    const table = new TagTable<number>(40);
    const model = new Map<number, number>();
    // Few tags, and tags that differ in high bits alone, so that runs of entries form and break.
    const tags = Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0 ? index : random.u32() & 0xff00_0000,
    );
    for (let step = 0; step < 20_000; step++) {
      const tag = random.pick(tags) >>> 0;
      if (random.chance(0.5) && (model.size < 40 || model.has(tag))) {
        table.set(tag, step);
        model.set(tag, step);
      } else {
        table.delete(tag);
        model.delete(tag);
      }
      const probe = random.pick(tags) >>> 0;
      expect([table.size, table.get(probe), table.has(probe)]).toEqual([
        model.size,
        model.get(probe),
        model.has(probe),
      ]);
    }
    expect(table.values().sort()).toEqual([...model.values()].sort());
  });

  it("refuses to grow beyond its limit", () => {
    const table = new TagTable<string>(2);
    table.set(1, "a");
    table.set(0xffffffff, "b");
    table.set(1, "c");
    expect(() => table.set(2, "d")).toThrow("a tag table has room");
  });
});
