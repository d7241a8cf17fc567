import { Bitmap } from "../../lib/base/bitmap";
import { Prng } from "../../lib/base/prng";

function indexesOf(bitmap: Bitmap): number[] {
  const found: number[] = [];
  for (let at = bitmap.next(0); at >= 0; at = bitmap.next(at + 1)) found.push(at);
  return found;
}

describe("a bitmap", () => {
  it("does under random use what a set of numbers does", () => {
    const random = new Prng(11);
    const length = 201;
    const bitmap = new Bitmap(length);
    const model = new Set<number>();
    for (let step = 0; step < 3000; step++) {
      const index = random.below(length);
      if (random.chance(0.5)) {
        expect(bitmap.set(index)).toBe(!model.has(index));
        model.add(index);
      } else {
        expect(bitmap.clear(index)).toBe(model.delete(index));
      }
      expect(bitmap.has(index)).toBe(model.has(index));
      expect(bitmap.count).toBe(model.size);
    }
    expect(indexesOf(bitmap)).toEqual([...model].sort((a, b) => a - b));
  });

  it("has its first bit leftmost in its first byte", () => {
    const bitmap = new Bitmap(16);
    bitmap.set(0);
    bitmap.set(15);
    expect([...bitmap.bytes]).toEqual([0x80, 0x01]);
  });

  it("never has bits beyond its end", () => {
    const bitmap = new Bitmap(11, Uint8Array.of(0, 0xff, 0xff));
    expect(indexesOf(bitmap)).toEqual([8, 9, 10]);
    bitmap.setAll();
    expect(bitmap.count).toBe(11);
    bitmap.unite(1, Uint8Array.of(0xff));
    expect(bitmap.count).toBe(11);
    expect([...bitmap.bytes]).toEqual([0xff, 0xe0]);
  });

  it("keeps a copy of what it is made from", () => {
    const bytes = Uint8Array.of(0x80);
    const bitmap = new Bitmap(8, bytes);
    bytes[0] = 0;
    expect(bitmap.count).toBe(1);
  });

  it("unites a part at its place and counts what is new", () => {
    const bitmap = new Bitmap(24, Uint8Array.of(0x80, 0x80, 0x80));
    bitmap.unite(1, Uint8Array.of(0xc0));
    expect(indexesOf(bitmap)).toEqual([0, 8, 9, 16]);
    expect(bitmap.count).toBe(4);
  });

  it("has nothing set when all is cleared", () => {
    const bitmap = new Bitmap(9);
    bitmap.setAll();
    bitmap.clearAll();
    expect([bitmap.count, bitmap.next(0)]).toEqual([0, -1]);
  });
});
