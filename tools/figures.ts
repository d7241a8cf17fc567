#!/usr/bin/env -S npx tsx
/** Writes the patent's sequence figures, as runs of the real jobs draw them, into the documentation. */
import { writeFileSync } from "node:fs";
import { FIGURES_PATH, figuresText } from "../spec/mirror/figures";
import { runTool } from "./support/cli";

const USAGE = `Writes lib/mirror/FIGURES.md: Figs. 8, 9, 16, 19 and 20 as the code goes.

  npx tsx tools/figures.ts
`;

if (require.main === module)
  runTool({
    usage: USAGE,
    options: {},
    main() {
      writeFileSync(FIGURES_PATH, figuresText());
      return Promise.resolve(0);
    },
  });
