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
}

/** Places for operations under way. */
const SLOTS = 30;

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
    this.#possible = [{ value: initial, done: 0 }];
  }

  get possibleValues(): number[] {
    return [...new Set(this.#possible.map(({ value }) => value))];
  }

  begin(operation: BlockOperation): void {
    const slot = this.#pending.indexOf(null);
    if (slot < 0) throw new Error("too much goes on at once for the checker");
    this.#pending[slot] = operation;
  }

  /** False: the operation cannot have ended so. */
  end(operation: BlockOperation): boolean {
    const slot = this.#pending.indexOf(operation);
    const bit = 1 << slot;
    const next = new Map<string, Possibility>();
    for (const possible of this.#withEffectOf(bit, operation.isOptional)) {
      const after = { value: possible.value, done: possible.done & ~bit };
      next.set(`${after.value}/${after.done}`, after);
    }
    this.#pending[slot] = null;
    this.#possible = [...next.values()];
    return this.#possible.length > 0;
  }

  /** Everything possible in which the operation of `bit` has had its effect, or need not have. */
  #withEffectOf(bit: number, isOptional: boolean): Possibility[] {
    const open = [...this.#possible];
    const seen = new Set(open.map(({ value, done }) => `${value}/${done}`));
    const found: Possibility[] = [];
    for (let possible = open.pop(); possible !== undefined; possible = open.pop()) {
      const isDone = (possible.done & bit) !== 0;
      if (isDone || isOptional) found.push(possible);
      if (isDone) continue;
      for (const next of this.#next(possible)) {
        const key = `${next.value}/${next.done}`;
        if (seen.has(key)) continue;
        seen.add(key);
        open.push(next);
      }
    }
    return found;
  }

  *#next({ value, done }: Possibility): Generator<Possibility> {
    for (let slot = 0; slot < SLOTS; slot++) {
      const operation = this.#pending[slot] as BlockOperation | null;
      if (operation === null || (done & (1 << slot)) !== 0) continue;
      if (!isPossible(operation, value)) continue;
      const after = {
        value: isWriting(operation) ? operation.value : value,
        done: done | (1 << slot),
      };
      // What changes nothing can as well be now, before everything else.
      if (!isWriting(operation)) return yield after;
      yield after;
    }
  }
}

/** Optional writes that nobody can have seen; they would only be carried along. */
function isUnseen(operation: BlockOperation, seen: ReadonlySet<number>): boolean {
  return operation.isOptional && isWriting(operation) && !seen.has(operation.value);
}

/** Null: there is such an order. Otherwise what is wrong and what came before it. */
export function explain(operations: readonly BlockOperation[], initial: number): string | null {
  const seen = new Set<number>();
  for (const operation of operations) {
    if (operation.kind === "read") seen.add(operation.value);
    if (operation.kind === "swap") seen.add(operation.expected);
  }
  const events: { at: number; operation: BlockOperation }[] = [];
  for (const operation of operations) {
    if (isUnseen(operation, seen)) continue;
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
