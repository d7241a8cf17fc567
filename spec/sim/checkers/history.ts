/**
 * What the hosts asked and were told, block by block, in the order of the world. A command has no
 * effect any more once its end has been told, also where that was no good end.
 */
import { type BlockOperation, explain } from "./linearizability";

/** Made often, so all of one shape. */
class Operation implements BlockOperation {
  kind: BlockOperation["kind"];
  readonly value: number;
  readonly expected: number;
  readonly start: number;
  end: number;
  isOptional: boolean;
  readonly who: string;

  constructor(of: BlockOperation) {
    this.kind = of.kind;
    this.value = of.value;
    this.expected = of.expected;
    this.start = of.start;
    this.end = of.end;
    this.isOptional = of.isOptional;
    this.who = of.who;
  }
}

/** A command under way, as the history has it: an operation for each of its blocks. */
export type Recorded = readonly Operation[];

interface Range {
  readonly volume: number;
  readonly lba: number;
  readonly who: string;
}

const BLOCKS_PER_VOLUME = 2 ** 20;

export class History {
  readonly #blocks = new Map<number, Operation[]>();
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
  write({ volume, lba, who }: Range, values: readonly number[]): Recorded {
    const start = ++this.#sequence;
    return values.map((value, index) =>
      this.#add(
        { volume, lba: lba + index },
        { kind: "write", value, expected: 0, start, end: Infinity, isOptional: true, who },
      ),
    );
  }

  ended(recorded: Recorded): void {
    const end = ++this.#sequence;
    for (const operation of recorded) {
      operation.end = end;
      operation.isOptional = false;
    }
  }

  /** It had its effect by now or will have none. */
  abandoned(recorded: Recorded): void {
    const end = ++this.#sequence;
    for (const operation of recorded) operation.end = end;
  }

  /** Where a read begins; what nobody was told is not recorded. */
  begin(): number {
    return ++this.#sequence;
  }

  read({ volume, lba, who }: Range, start: number, values: readonly number[]): void {
    const end = ++this.#sequence;
    values.forEach((value, index) => {
      this.#add(
        { volume, lba: lba + index },
        { kind: "read", value, expected: 0, start, end, isOptional: false, who },
      );
    });
  }

  /** A compare-and-write of one block. */
  swap(range: Range, expected: number, value: number): Recorded {
    const start = ++this.#sequence;
    const unknown = { end: Infinity, isOptional: true, who: range.who } as const;
    return [this.#add(range, { kind: "swap", value, expected, start, ...unknown })];
  }

  /** A compare-and-write found something else. */
  differed(recorded: Recorded): void {
    const end = ++this.#sequence;
    for (const operation of recorded) {
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

  #add({ volume, lba }: Pick<Range, "volume" | "lba">, of: BlockOperation): Operation {
    const key = volume * BLOCKS_PER_VOLUME + lba;
    const operation = new Operation(of);
    const operations = this.#blocks.get(key);
    if (operations === undefined) this.#blocks.set(key, [operation]);
    else operations.push(operation);
    this.#count++;
    return operation;
  }
}
