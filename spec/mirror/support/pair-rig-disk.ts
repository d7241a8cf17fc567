/** A side's disk and its pair's storage in memory: what survives a crash, and what power keeps. */
import type { BlockDevice } from "../../../lib/block/device";
import type { CompletionQueue } from "../../../lib/block/completion-queue";
import { Job } from "../../../lib/block/job";
import type { PairStorage } from "../../../lib/mirror/config";
import { MemoryStore } from "../../../lib/store/memory-store";

export const BLOCK_SIZE = 512;
export const REGION_BLOCKS = 128;

/** Storage as a file would have it: what is saved is there at once. */
export class RigStorage implements PairStorage {
  record = new Uint8Array(0);
  map: Uint8Array;
  isFailing = false;

  constructor(mapLength: number) {
    this.map = new Uint8Array(mapLength);
  }

  saveRecord(record: Uint8Array): boolean {
    if (!this.isFailing) this.record = Uint8Array.from(record);
    return !this.isFailing;
  }

  saveMap(offset: number, bytes: Uint8Array): boolean {
    if (!this.isFailing) this.map.set(bytes, offset);
    return !this.isFailing;
  }
}

/** A disk whose jobs of one kind can be made to fail. */
export class RigDisk implements BlockDevice {
  readonly store: MemoryStore;
  readonly can;
  readonly geometry;
  readonly identity;
  failing: Job["op"] | null = null;
  readonly #completions: CompletionQueue;
  #stable: Buffer;

  constructor(blockCount: number, completions: CompletionQueue) {
    const geometry = { blockSize: BLOCK_SIZE, blockCount };
    this.store = new MemoryStore({ geometry, identity: Buffer.alloc(16, 1), completions });
    this.can = this.store.can;
    this.geometry = geometry;
    this.identity = this.store.identity;
    this.#completions = completions;
    this.#stable = Buffer.alloc(BLOCK_SIZE * blockCount);
  }

  submit(job: Job): void {
    if (job.op === this.failing) return this.#completions.push(job, "medium-error");
    if (job.op === "flush") this.#stable = this.#whole("read", Buffer.alloc(this.#stable.length));
    this.store.submit(job);
  }

  /** What was written since the last flush is gone. */
  losePower(): void {
    this.#whole("write", this.#stable);
  }

  abort(job: Job): void {
    this.store.abort(job);
  }

  #whole(op: "read" | "write", data: Buffer): Buffer {
    const { blockCount } = this.geometry;
    const onDone = (): void => undefined;
    this.store.submit(new Job({ op, lba: 0, blockCount, data: [data], onDone }));
    return data;
  }
}

/** The storage itself, with what it holds now as "found". */
export function copyOf(storage: RigStorage): PairStorage {
  return {
    record: Uint8Array.from(storage.record),
    map: Uint8Array.from(storage.map),
    saveRecord: (record) => storage.saveRecord(record),
    saveMap: (offset, bytes) => storage.saveMap(offset, bytes),
  };
}
