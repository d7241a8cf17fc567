import { readFileSync } from "node:fs";
import { FIGURES_PATH, figuresText } from "./figures";

describe("the figures in the documentation", () => {
  it("are what the code gives now (else run npx tsx tools/figures.ts)", () => {
    expect(readFileSync(FIGURES_PATH, "utf8")).toBe(figuresText());
  });
});
