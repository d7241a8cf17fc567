#!/usr/bin/env -S npx tsx
/** Writes the tables of requirements and the specs that prove them; says which have none. */
import { writeFileSync } from "node:fs";
import { clausesText, pathOf, proofsOf, STANDARDS } from "../spec/requirements/clauses";
import { proofs, TABLE_PATH, tableText } from "../spec/requirements/table";
import { runTool, say } from "./support/cli";

const USAGE = `Writes the tables of spec/requirements/ from the titles of the specs.

  npx tsx tools/requirements.ts

Ends with 1 when a requirement has no spec.
`;

if (require.main === module)
  runTool({
    usage: USAGE,
    options: {},
    async main() {
      writeFileSync(TABLE_PATH, tableText());
      const without = [...proofs()].filter(([, specs]) => specs.length === 0).map(([id]) => id);
      for (const standard of STANDARDS) {
        writeFileSync(pathOf(standard), clausesText(standard));
        const proved = proofsOf(standard);
        const open = standard.clauses.filter(([clause, , why]) => {
          return why === undefined && proved.get(clause)?.length === 0;
        });
        without.push(...open.map(([clause]) => `${standard.name} ${clause}`));
      }
      if (without.length > 0) say(`no spec yet: ${without.join(", ")}`);
      return without.length > 0 ? 1 : 0;
    },
  });
