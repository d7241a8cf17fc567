/**
 * What the hosts asked and were told, block by block, in the order of the world. A command has no
 * effect any more once its end has been told, also where that was no good end.
 */
import { explain, type BlockOperation } from "./linearizability";

/** A command under way, as the history has it. */
export class Recorded {
  readonly blocks: { volume: number; lba: number; operation: Writable<BlockOperation> }[] = [];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Range {
  readonly volume: number;
  readonly lba: number;
  readonly who: string;
}

const BLOCKS_PER_VOLUME = 2 ** 20;

export class History {
  readonly #blocks = new Map<number, BlockOperation[]>();
  readonly #initial: (volume: number, lba: number) => number;
  #sequence = 0;
  #count = 0;

  constructor(initial: (volume: number, lba: number) => number) {
    this.#initial = initial;
  }

  /** Operations on blocks. */
  get count(): number {
    return this.#count;
  }

  /** A write of a value to each block, under way until `ended` or `abandoned`. */
  write(range: Range, values: readonly number[]): Recorded {
    const recorded = new Recorded();
    const start = ++this.#sequence;
    values.forEach((value, index) => {
      const operation = { kind: "write", value, expected: 0, start, end: Infinity } as const;
      this.#add(recorded, range, index, { ...operation, isOptional: true, who: range.who });
    });
    return recorded;
  }

  ended({ blocks }: Recorded): void {
    const end = ++this.#sequence;
    for (const { operation } of blocks) {
      operation.end = end;
      operation.isOptional = false;
    }
  }

  /** It had its effect by now or will have none. */
  abandoned({ blocks }: Recorded): void {
    const end = ++this.#sequence;
    for (const { operation } of blocks) operation.end = end;
  }

  /** Where a read begins; what nobody was told is not recorded. */
  begin(): number {
    return ++this.#sequence;
  }

  read(range: Range, start: number, values: readonly number[]): void {
    const end = ++this.#sequence;
    values.forEach((value, index) => {
      const operation = { kind: "read", value, expected: 0, start, end } as const;
      this.#add(new Recorded(), range, index, { ...operation, isOptional: false, who: range.who });
    });
  }

  /** A compare-and-write of one block. */
  swap(range: Range, expected: number, value: number): Recorded {
    const recorded = new Recorded();
    const start = ++this.#sequence;
    const operation = { kind: "swap", value, expected, start, end: Infinity } as const;
    this.#add(recorded, range, 0, { ...operation, isOptional: true, who: range.who });
    return recorded;
  }

  /** A compare-and-write found something else. */
  differed({ blocks }: Recorded): void {
    const end = ++this.#sequence;
    for (const { operation } of blocks) {
      operation.kind = "differs";
      operation.end = end;
      operation.isOptional = false;
    }
  }

  /** The blocks that anybody used. */
  blocksOf(volume: number): number[] {
    return [...this.#blocks.keys()]
      .filter((key) => Math.floor(key / BLOCKS_PER_VOLUME) === volume)
      .map((key) => key % BLOCKS_PER_VOLUME);
  }

  /** Null, or the first block whose history nothing explains. */
  check(): string | null {
    for (const [key, operations] of this.#blocks) {
      const volume = Math.floor(key / BLOCKS_PER_VOLUME);
      const lba = key % BLOCKS_PER_VOLUME;
      const fault = explain(operations, this.#initial(volume, lba));
      if (fault !== null)
        return `block ${lba} of volume ${volume} is not linearizable:\n  ${fault}`;
    }
    return null;
  }

  #add(
    recorded: Recorded,
    { volume, lba }: Range,
    index: number,
    operation: Writable<BlockOperation>,
  ): void {
    const key = volume * BLOCKS_PER_VOLUME + lba + index;
    const operations = this.#blocks.get(key) ?? [];
    this.#blocks.set(key, operations);
    operations.push(operation);
    recorded.blocks.push({ volume, lba: lba + index, operation });
    this.#count++;
  }
}
