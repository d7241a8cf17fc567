/**
 * Makes the other copy equal to this one, region by region, while hosts go on: every region that
 * may differ is proven equal, by its checksum or by being written, under its lock, so that nothing
 * older ever lands on something newer. It knows neither why they differ nor what follows.
 */
import { limits } from "../base/limits";
import { PairChunks } from "./pair-chunks";
import type { ChunkRange } from "./pair-chunks";
import type { PairCore } from "./pair-core";
import type { Progress } from "./pair-status";

export class Resync {
  readonly chunks: PairChunks;
  readonly isCopying = true;
  readonly #core: PairCore;
  readonly #done: (why: string | null) => void;
  readonly #chunkBlocks: number;
  /** The region that is cut into chunks now, and where the next one begins; -1: none yet. */
  #region = -1;
  #at = 0;
  /** Chunks of each region that have not ended. */
  readonly #left = new Map<number, number>();
  /** Bytes of chunks that have ended in regions that have not. */
  #partBytes = 0;

  /** @param fields.done null: all is equal, though not flushed; else half a sentence. */
  constructor(fields: { core: PairCore; firstId: number; done: (why: string | null) => void }) {
    const { core, firstId } = fields;
    this.#core = core;
    this.#done = fields.done;
    this.#chunkBlocks = limits.resyncChunkLength / core.fields.volume.device.geometry.blockSize;
    this.chunks = new PairChunks({ core, owner: this, firstId });
  }

  progress(): Progress {
    return this.chunks.progress(Math.max(0, this.#core.map.pinnedBytes - this.#partBytes));
  }

  next(): ChunkRange | null {
    const { map } = this.#core;
    if (this.#region < 0 || this.#at >= map.blocksOf(this.#region)) {
      const region = map.nextPinned(this.#region + 1);
      if (region < 0) return null;
      if (map.regionBlocks < this.#chunkBlocks) return this.#several(region);
      this.#region = region;
      this.#at = 0;
      this.#left.set(region, Math.ceil(map.blocksOf(region) / this.#chunkBlocks));
    }
    const blockCount = Math.min(this.#chunkBlocks, map.blocksOf(this.#region) - this.#at);
    const lba = this.#region * map.regionBlocks + this.#at;
    this.#at += blockCount;
    return { lba, blockCount };
  }

  ended(range: ChunkRange): void {
    const { map, fields } = this.#core;
    const first = map.regionOf(range.lba);
    const left = (this.#left.get(first) ?? 1) - 1;
    const bytes = range.blockCount * fields.volume.device.geometry.blockSize;
    if (left > 0) {
      this.#left.set(first, left);
      this.#partBytes += bytes;
      return;
    }
    if (this.#left.delete(first)) {
      this.#partBytes -= map.blocksOf(first) * fields.volume.device.geometry.blockSize - bytes;
    }
    const last = map.regionOf(range.lba + range.blockCount - 1);
    for (let region = first; region <= last; region++) map.proven(region);
  }

  finished(): void {
    this.#done(null);
  }

  failed(why: string): void {
    this.#done(why);
  }

  /** Small regions that lie side by side, in one chunk. */
  #several(first: number): ChunkRange {
    const { map } = this.#core;
    let blockCount = 0;
    let region = first;
    while (region < map.regionCount && map.isPinned(region)) {
      if (blockCount + map.blocksOf(region) > this.#chunkBlocks) break;
      blockCount += map.blocksOf(region);
      region++;
    }
    this.#region = region - 1;
    this.#at = map.blocksOf(this.#region);
    return { lba: first * map.regionBlocks, blockCount };
  }
}
