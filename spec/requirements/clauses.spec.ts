import { readFileSync } from "node:fs";
import { STANDARDS, citationsOf, clausesText, listedClause, pathOf, proofsOf } from "./clauses";

describe.each(STANDARDS)("the table of $name", (standard) => {
  it("is as the titles of the specs make it (else run npx tsx tools/requirements.ts)", () => {
    expect(readFileSync(pathOf(standard), "utf8")).toBe(clausesText(standard));
  });

  it("has each clause once, in order", () => {
    const clauses = standard.clauses.map(([clause]) => clause);
    const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
    expect(clauses).toEqual([...new Set(clauses)].sort(byNumber));
  });

  it("has a spec for each clause, or says why there is none, and not both", () => {
    const proofs = proofsOf(standard);
    const isSettled = ([clause, , without]: readonly [string, string, string?]): boolean =>
      (proofs.get(clause) ?? []).length > 0 !== (without !== undefined);
    expect(standard.clauses.filter((clause) => !isSettled(clause))).toEqual([]);
  });

  it("knows every clause that a title names, or those below it", () => {
    const isKnown = (cited: string): boolean =>
      listedClause(standard, cited) !== null ||
      standard.clauses.some(([clause]) => clause.startsWith(`${cited}.`));
    expect([...citationsOf(standard).keys()].filter((cited) => !isKnown(cited))).toEqual([]);
  });
});
