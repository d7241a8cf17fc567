/**
 * What a side of a pair must know after its process has ended, kept in the store's file before the
 * data (the drawing of the whole area is in `store/superblock.ts`) or, for a disk in memory, not at
 * all. It does not know what record and map say, but that a set bit of the map errs on the safe
 * side.
 *
 *   record: PAIR of both superblock copies         map: twice, 448 KiB each
 *       0 ┌─────────────────────────┐             64 KiB ┌──────────────────────────┐
 *         │ head: generation + 1    │                    │ copy 0                   │ first
 *     128 ├─────────────────────────┤            512 KiB └──────────────────────────┘
 *         │ record, zeros behind it │            576 KiB ┌──────────────────────────┐
 *    4096 └─────────────────────────┘                    │ copy 1                   │ second
 *         copy 0 is on the disk before            1 MiB  └──────────────────────────┘
 *         copy 1 is touched                       read as copy 0 OR copy 1
 */
import * as fs from "node:fs";
import type { Crc32c } from "../base/crc32c";
import type { PairStorage } from "../mirror/config";
import {
  encodeSuperblock,
  MAP_LENGTH,
  MAP_OFFSETS,
  PAIR_LENGTH,
  SUPERBLOCK_OFFSETS,
  type Superblock,
} from "../store/superblock";
import { assert } from "../base/assert";
import type { StoreFile } from "./store-file";

export interface PairStorageOptions {
  /** Bytes of the map: what `mapLengthOf` says of the store's geometry. */
  readonly mapLength: number;
  readonly crc32c: Crc32c;
  /** Told in a sentence when something could not be kept. */
  readonly report: (detail: string) => void;
}

/** In the file of an open store. */
export class FilePairStorage implements PairStorage {
  readonly record: Uint8Array;
  readonly map: Uint8Array;
  readonly #store: StoreFile;
  readonly #options: PairStorageOptions;
  /** A second opening of the file: what it writes is on the disk when the call returns. */
  readonly #stableFd: number;
  #superblock: Superblock;

  /** @throws errno errors; then nothing stays open but the store. */
  constructor(store: StoreFile, options: PairStorageOptions) {
    assert(options.mapLength <= MAP_LENGTH, "a pair's map fits its place");
    this.#store = store;
    this.#options = options;
    this.#superblock = store.superblock;
    this.record = store.superblock.pair;
    this.map = this.#readMap(options.mapLength);
    const { O_RDWR, O_DSYNC } = fs.constants;
    this.#stableFd = fs.openSync(store.path, O_RDWR | O_DSYNC);
  }

  saveRecord(record: Uint8Array): boolean {
    assert(record.length <= PAIR_LENGTH, "a pair's record fits its place");
    const generation = this.#superblock.generation + 1;
    const next = { ...this.#superblock, generation, pair: Uint8Array.from(record) };
    const copy = encodeSuperblock(next, this.#options.crc32c);
    this.#superblock = next;
    return this.#write(this.#stableFd, copy, SUPERBLOCK_OFFSETS);
  }

  saveMap(offset: number, bytes: Uint8Array): boolean {
    assert(offset + bytes.length <= this.#options.mapLength, "a part of the map lies inside it");
    const places = MAP_OFFSETS.map((start) => start + offset);
    return this.#write(this.#store.file.fd, bytes, places);
  }

  close(): void {
    fs.closeSync(this.#stableFd);
  }

  #readMap(length: number): Uint8Array {
    const map = Buffer.alloc(length);
    for (const offset of MAP_OFFSETS) {
      const copy = Buffer.alloc(length);
      this.#store.file.readSync([copy], offset);
      for (let at = 0; at < length; at++) map[at] = (map[at] as number) | (copy[at] as number);
    }
    return map;
  }

  /** Writes the same bytes to all places, one after the other. */
  #write(fd: number, bytes: Uint8Array, places: readonly number[]): boolean {
    try {
      for (const place of places) {
        for (let at = 0; at < bytes.length;) {
          at += fs.writeSync(fd, bytes, at, bytes.length - at, place + at);
        }
      }
      return true;
    } catch (error) {
      const { message } = error as Error;
      this.#options.report(`The state of the pair cannot be kept: ${message}.`);
      return false;
    }
  }
}

/** Of a disk in memory, which is new in every process. */
export function memoryPairStorage(mapLength: number): PairStorage {
  return {
    record: new Uint8Array(0),
    map: new Uint8Array(mapLength),
    saveRecord: () => true,
    saveMap: () => true,
  };
}
