/**
 * Whether the two copies are what they have to be: where they differ a kept map says so, always;
 * equal byte for byte when the pair is mirrored and nothing is under way.
 */
import { regionLengthOf } from "../../../lib/mirror/dirty-map";
import { decodeRecord } from "../../../lib/mirror/pair-record";
import { BLOCK_SIZE, rawValue } from "../block-value";
import type { SimulatedDisk } from "../disk";
import type { SimulatedPairStorage } from "../pair-storage";

export interface Twin {
  readonly disk: SimulatedDisk;
  readonly storage: SimulatedPairStorage;
}

function hasBit(map: Uint8Array, region: number): boolean {
  return ((map[region >> 3] as number) & bitOf(region)) !== 0;
}

/** The leftmost bit of a byte is the first region: as `base/bitmap.ts` has it. */
function bitOf(region: number): number {
  return 0x80 >>> (region & 7);
}

export class Twins {
  readonly #first: Twin;
  readonly #second: Twin;
  readonly #regionBlocks: number;

  constructor(first: Twin, second: Twin) {
    this.#first = first;
    this.#second = second;
    this.#regionBlocks = regionLengthOf(first.disk.geometry) / BLOCK_SIZE;
  }

  /** Whether both sides have recorded that they are one pair: before that no map says anything. */
  get #isPair(): boolean {
    const [first, second] = [this.#first, this.#second].map(({ storage }) =>
      decodeRecord(storage.record),
    );
    if (!first || !second || first === "damaged" || second === "damaged") return false;
    return first.epoch > 0 && Buffer.compare(first.pairId, second.pairId) === 0;
  }

  /** The first block of a range that differs though no map says so, in a sentence; or null. */
  uncovered(lba: number, blockCount: number): string | null {
    for (let block = lba; block < lba + blockCount; block++) {
      if (this.#isCovered(block) || this.#isEqual(block) || !this.#isPair) continue;
      const values = [this.#first, this.#second].map(({ disk }) => rawValue(disk.words, block));
      return `block ${block} has ${values.join(" and ")}, and no map says that it differs`;
    }
    return null;
  }

  /** The same for the regions that a change of a map's bytes no longer marks. */
  uncoveredBy(offset: number, before: Uint8Array, after: Uint8Array): string | null {
    for (let index = 0; index < after.length; index++) {
      const cleared = (before[index] as number) & ~(after[index] as number);
      for (let region = 0; cleared !== 0 && region < 8; region++) {
        if ((cleared & bitOf(region)) === 0) continue;
        const lba = ((offset + index) * 8 + region) * this.#regionBlocks;
        const left = this.#first.disk.geometry.blockCount - lba;
        const fault = this.uncovered(lba, Math.min(left, this.#regionBlocks));
        if (fault !== null) return fault;
      }
    }
    return null;
  }

  /** The first block that differs, in a sentence; or null. */
  difference(): string | null {
    if (this.#first.disk.content.equals(this.#second.disk.content)) return null;
    const { blockCount } = this.#first.disk.geometry;
    for (let block = 0; block < blockCount; block++) {
      if (this.#isEqual(block)) continue;
      const values = [this.#first, this.#second].map(({ disk }) => rawValue(disk.words, block));
      return `the copies differ: block ${block} has ${values.join(" and ")}`;
    }
    return null;
  }

  #isCovered(block: number): boolean {
    const region = Math.floor(block / this.#regionBlocks);
    return hasBit(this.#first.storage.map, region) || hasBit(this.#second.storage.map, region);
  }

  #isEqual(block: number): boolean {
    const [from, to] = [block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE];
    return this.#first.disk.content.compare(this.#second.disk.content, from, to, from, to) === 0;
  }
}
