/**
 * Compares both copies in the background, chunk by chunk under its lock. What differs is marked and
 * listed; which of the two is right nobody can know here, so nothing is repaired.
 */
import { limits } from "../base/limits";
import { PairChunks } from "./pair-chunks";
import type { ChunkRange } from "./pair-chunks";
import type { PairCore } from "./pair-core";
import type { Progress, VerifyResult } from "./pair-status";

export class Verify {
  readonly chunks: PairChunks;
  readonly isCopying = false;
  readonly #core: PairCore;
  readonly #done: (why: string | null) => void;
  readonly #chunkBlocks: number;
  #at = 0;
  #comparedBlocks = 0;
  #differingBlocks = 0;
  #isComplete = false;
  readonly #ranges: ChunkRange[] = [];

  constructor(fields: { core: PairCore; firstId: number; done: (why: string | null) => void }) {
    const { core, firstId } = fields;
    this.#core = core;
    this.#done = fields.done;
    const { blockSize } = core.fields.volume.device.geometry;
    // Chunks do not cross regions: only what differs is marked.
    this.#chunkBlocks = Math.min(limits.resyncChunkLength / blockSize, core.map.regionBlocks);
    this.chunks = new PairChunks({ core, owner: this, firstId });
  }

  get result(): VerifyResult {
    const { blockSize } = this.#core.fields.volume.device.geometry;
    return {
      isComplete: this.#isComplete,
      comparedBytes: this.#comparedBlocks * blockSize,
      differingBytes: this.#differingBlocks * blockSize,
      ranges: this.#ranges,
    };
  }

  progress(): Progress {
    const { blockSize, blockCount } = this.#core.fields.volume.device.geometry;
    return this.chunks.progress((blockCount - this.#comparedBlocks) * blockSize);
  }

  next(): ChunkRange | null {
    const { geometry } = this.#core.fields.volume.device;
    if (this.#at >= geometry.blockCount) return null;
    const lba = this.#at;
    const blockCount = Math.min(this.#chunkBlocks, geometry.blockCount - lba);
    this.#at += blockCount;
    return { lba, blockCount };
  }

  ended(range: ChunkRange, isEqual: boolean): void {
    const { lba, blockCount } = range;
    this.#comparedBlocks += blockCount;
    if (isEqual) return;
    this.#differingBlocks += blockCount;
    if (!this.#core.map.mark(lba, blockCount)) {
      this.chunks.stop();
      this.failed("what differs could not be recorded");
      return;
    }
    if (this.#ranges.length < limits.verifyRangesMax) this.#ranges.push({ lba, blockCount });
  }

  finished(): void {
    this.#isComplete = true;
    this.#done(null);
  }

  failed(why: string): void {
    this.#done(why);
  }
}
