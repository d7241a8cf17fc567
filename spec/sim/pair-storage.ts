/**
 * Where a side keeps its pair record, its map and its journal over its own end. A crash may come inside a turn,
 * just before or after something was kept: that is thrown from here.
 */
import type { JournalStorage, PairStorage } from "../../lib/mirror/config";
import { MemoryJournal } from "../mirror/support/memory-journal";

/** Thrown through the side's own code, which is not asked any more. */
export class CrashInside extends Error {}

export interface StorageWorld {
  /** Whether the side crashes now. */
  crashesHere(): boolean;
  mapChanged(offset: number, before: Uint8Array, after: Uint8Array): void;
  fail(what: string): void;
}

export class SimulatedPairStorage {
  #record = Buffer.alloc(0);
  #map: Buffer;
  #journal = new MemoryJournal();
  readonly #world: StorageWorld;
  /** Says that it keeps the map and does not, for the checkers' sake. */
  forgetsMap = false;
  forgetsRecord = false;
  /** Says that it cannot keep anything. */
  isFailing = false;

  constructor(mapLength: number, world: StorageWorld) {
    this.#map = Buffer.alloc(mapLength);
    this.#world = world;
  }

  get map(): Uint8Array {
    return this.#map;
  }

  get record(): Uint8Array {
    return this.#record;
  }

  /** A new disk has none. */
  replace(): void {
    this.#journal = new MemoryJournal();
    this.#record = Buffer.alloc(0);
    this.#map = Buffer.alloc(this.#map.length);
  }

  /** What a process finds when it starts, and what it keeps from then on. */
  open(): PairStorage {
    return {
      record: Buffer.from(this.#record),
      map: Buffer.from(this.#map),
      saveRecord: (record) => {
        this.#maybeCrash();
        if (this.isFailing) return false;
        if (record.length > 3968) this.#world.fail("a pair record is too long");
        if (!this.forgetsRecord) this.#record = Buffer.from(record);
        this.#maybeCrash();
        return true;
      },
      saveMap: (offset, bytes) => {
        this.#maybeCrash();
        if (this.isFailing) return false;
        this.#saveMap(offset, bytes);
        this.#maybeCrash();
        return true;
      },
    };
  }

  openJournal(): JournalStorage {
    const journal = this.#journal;
    return {
      length: journal.length,
      read: (offset, length) => journal.read(offset, length),
      write: (offset, chunks) => {
        this.#maybeCrash();
        if (this.isFailing) return false;
        const isKept = journal.write(offset, chunks);
        this.#maybeCrash();
        return isKept;
      },
    };
  }

  #saveMap(offset: number, bytes: Uint8Array): void {
    if (offset < 0 || offset + bytes.length > this.#map.length)
      return this.#world.fail("a map outside its place");
    if (this.forgetsMap) return;
    const before = Buffer.from(this.#map.subarray(offset, offset + bytes.length));
    this.#map.set(bytes, offset);
    this.#world.mapChanged(offset, before, bytes);
  }

  #maybeCrash(): void {
    if (this.#world.crashesHere()) throw new CrashInside("a crash of the simulation");
  }
}
