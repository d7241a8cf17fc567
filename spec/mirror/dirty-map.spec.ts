import { Bitmap } from "../../lib/base/bitmap";
import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import { DirtyMap, mapLengthOf, regionLengthOf } from "../../lib/mirror/dirty-map";

const REGION = 128;

class Storage {
  readonly record = new Uint8Array(0);
  map: Uint8Array;
  isFailing = false;
  saves = 0;

  constructor(length: number) {
    this.map = new Uint8Array(length);
  }

  saveRecord(): boolean {
    return true;
  }

  saveMap(offset: number, bytes: Uint8Array): boolean {
    if (this.isFailing) return false;
    this.saves++;
    this.map.set(bytes, offset);
    return true;
  }
}

function make(regions = 20, tail = 0): { map: DirtyMap; storage: Storage; reload: () => DirtyMap } {
  const geometry = { blockSize: 512, blockCount: regions * REGION + tail };
  const storage = new Storage(mapLengthOf(geometry));
  const reload = (): DirtyMap =>
    new DirtyMap({ geometry, storage: Object.assign(storage, { map: storage.map.slice() }) });
  return { map: reload(), storage, reload };
}

function regionsOf(map: DirtyMap, is: (region: number) => boolean): number[] {
  return Array.from({ length: map.regionCount }, (_, region) => region).filter(is);
}

const dirty = (map: DirtyMap): number[] => regionsOf(map, (region) => map.isDirty(region));
const pinned = (map: DirtyMap): number[] => regionsOf(map, (region) => map.isPinned(region));

describe("regions", () => {
  it.each([
    [1, 64 * 1024],
    [2 ** 40 / 4096, 512 * 1024],
    [2 ** 44 / 4096, 8 * 1024 * 1024],
  ])(
    "of %d blocks of 4096 bytes have %d bytes and their map fits its place",
    (blockCount, length) => {
      const geometry = { blockSize: 4096, blockCount };
      expect(regionLengthOf(geometry)).toBe(length);
      expect(mapLengthOf(geometry)).toBeLessThanOrEqual(448 * 1024);
      expect(mapLengthOf(geometry) * 8 * length).toBeGreaterThanOrEqual(4096 * blockCount);
    },
  );
});

describe("a dirty map", () => {
  it("[M2] has saved a region before the write into it begins", () => {
    const { map, reload } = make();
    expect(map.open({ lba: REGION * 3 - 1, blockCount: 2, isPinned: false })).toBe(true);
    expect(dirty(reload())).toEqual([2, 3]);
  });

  it("saves nothing for a region that is marked already", () => {
    const { map, storage } = make();
    map.open({ lba: 0, blockCount: 1, isPinned: false });
    map.open({ lba: 5, blockCount: 1, isPinned: false });
    expect(storage.saves).toBe(1);
  });

  it("opens nothing that cannot be saved, and tries again the next time", () => {
    const { map, storage, reload } = make();
    storage.isFailing = true;
    expect(map.open({ lba: 0, blockCount: 1, isPinned: false })).toBe(false);
    expect(map.dirtyCount).toBe(0);
    storage.isFailing = false;
    expect(map.open({ lba: 0, blockCount: 1, isPinned: false })).toBe(true);
    expect(dirty(reload())).toEqual([0]);
  });

  it("[M5] takes all that it finds at the start for different", () => {
    const { map, reload } = make();
    map.open({ lba: REGION, blockCount: 1, isPinned: false });
    map.close(REGION, 1);
    expect(pinned(map)).toEqual([]);
    expect(pinned(reload())).toEqual([1]);
  });

  it("takes everything for different when what it finds is not whole", () => {
    const geometry = { blockSize: 512, blockCount: 9 * REGION };
    expect(new DirtyMap({ geometry, storage: new Storage(1) }).pinnedCount).toBe(9);
  });

  it("[M3] keeps a region marked after its writes, until it is cold and both copies are flushed", () => {
    const { map, reload } = make();
    map.open({ lba: 0, blockCount: 1, isPinned: false });
    map.close(0, 1);
    expect([dirty(map), map.hasCold]).toEqual([[0], false]);
    map.cool();
    expect([dirty(map), map.hasCold]).toEqual([[0], true]);
    map.settle();
    expect(dirty(reload())).toEqual([0]);
    map.settled();
    expect(dirty(reload())).toEqual([]);
  });

  it("[M3] keeps a region marked that was written to while both copies were flushed", () => {
    const { map, reload } = make();
    map.open({ lba: 0, blockCount: 1, isPinned: false });
    map.close(0, 1);
    map.cool();
    map.settle();
    map.open({ lba: 0, blockCount: 1, isPinned: false });
    map.settled();
    expect(dirty(reload())).toEqual([0]);
  });

  it("keeps regions marked when the flush failed, for the next one", () => {
    const { map, reload } = make();
    map.open({ lba: 0, blockCount: 1, isPinned: false });
    map.close(0, 1);
    map.cool();
    map.settle();
    map.unsettle();
    expect([dirty(reload()), map.hasCold]).toEqual([[0], true]);
  });

  it("does not cool a region with a write under way", () => {
    const { map } = make();
    map.open({ lba: 0, blockCount: 1, isPinned: false });
    map.open({ lba: 1, blockCount: 1, isPinned: false });
    map.close(0, 1);
    map.cool();
    expect(map.hasCold).toBe(false);
    map.close(1, 1);
    map.cool();
    expect(map.hasCold).toBe(true);
  });

  it("[M4] clears a region that diverged only when it has been proven equal and flushed", () => {
    const { map, reload } = make();
    map.open({ lba: 0, blockCount: 1, isPinned: false });
    map.diverge(0, 1);
    for (const end of [map.cool.bind(map), map.settle.bind(map), map.settled.bind(map)]) end();
    expect(pinned(map)).toEqual([0]);
    map.proven(0);
    expect(dirty(reload())).toEqual([0]);
    map.settle();
    map.settled();
    expect(dirty(reload())).toEqual([]);
  });

  it("[M4] leaves a region marked that is proven equal while a write into it is under way", () => {
    const { map } = make();
    map.open({ lba: 0, blockCount: 1, isPinned: true });
    map.proven(0);
    expect([dirty(map), map.hasCold]).toEqual([[0], false]);
  });

  it("keeps the regions written to last hot, and no more than its limit", () => {
    const hotRegions = limits.hotBytesMax / (64 * 1024);
    const count = hotRegions + 10;
    const { map } = make(count);
    for (let region = 0; region < count; region++) {
      const lba = region * REGION;
      map.open({ lba, blockCount: 1, isPinned: false });
      map.close(lba, 1);
      map.open({ lba: 0, blockCount: 1, isPinned: false });
      map.close(0, 1);
    }
    expect(map.coldCount).toBe(10);
    map.settle();
    map.settled();
    expect(map.dirtyCount).toBe(hotRegions);
    expect(map.isDirty(0)).toBe(true);
    expect(map.isDirty(1)).toBe(false);
  });

  it("counts the bytes of what differs, the short last region as it is", () => {
    const { map } = make(2, 10);
    expect(map.regionCount).toBe(3);
    map.mark(2 * REGION, 1);
    expect(map.pinnedBytes).toBe(10 * 512);
    map.mark(0, 1);
    expect(map.pinnedBytes).toBe(10 * 512 + 64 * 1024);
  });

  it("takes in the other side's map and nothing beyond its own end", () => {
    const { map, reload } = make();
    expect(map.unite(1, Uint8Array.of(0x40))).toBe(true);
    expect([pinned(map), dirty(reload())]).toEqual([[9], [9]]);
    expect(map.unite(2, Uint8Array.of(0x40, 0))).toBe(false);
  });

  it("clears everything at once when it has been taken over", () => {
    const { map, reload } = make();
    map.pinEverything();
    expect(pinned(map)).toHaveLength(20);
    map.clearAll();
    expect([dirty(map), dirty(reload()), map.pinnedCount]).toEqual([[], [], 0]);
  });

  it("[M4] covers whatever differs, at any moment of a random life", () => {
    const random = new Prng(5);
    for (let round = 0; round < 40; round++) {
      const { map, reload } = make(12);
      const open: { lba: number; blockCount: number }[] = [];
      const unflushed = new Bitmap(12);
      const differs = new Bitmap(12);
      let flushing: Bitmap | null = null;
      for (let step = 0; step < 200; step++) {
        const roll = random.below(7);
        if (roll < 2) {
          const lba = random.below(11 * REGION);
          const write = { lba, blockCount: 1 + random.below(REGION) };
          map.open({ ...write, isPinned: false });
          open.push(write);
        } else if (roll < 4 && open.length > 0) {
          const [write] = open.splice(random.below(open.length), 1) as [(typeof open)[0]];
          const isDone = random.chance(0.8);
          if (isDone) map.close(write.lba, write.blockCount);
          else map.diverge(write.lba, write.blockCount);
          const last = map.regionOf(write.lba + write.blockCount - 1);
          for (let region = map.regionOf(write.lba); region <= last; region++) {
            (isDone ? unflushed : differs).set(region);
            flushing?.clear(region);
          }
        } else if (roll === 4) {
          map.cool();
          if (flushing === null) {
            map.settle();
            flushing = new Bitmap(12, unflushed.bytes);
          }
        } else if (roll === 5 && flushing !== null) {
          if (random.chance(0.7)) {
            map.settled();
            for (const at of [...Array(12).keys()]) if (flushing.has(at)) unflushed.clear(at);
          } else {
            map.unsettle();
          }
          flushing = null;
        } else if (roll === 6 && map.nextPinned(0) >= 0) {
          const region = map.nextPinned(random.below(12));
          if (region >= 0) {
            map.proven(region);
            differs.clear(region);
            unflushed.set(region);
            flushing?.clear(region);
          }
        }
        const saved = new Set(dirty(reload()));
        const needed = [...Array(12).keys()].filter(
          (region) =>
            differs.has(region) ||
            unflushed.has(region) ||
            open.some(({ lba, blockCount }) => {
              return map.regionOf(lba) <= region && region <= map.regionOf(lba + blockCount - 1);
            }),
        );
        expect(needed.filter((region) => !saved.has(region))).toEqual([]);
        expect(regionsOf(map, (at) => differs.has(at) && !map.isPinned(at))).toEqual([]);
      }
    }
  });
});
