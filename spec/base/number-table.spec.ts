import { NumberTable } from "../../lib/base/number-table";
import { Prng } from "../../lib/base/prng";

interface Value {
  readonly of: number;
}

describe("a number table", () => {
  it("does what a map does, in a random life with numbers of up to 50 bits", () => {
    const random = new Prng(7);
    for (let round = 0; round < 20; round++) {
      const table = new NumberTable<Value>();
      const model = new Map<number, Value>();
      const bases = [0, 2 ** 32, 2 ** 48, 2 ** 49];
      for (let step = 0; step < 2000; step++) {
        const key = (bases[random.below(4)] as number) + random.below(60);
        const roll = random.below(4);
        if (roll < 2) {
          const value = { of: key };
          table.set(key, value);
          model.set(key, value);
        } else if (roll === 2) {
          expect(table.delete(key)).toBe(model.delete(key));
        }
        expect(table.get(key)).toBe(model.get(key));
        expect(table.has(key)).toBe(model.has(key));
        expect(table.size).toBe(model.size);
      }
      const expected = [...model].sort(([a], [b]) => a - b).map(([, value]) => value);
      expect(table.values()).toEqual(expected);
      const [one] = expected;
      expect(table.some((value) => value === one)).toBe(one !== undefined);
      expect(table.some(() => false)).toBe(false);
      table.clear();
      expect([table.size, table.values(), table.has(0)]).toEqual([0, [], false]);
    }
  });

  it("grows to what it has to hold", () => {
    const table = new NumberTable<Value>();
    for (let key = 0; key < 5000; key++) table.set(key * 2 ** 20, { of: key });
    expect(table.size).toBe(5000);
    expect(table.values().map(({ of }) => of)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    expect(table.get(1)).toBeUndefined();
  });

  it("tells numbers apart whose low 32 bits are the same", () => {
    const table = new NumberTable<Value>();
    table.set(2 ** 48 + 5, { of: 1 });
    expect(table.get(2 ** 49 + 5)).toBeUndefined();
    expect(table.delete(2 ** 49 + 5)).toBe(false);
    expect(table.get(2 ** 48 + 5)).toEqual({ of: 1 });
  });
});
