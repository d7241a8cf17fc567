/**
 * The clauses of a standard that bind a target, and the specs that prove them, made from the titles:
 * a title that begins with `[RFC7143 11.7.4, 11.8] …` is a proof of both clauses.
 */
import { join } from "node:path";
import { RFC7143 } from "./rfc7143";
import { RFC7144 } from "./rfc7144";
import { root, titles } from "./titles";

/** A clause, what it asks for in our words, and why no spec proves it if none does. */
export type Clause = readonly [clause: string, text: string, without?: string];

export interface Standard {
  /** As the titles of specs name it. */
  readonly name: string;
  readonly clauses: readonly Clause[];
}

export const STANDARDS: readonly Standard[] = [
  { name: "RFC7143", clauses: RFC7143 },
  { name: "RFC7144", clauses: RFC7144 },
];

export function pathOf({ name }: Standard): string {
  return join(root, `spec/requirements/${name}.md`);
}

/** What titles cite of a standard: clause → spec files, sorted. */
export function citationsOf({ name }: Standard): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { ids, file } of titles()) {
    const [, clauses] = new RegExp(`(?:^|; )${name} ([^;]+)`).exec(ids) ?? [];
    for (const clause of clauses?.split(/,\s*/) ?? []) {
      found.set(clause, (found.get(clause) ?? new Set()).add(file));
    }
  }
  return new Map([...found].map(([clause, files]) => [clause, [...files].sort()]));
}

/** The listed clause that a citation is of: itself, or the nearest above it; null: none. */
export function listedClause(standard: Standard, cited: string): string | null {
  const listed = new Set(standard.clauses.map(([clause]) => clause));
  for (let clause = cited; clause !== ""; clause = clause.replace(/\.?[^.]+$/, "")) {
    if (listed.has(clause)) return clause;
  }
  return null;
}

/** Clause → the spec files that prove it. */
export function proofsOf(standard: Standard): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>(standard.clauses.map(([id]) => [id, new Set()]));
  for (const [cited, files] of citationsOf(standard)) {
    const clause = listedClause(standard, cited);
    if (clause !== null) for (const file of files) found.get(clause)?.add(file);
  }
  return new Map([...found].map(([clause, files]) => [clause, [...files].sort()]));
}

export function clausesText(standard: Standard): string {
  const { name, clauses } = standard;
  const proofs = proofsOf(standard);
  const rows = clauses.map(([clause, text, without]) => {
    const links = (proofs.get(clause) ?? []).map((path) => `[${path.slice(5, -8)}](../../${path})`);
    return `| ${clause} | ${text} | ${links.join(", ") || (without ?? "**none yet**")} |`;
  });
  return [
    `# What ${name} asks of a target, and the specs that prove it`,
    "",
    "Made from the titles of the specs by `npx tsx tools/requirements.ts`; a spec keeps it true.",
    "",
    "| clause | what it asks for | specs, or why there is none |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
