/**
 * Assertions: only a bug of ours makes one fail, and then the process ends. Never for outside
 * input.
 */

/**
 * @throws Error when `condition` is false. `message` is a constant: building text costs even when
 * all is well.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** The end of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
