/** Asks statements of runs, for the specs of the claims. */
import type { NamedRun } from "./runs";
import type { StatementName } from "./statements";
import { statements } from "./statements";

/** A claim's title, and what it says. */
export type ClaimRow = [title: string, ...said: StatementName[]];

/** Every statement of every run holds, and the runs have writes of both kinds. */
export function expectClaim(runs: readonly NamedRun[], said: readonly StatementName[]): void {
  expect(runs.length).toBeGreaterThan(0);
  const faults: string[] = [];
  for (const { name, run } of runs) {
    if (run.served(1).length === 0 || run.served(2).length === 0)
      faults.push(`${name}: nothing is claimed of it`);
    for (const statement of said) {
      const fault = statements[statement](run);
      if (fault !== null) faults.push(`${name}: ${statement}: ${fault}`);
    }
  }
  expect(faults).toEqual([]);
}
