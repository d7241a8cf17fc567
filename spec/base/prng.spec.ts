import { Prng } from "../../lib/base/prng";

describe("a seeded generator", () => {
  it("repeats itself from the same seed and not from another", () => {
    const take = (seed: number): number[] => {
      const random = new Prng(seed);
      return Array.from({ length: 5 }, () => random.u32());
    };
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
  });

  it("covers its range evenly enough", () => {
    const random = new Prng(3);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10000; draw++) {
      const value = random.below(10);
      counts[value] = (counts[value] as number) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
