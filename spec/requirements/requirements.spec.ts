import { readFileSync } from "node:fs";
import { REQUIREMENTS } from "./list";
import { TABLE_PATH, proofs, tableText } from "./table";

describe("the table of requirements", () => {
  it("is as the titles of the specs make it (else run npx tsx tools/requirements.ts)", () => {
    expect(readFileSync(TABLE_PATH, "utf8")).toBe(tableText());
  });

  it("has each number once", () => {
    expect(new Set(REQUIREMENTS.map(({ id }) => id)).size).toBe(REQUIREMENTS.length);
  });

  it("knows who proves what", () => {
    expect(proofs().get("G-08")).not.toEqual([]);
  });
});
