/**
 * Whether what hosts saw of one block has an order that explains it: every command took effect at
 * one moment between its beginning and its end. All sets of states that are still possible are
 * carried from end to end, so the cost follows how much went on at once, not how long.
 */

export interface BlockOperation {
  /** swap: compare-and-write that wrote; differs: one that found another value. */
  readonly kind: "read" | "write" | "swap" | "differs";
  /** Read, or written; nothing for "differs". */
  readonly value: number;
  /** What "swap" found and "differs" did not. */
  readonly expected: number;
  /** Places in the order of all beginnings and ends; Infinity: its end is not known. */
  readonly start: number;
  readonly end: number;
  /** It may have had no effect at all. */
  readonly isOptional: boolean;
  /** For the report. */
  readonly who: string;
}

/** A value the block may have, and which of the pending operations have had their effect. */
interface Possibility {
  readonly value: number;
  readonly done: number;
  /** The value is of an optional write, and nobody has relied on it. */
  readonly isUnseen: boolean;
}

/** Each possibility once; those that come while one looks at them are looked at too. */
class Possibilities {
  readonly all: Possibility[] = [];
  /** By value: what is done, twice, and one more where the value is unseen. */
  readonly #known = new Map<number, Set<number>>();

  add(possible: Possibility): void {
    const { value, done, isUnseen } = possible;
    const known = this.#known.get(value) ?? new Set();
    const key = done * 2 + Number(isUnseen);
    if (known.has(done * 2) || known.has(key)) return;
    this.#known.set(value, known.add(key));
    this.all.push(possible);
  }

  *[Symbol.iterator](): Generator<Possibility> {
    for (let index = 0; index < this.all.length; index++) yield this.all[index] as Possibility;
  }
}

/** Attempts of one command that nobody answered are all alike: of more at once some count not. */
const ATTEMPTS_MAX = 4;
/** Places for operations under way: bits of a number. */
const SLOTS = 48;

function isDone(done: number, slot: number): boolean {
  return Math.floor(done / 2 ** slot) % 2 === 1;
}

function isPossible(operation: BlockOperation, value: number): boolean {
  switch (operation.kind) {
    case "read":
      return operation.value === value;
    case "write":
      return true;
    case "swap":
      return operation.expected === value;
    case "differs":
      return operation.expected !== value;
  }
}

function isWriting(operation: BlockOperation): boolean {
  return operation.kind === "write" || operation.kind === "swap";
}

class Search {
  readonly #pending: (BlockOperation | null)[] = new Array<null>(SLOTS).fill(null);
  #possible: Possibility[];

  constructor(initial: number) {
    this.#possible = [{ value: initial, done: 0, isUnseen: false }];
  }

  get possibleValues(): number[] {
    return [...new Set(this.#possible.map(({ value }) => value))];
  }

  begin(operation: BlockOperation): void {
    const { kind, value, isOptional } = operation;
    const alike = this.#pending.filter(
      (other) => other?.kind === "write" && other.isOptional && other.value === value,
    );
    if (kind === "write" && isOptional && alike.length === ATTEMPTS_MAX) return;
    const slot = this.#pending.indexOf(null);
    if (slot < 0) throw new Error("too much goes on at once for the checker");
    this.#pending[slot] = operation;
  }

  /** False: the operation cannot have ended so. */
  end(operation: BlockOperation): boolean {
    const slot = this.#pending.indexOf(operation);
    if (slot < 0) return true;
    const ended = new Possibilities();
    for (const possible of this.#possible)
      if (operation.isOptional && !isDone(possible.done, slot)) ended.add(possible);
    for (const { value, done, isUnseen } of this.#withEffectOf(slot))
      ended.add({ value, done: done - 2 ** slot, isUnseen });
    this.#pending[slot] = null;
    this.#possible = ended.all;
    return this.#possible.length > 0;
  }

  /** Everything possible in which the operation in `slot` has just had its effect, or had before. */
  #withEffectOf(slot: number): Possibility[] {
    const open = new Possibilities();
    const found: Possibility[] = [];
    for (const possible of this.#possible) open.add(possible);
    for (const possible of open) {
      if (isDone(possible.done, slot)) found.push(possible);
      else for (const next of this.#next(possible)) open.add(next);
    }
    return found;
  }

  #next({ value, done, isUnseen }: Possibility): Possibility[] {
    const next: Possibility[] = [];
    /** Of optional writes of one value the one that ends first is as good as any. */
    const soonest = new Map<number, number>();
    for (let slot = 0; slot < SLOTS; slot++) {
      const operation = this.#pending[slot] as BlockOperation | null;
      if (operation === null || isDone(done, slot)) continue;
      if (!isPossible(operation, value)) continue;
      const after = done + 2 ** slot;
      // What changes nothing can as well be now, before everything else.
      if (!isWriting(operation)) return [{ value, done: after, isUnseen: false }];
      const { kind, isOptional } = operation;
      // Had nobody seen the write before this one, it could as well not have been.
      if (isUnseen && kind === "write") continue;
      const isChoice = isOptional && kind === "write";
      const known = soonest.get(operation.value);
      if (isChoice && known !== undefined && known <= operation.end) continue;
      if (isChoice) soonest.set(operation.value, operation.end);
      next.push({ value: operation.value, done: after, isUnseen: isChoice });
    }
    return next;
  }
}

/** Without the optional writes that nobody can have seen; they would only be carried along. */
function withoutUnseen(operations: readonly BlockOperation[]): BlockOperation[] {
  const seen = new Set<number>();
  for (const { kind, value, expected } of operations) {
    if (kind === "read") seen.add(value);
    if (kind === "swap") seen.add(expected);
  }
  const differs = operations.filter(({ kind }) => kind === "differs");
  return operations.filter((operation) => {
    if (!operation.isOptional || !isWriting(operation)) return true;
    if (seen.has(operation.value)) return true;
    return differs.some(({ start, end }) => start < operation.end && operation.start < end);
  });
}

/** Null: there is such an order. Otherwise what is wrong and what came before it. */
export function explain(operations: readonly BlockOperation[], initial: number): string | null {
  const events: { at: number; operation: BlockOperation }[] = [];
  for (const operation of withoutUnseen(operations)) {
    events.push({ at: operation.start, operation });
    if (operation.end !== Infinity) events.push({ at: operation.end, operation });
  }
  events.sort((a, b) => a.at - b.at);
  const search = new Search(initial);
  for (const { at, operation } of events) {
    if (at === operation.start) {
      search.begin(operation);
      continue;
    }
    const before = search.possibleValues;
    if (search.end(operation)) continue;
    const around = operations
      .filter(({ start, end }) => start <= at && end >= operation.start - 200)
      .slice(-25)
      .map((near) => `    ${described(near)}`);
    const could = `it could only have found ${before.join(", ")} or what was under way`;
    return [`${described(operation)}: ${could}`, ...around].join("\n");
  }
  return null;
}

function described(operation: BlockOperation): string {
  const { kind, value, expected, start, end, isOptional, who } = operation;
  const change = kind === "swap" ? `${expected}→${value}` : kind === "differs" ? expected : value;
  return `[${start}, ${end}] ${kind} ${change}${isOptional ? " perhaps" : ""} by ${who}`;
}
