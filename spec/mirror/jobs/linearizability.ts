/**
 * Whether a history of one block could have been that of one disk that does one thing at a time.
 * Wing and Gong's search: somebody who had returned before another came stands before it. A write
 * that nobody knows the end of may have happened at any time after it came, or never.
 */

export interface Operation {
  /** cas: wrote `to` where it found `from`; cas-failed: found something else than `from`. */
  readonly is: "read" | "write" | "or" | "cas" | "cas-failed";
  /** Read, written or added. */
  readonly value: number;
  /** Of a cas: what it compared with. */
  readonly from?: number;
  readonly cameAt: number;
  /** Infinity: nobody knows. */
  readonly endedAt: number;
}

/** The block's value after an operation, or null where it cannot stand. */
function after(operation: Operation, value: number): number | null {
  switch (operation.is) {
    case "read":
      return operation.value === value ? value : null;
    case "write":
      return operation.value;
    case "or":
      return value | operation.value;
    case "cas":
      if (operation.endedAt === Infinity) {
        return operation.from === value ? operation.value : value;
      }
      return operation.from === value ? operation.value : null;
    case "cas-failed":
      return operation.from === value ? null : value;
  }
}

export function isLinearizable(operations: readonly Operation[], initial: number): boolean {
  const known = new Set<string>();
  const done = new Array<boolean>(operations.length).fill(false);
  const search = (value: number): boolean => {
    const key = `${done.map(Number).join("")} ${value}`;
    if (known.has(key)) return false;
    known.add(key);
    const left = operations.filter((_, index) => done[index] !== true);
    if (left.every(({ endedAt }) => endedAt === Infinity)) return true;
    const firstEnd = Math.min(...left.map(({ endedAt }) => endedAt));
    for (const [index, operation] of operations.entries()) {
      if (done[index] === true || operation.cameAt > firstEnd) continue;
      const next = after(operation, value);
      if (next === null) continue;
      done[index] = true;
      if (search(next)) return true;
      done[index] = false;
    }
    return false;
  };
  return search(initial);
}
