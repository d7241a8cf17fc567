import { readFileSync } from "node:fs";
import { join } from "node:path";
import { format as printed } from "node:util";
import * as scsiCdb from "../src/index";

const readme = readFileSync(join(__dirname, "../README.md"), "utf8");

/** Each snippet with the heading it stands under. */
const snippets = readme
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => {
    const heading = section.split("\n")[0] as string;
    const codes = [...section.matchAll(/^```js\n([^]*?)^```/gm)];
    return codes.map(([, code]) => [heading, code as string] as const);
  });

/** What the snippet prints when it runs. */
function run(code: string): string[] {
  const lines: string[] = [];
  const body = code.replace(/^import (\{[^}]*\}) from "node-scsi-cdb";$/m, "const $1 = scsiCdb;");
  const log = (...values: unknown[]): void => void lines.push(printed(...values));
  new Function("scsiCdb", "console", body)(scsiCdb, { log });
  return lines;
}

describe("The README", () => {
  it("has no snippet outside its sections", () => {
    expect(snippets).toHaveLength(readme.match(/^```js$/gm)?.length ?? 0);
  });

  it.each(snippets)("prints what it promises: %s", (_, code) => {
    const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(promised).not.toHaveLength(0);
    expect(run(code)).toEqual(promised);
  });
});
