/**
 * What hosts saw of one block, as a string, and whether any order of their commands explains it:
 * one write on each side ("a" on the main side, "b" on the sub side) and one read on each side. The
 * models use it for its speed; what the simulator's hosts see is checked by `checkers/history.ts`.
 *
 *   A B   the write begins            M S   the read on the main or sub side begins
 *   a b   it ended well               0 1 2 the main side's read ends with "0", "a", "b"
 *   e     the sub's ended badly       5 6 7 the sub side's read does
 */

export type Value = "0" | "a" | "b";

const VALUES: readonly Value[] = ["0", "a", "b"];

export function readEnd(side: "main" | "sub", value: Value): string {
  return String(VALUES.indexOf(value) + (side === "main" ? 0 : 5));
}

interface Operation {
  readonly start: number;
  /** Infinity: it had not ended, or its end is unknown. */
  readonly end: number;
  readonly isRead: boolean;
  readonly value: Value;
}

function write(history: string, value: "a" | "b"): Operation | null {
  const start = history.indexOf(value.toUpperCase());
  const end = history.indexOf(value);
  return start < 0 ? null : { start, end: end < 0 ? Infinity : end, isRead: false, value };
}

function read(history: string, side: "main" | "sub"): Operation | null {
  const start = history.indexOf(side === "main" ? "M" : "S");
  const value = VALUES.find((candidate) => history.includes(readEnd(side, candidate)));
  if (value === undefined) return null;
  return { start, end: history.indexOf(readEnd(side, value)), isRead: true, value };
}

function isExplained(left: readonly Operation[], value: Value): boolean {
  if (left.length === 0) return true;
  return left.some((next) => {
    const rest = left.filter((other) => other !== next);
    if (rest.some((other) => other.end < next.start)) return false;
    if (next.isRead && next.value !== value) return false;
    return isExplained(rest, next.value);
  });
}

function check(history: string): boolean {
  const operations = [
    write(history, "a"),
    write(history, "b"),
    read(history, "main"),
    read(history, "sub"),
  ].filter((operation) => operation !== null);
  const open = operations.filter(({ end }) => end === Infinity);
  const ended = operations.filter(({ end }) => end !== Infinity);
  for (let chosen = 0; chosen < 1 << open.length; chosen++) {
    const taken = open.filter((_, index) => (chosen & (1 << index)) !== 0);
    if (isExplained([...ended, ...taken], "0")) return true;
  }
  return false;
}

const known = new Map<string, boolean>();

/** Writes that did not end well may count or not. */
export function isLinearizable(history: string): boolean {
  const answer = known.get(history) ?? check(history);
  known.set(history, answer);
  return answer;
}
