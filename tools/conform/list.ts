/**
 * The list of libiscsi's tests: which must pass on which set-ups, and why the others are left out.
 * One line per test or suite, the first that matches a test counts:
 *
 *     SCSI.Inquiry.*            thin thin-8     must pass on both set-ups
 *     SCSI.OrWrite.*            - ORWRITE is not there yet
 */
import { SETUP_NAMES, type SetupName } from "./setups";

export interface ListLine {
  readonly pattern: string;
  /** Set-ups the test must pass on; empty when it is left out. */
  readonly setups: readonly SetupName[];
  /** Why it is left out; empty when it is run. */
  readonly reason: string;
}

/** Parses the list. Throws with the line that is wrong. */
export function parseList(text: string): ListLine[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parseLine);
}

function parseLine(line: string): ListLine {
  const [pattern = "", first, ...rest] = line.split(/\s+/);
  if (first === "-" && rest.length > 0) return { pattern, setups: [], reason: rest.join(" ") };
  const names = first === undefined ? [] : [first, ...rest];
  const setups = names.filter((name): name is SetupName => SETUP_NAMES.some((n) => n === name));
  if (setups.length > 0 && setups.length === names.length) return { pattern, setups, reason: "" };
  throw new Error(`"${line}": a pattern, then set-ups (${SETUP_NAMES.join(", ")}) or "- reason"`);
}

/** The line that decides for a test, or null. */
export function lineFor(list: readonly ListLine[], test: string): ListLine | null {
  return list.find(({ pattern }) => matchesGlob(test, pattern)) ?? null;
}

/** Whether FAMILY.SUITE.TEST matches a pattern in which `*` stands for anything. */
export function matchesGlob(test: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(test);
}
