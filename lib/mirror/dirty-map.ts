/**
 * Which regions of the two copies may differ: one bit each, saved before the write it covers, and
 * cleared only by proof for that region, never by inference from roles or epochs. It knows regions
 * and their saving; who writes and who copies is known elsewhere.
 *
 *   clear ── open ──► open ── last close ──► hot ── evicted ──► cold ── both flushed ──► clear
 *                      ▲ ◄────── open ──────────────────────────┘ ▲
 *                      │                                          │
 *                      └── diverge, or opened while alone ► pinned ── proven equal
 *
 * On stable storage there is one bit: set in all of these but `clear`. A region whose writes have
 * ended everywhere is cold; both copies may still lose some of them with their power, so its bit
 * is cleared after both have been flushed. What is found at the start is pinned.
 */
import { assert } from "../base/assert";
import { Bitmap } from "../base/bitmap";
import { limits } from "../base/limits";
import type { Geometry } from "../block/device";
import type { PairStorage } from "./config";

const REGION_LENGTH_MIN = 64 * 1024;
/** Room for the map where a store keeps it. */
const MAP_LENGTH_MAX = 448 * 1024;
/** Runs of changed bytes this close are saved as one. */
const GAP_MAX = 4096;

/** Bytes of one region: a power of two such that the map fits its place. */
export function regionLengthOf(geometry: Geometry): number {
  const length = geometry.blockSize * geometry.blockCount;
  let region = REGION_LENGTH_MIN;
  while (length / region > MAP_LENGTH_MAX * 8) region *= 2;
  return region;
}

/** Bytes of the map. */
export function mapLengthOf(geometry: Geometry): number {
  const regions = Math.ceil((geometry.blockSize * geometry.blockCount) / regionLengthOf(geometry));
  return Math.ceil(regions / 8);
}

/** Regions that may be hot: a steady load on so much of the volume saves the map no more. */
function hotCountOf(geometry: Geometry): number {
  const count = Math.floor(limits.hotBytesMax / regionLengthOf(geometry));
  return Math.max(limits.hotRegionsMin, count);
}

export class DirtyMap {
  /** Blocks of a region; the last one may be shorter. */
  readonly regionBlocks: number;
  readonly #geometry: Geometry;
  readonly #storage: PairStorage;
  /** What is saved, or more. */
  readonly #bits: Bitmap;
  readonly #pinned: Bitmap;
  readonly #hot: Bitmap;
  /** Hot regions written to again since the ring last passed them. */
  readonly #touched: Bitmap;
  readonly #cold: Bitmap;
  /** Cold regions since before the flush that is under way. */
  readonly #settling: Bitmap;
  /** Writes under way in each region. */
  readonly #openCounts: Uint16Array;
  readonly #ring: Int32Array;
  #ringAt = 0;
  #ringLength = 0;

  constructor(fields: { geometry: Geometry; storage: PairStorage }) {
    const { geometry, storage } = fields;
    this.#geometry = geometry;
    this.#storage = storage;
    this.regionBlocks = regionLengthOf(geometry) / geometry.blockSize;
    const count = Math.ceil(geometry.blockCount / this.regionBlocks);
    this.#bits = new Bitmap(count, storage.map);
    // A map that is not whole says nothing, so everything may differ.
    if (storage.map.length < mapLengthOf(geometry)) this.#bits.setAll();
    this.#pinned = new Bitmap(count, this.#bits.bytes);
    this.#hot = new Bitmap(count);
    this.#touched = new Bitmap(count);
    this.#cold = new Bitmap(count);
    this.#settling = new Bitmap(count);
    this.#openCounts = new Uint16Array(count);
    this.#ring = new Int32Array(Math.min(count, hotCountOf(geometry)));
  }

  /** The saved form, to send: valid until the next change. */
  get bytes(): Uint8Array {
    return this.#bits.bytes;
  }

  get regionCount(): number {
    return this.#bits.length;
  }

  /** Regions whose bit is set, for whatever reason. */
  get dirtyCount(): number {
    return this.#bits.count;
  }

  /** Regions that differ or may, until a resync proves the opposite. */
  get pinnedCount(): number {
    return this.#pinned.count;
  }

  /** The bytes of those regions. */
  get pinnedBytes(): number {
    const whole = this.#pinned.count * this.regionBlocks;
    const last = this.regionCount - 1;
    const missing = this.#pinned.has(last) ? this.regionBlocks - this.blocksOf(last) : 0;
    return (whole - missing) * this.#geometry.blockSize;
  }

  get hasCold(): boolean {
    return this.#cold.count > 0;
  }

  get coldCount(): number {
    return this.#cold.count;
  }

  isDirty(region: number): boolean {
    return this.#bits.has(region);
  }

  isPinned(region: number): boolean {
    return this.#pinned.has(region);
  }

  regionOf(lba: number): number {
    return Math.floor(lba / this.regionBlocks);
  }

  /** Blocks of this region. */
  blocksOf(region: number): number {
    return Math.min(this.regionBlocks, this.#geometry.blockCount - region * this.regionBlocks);
  }

  /** The first pinned region at `from` or after it; -1: none. */
  nextPinned(from: number): number {
    return this.#pinned.next(from);
  }

  /** Before a write. False: it could not be saved, and nothing has been opened. */
  open(range: { lba: number; blockCount: number; isPinned: boolean }): boolean {
    const [first, last] = this.#regions(range.lba, range.blockCount);
    if (!this.#setAndSave(first, last)) return false;
    for (let region = first; region <= last; region++) {
      this.#openCounts[region] = (this.#openCounts[region] as number) + 1;
      this.#cold.clear(region);
      this.#settling.clear(region);
      if (range.isPinned) this.#pinned.set(region);
    }
    return true;
  }

  /** Both copies have the write. */
  close(lba: number, blockCount: number): void {
    const [first, last] = this.#regions(lba, blockCount);
    for (let region = first; region <= last; region++) {
      if (this.#endOne(region) && !this.#pinned.has(region)) this.#heat(region);
    }
  }

  /** One copy may not have the write. */
  diverge(lba: number, blockCount: number): void {
    const [first, last] = this.#regions(lba, blockCount);
    for (let region = first; region <= last; region++) {
      this.#endOne(region);
      this.#pin(region);
    }
  }

  /** The copies were found to differ. False: it could not be saved. */
  mark(lba: number, blockCount: number): boolean {
    const [first, last] = this.#regions(lba, blockCount);
    const isSaved = this.#setAndSave(first, last);
    for (let region = first; region <= last; region++) if (isSaved) this.#pin(region);
    return isSaved;
  }

  /** Nobody knows any more what the other copy has of what was written: all that is set counts. */
  pinAll(): void {
    this.#pinned.clearAll();
    this.#pinned.unite(0, this.#bits.bytes);
    for (const bits of [this.#hot, this.#touched, this.#cold, this.#settling]) bits.clearAll();
    this.#ringAt = 0;
    this.#ringLength = 0;
  }

  /** Everything may differ. False: it could not be saved. */
  pinEverything(): boolean {
    this.#bits.setAll();
    this.pinAll();
    return this.#storage.saveMap(0, this.bytes);
  }

  /** Takes in the other side's map, a part of it. False: it could not be saved. */
  unite(offset: number, bytes: Uint8Array): boolean {
    if (offset + bytes.length > this.bytes.length) return false;
    this.#bits.unite(offset, bytes);
    this.#pinned.unite(offset, bytes);
    return this.#storage.saveMap(offset, this.bytes.subarray(offset, offset + bytes.length));
  }

  /** A resync has proven both copies of a region equal, under its lock. */
  proven(region: number): void {
    this.#pinned.clear(region);
    const isOpen = (this.#openCounts[region] as number) > 0;
    if (!isOpen && !this.#hot.has(region)) this.#cold.set(region);
  }

  /** All hot regions without a write under way are cold from now on. */
  cool(): void {
    for (; this.#ringLength > 0; this.#ringLength--) {
      const region = this.#ring[this.#ringAt] as number;
      this.#ringAt = (this.#ringAt + 1) % this.#ring.length;
      this.#chill(region);
    }
  }

  /** A flush of both copies begins: it will cover what is cold now. */
  settle(): void {
    this.#settling.unite(0, this.#cold.bytes);
    this.#cold.clearAll();
  }

  /** Both copies have been flushed: what was cold before is proven equal for good. */
  settled(): void {
    let start = -1;
    let end = -1;
    for (let region = this.#settling.next(0); region >= 0;) {
      this.#bits.clear(region);
      const at = region >>> 3;
      if (start >= 0 && at > end + GAP_MAX) {
        this.#storage.saveMap(start, this.bytes.subarray(start, end));
        start = -1;
      }
      if (start < 0) start = at;
      end = at + 1;
      region = this.#settling.next(region + 1);
    }
    // A bit that stays set where it is kept costs a comparison some day, and nothing else.
    if (start >= 0) this.#storage.saveMap(start, this.bytes.subarray(start, end));
    this.#settling.clearAll();
  }

  /** The flush failed, or nobody knows. */
  unsettle(): void {
    this.#cold.unite(0, this.#settling.bytes);
    this.#settling.clearAll();
  }

  /** The other side has taken every bit over and proven it: the target's map after a resync. */
  clearAll(): void {
    this.#bits.clearAll();
    this.pinAll();
    this.#storage.saveMap(0, this.bytes);
  }

  #regions(lba: number, blockCount: number): [number, number] {
    assert(blockCount > 0 && lba + blockCount <= this.#geometry.blockCount, "inside the volume");
    return [this.regionOf(lba), this.regionOf(lba + blockCount - 1)];
  }

  /** Sets bits and saves those that were clear; undone when they cannot be saved. */
  #setAndSave(first: number, last: number): boolean {
    let clear = first;
    while (clear <= last && this.#bits.has(clear)) clear++;
    if (clear > last) return true;
    const fresh: number[] = [];
    for (; clear <= last; clear++) if (this.#bits.set(clear)) fresh.push(clear);
    const start = (fresh[0] as number) >>> 3;
    const end = ((fresh[fresh.length - 1] as number) >>> 3) + 1;
    if (this.#storage.saveMap(start, this.bytes.subarray(start, end))) return true;
    for (const region of fresh) this.#bits.clear(region);
    return false;
  }

  /** One write less in a region: whether it was the last. */
  #endOne(region: number): boolean {
    const count = this.#openCounts[region] as number;
    assert(count > 0, "a write ends once");
    this.#openCounts[region] = count - 1;
    return count === 1;
  }

  #pin(region: number): void {
    this.#pinned.set(region);
    this.#cold.clear(region);
    this.#settling.clear(region);
  }

  #heat(region: number): void {
    if (!this.#hot.set(region)) {
      this.#touched.set(region);
      return;
    }
    if (this.#ringLength === this.#ring.length) this.#evict();
    this.#ring[(this.#ringAt + this.#ringLength) % this.#ring.length] = region;
    this.#ringLength++;
  }

  /** Makes room for one: the oldest that nobody wrote to since the ring passed it. */
  #evict(): void {
    for (;;) {
      const region = this.#ring[this.#ringAt] as number;
      this.#ringAt = (this.#ringAt + 1) % this.#ring.length;
      if (this.#touched.clear(region)) {
        this.#ring[(this.#ringAt + this.#ringLength - 1) % this.#ring.length] = region;
        continue;
      }
      this.#ringLength--;
      this.#chill(region);
      return;
    }
  }

  /** A region leaves the ring. With a write under way it comes back when that has ended. */
  #chill(region: number): void {
    this.#hot.clear(region);
    this.#touched.clear(region);
    if ((this.#openCounts[region] as number) > 0 || this.#pinned.has(region)) return;
    this.#cold.set(region);
  }
}
