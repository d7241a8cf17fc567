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

/** Each possibility once, in the order in which they came. */
class Possibilities {
  readonly all: Possibility[] = [];
  /** By value: what is done, twice, and one more where the value is unseen. */
  readonly #known = new Map<number, Set<number>>();

  add(possible: Possibility): void {
    const { value, done, isUnseen } = possible;
    const key = done * 2 + Number(isUnseen);
    const known = this.#known.get(value);
    if (known === undefined) this.#known.set(value, new Set([key]));
    else if (known.has(done * 2) || known.has(key)) return;
    else known.add(key);
    this.all.push(possible);
  }
}

/** Attempts of one command that nobody answered are all alike: of more at once some count not. */
const ATTEMPTS_MAX = 4;
/** Places for operations under way: bits of a number. */
const SLOTS = 48;
const BITS: readonly number[] = Array.from({ length: SLOTS }, (_, slot) => 2 ** slot);

function isDone(done: number, slot: number): boolean {
  if (done === 0) return false;
  return Math.floor(done / (BITS[slot] as number)) % 2 === 1;
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
  /** By their slots, as many as were ever needed at once. */
  readonly #pending: (BlockOperation | null)[] = [];
  #possible: readonly Possibility[];

  constructor(initial: number) {
    this.#possible = [{ value: initial, done: 0, isUnseen: false }];
  }

  get possible(): readonly Possibility[] {
    return this.#possible;
  }

  begin(operation: BlockOperation): void {
    if (this.#isOneTooMany(operation)) return;
    const free = this.#pending.indexOf(null);
    const slot = free < 0 ? this.#pending.length : free;
    if (slot === SLOTS) throw new Error("too much goes on at once for the checker");
    this.#pending[slot] = operation;
  }

  #isOneTooMany({ kind, value, isOptional }: BlockOperation): boolean {
    if (kind !== "write" || !isOptional) return false;
    let count = 0;
    for (const other of this.#pending)
      if (other?.kind === "write" && other.isOptional && other.value === value) count++;
    return count === ATTEMPTS_MAX;
  }

  /** False: the operation cannot have ended so. */
  end(operation: BlockOperation): boolean {
    const slot = this.#pending.indexOf(operation);
    if (slot < 0) return true;
    const ended = new Possibilities();
    for (const possible of this.#possible)
      if (operation.isOptional && !isDone(possible.done, slot)) ended.add(possible);
    for (const { value, done, isUnseen } of this.#withEffectOf(slot))
      ended.add({ value, done: done - (BITS[slot] as number), isUnseen });
    this.#pending[slot] = null;
    this.#possible = ended.all;
    return this.#possible.length > 0;
  }

  /** Everything possible in which the operation in `slot` has just had its effect, or had before. */
  #withEffectOf(slot: number): Possibility[] {
    const open = new Possibilities();
    const found: Possibility[] = [];
    for (const possible of this.#possible) open.add(possible);
    // Those that come meanwhile are looked at too.
    for (let index = 0; index < open.all.length; index++) {
      const possible = open.all[index] as Possibility;
      if (isDone(possible.done, slot)) found.push(possible);
      else for (const next of this.#next(possible)) open.add(next);
    }
    return found;
  }

  #next({ value, done, isUnseen }: Possibility): Possibility[] {
    const next: Possibility[] = [];
    /** Of optional writes of one value the one that ends first is as good as any. */
    const soonest = new Map<number, number>();
    for (let slot = 0; slot < this.#pending.length; slot++) {
      const operation = this.#pending[slot] as BlockOperation | null;
      if (operation === null || isDone(done, slot)) continue;
      if (!isPossible(operation, value)) continue;
      const after = done + (BITS[slot] as number);
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
  // It may have found what nobody else saw, also of a write that ended long before.
  const differs = operations.filter(({ kind }) => kind === "differs");
  return operations.filter((operation) => {
    if (!operation.isOptional || !isWriting(operation)) return true;
    if (seen.has(operation.value)) return true;
    return differs.some(({ end }) => operation.start < end);
  });
}

/** Null: there is such an order. Otherwise what is wrong and what came before it. */
export function explain(operations: readonly BlockOperation[], initial: number): string | null {
  const seen = withoutUnseen(operations);
  const search = new Search(initial);
  for (const event of eventsOf(seen)) {
    const at = Math.floor(event / seen.length);
    const operation = seen[event % seen.length] as BlockOperation;
    if (at === operation.start) {
      search.begin(operation);
      continue;
    }
    const before = search.possible;
    if (!search.end(operation)) return faultOf(operation, before, operations);
  }
  return null;
}

/** Beginnings and ends in their order, each as its place × the operations' count + which it is. */
function eventsOf(operations: readonly BlockOperation[]): Float64Array {
  const events = new Float64Array(2 * operations.length);
  let count = 0;
  operations.forEach(({ start, end }, index) => {
    events[count++] = start * operations.length + index;
    if (end !== Infinity) events[count++] = end * operations.length + index;
  });
  return events.subarray(0, count).sort();
}

function faultOf(
  operation: BlockOperation,
  before: readonly Possibility[],
  operations: readonly BlockOperation[],
): string {
  const around = operations
    .filter(({ start, end }) => start <= operation.end && end >= operation.start - 200)
    .slice(-25)
    .map((near) => `    ${described(near)}`);
  const values = [...new Set(before.map(({ value }) => value))];
  const could = `it could only have found ${values.join(", ")} or what was under way`;
  return [`${described(operation)}: ${could}`, ...around].join("\n");
}

function described(operation: BlockOperation): string {
  const { kind, value, expected, start, end, isOptional, who } = operation;
  const change = kind === "swap" ? `${expected}→${value}` : kind === "differs" ? expected : value;
  return `[${start}, ${end}] ${kind} ${change}${isOptional ? " perhaps" : ""} by ${who}`;
}
