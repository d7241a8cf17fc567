import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  environmentNameOf,
  flagOf,
  settingsTable,
  type Setting,
} from "../../lib/node/settings-table";

const README = readFileSync(join(__dirname, "../../README.md"), "utf8");

/** A setting as the README's table has it. */
function lineOf(key: string, { doc, form, default: byDefault, isList }: Setting<unknown>): string {
  const { placeholder } = form;
  const flag = placeholder === null ? `--[no-]${flagOf(key)}` : `--${flagOf(key)} ${placeholder}`;
  const cells = [
    `\`${key}\``,
    `\`${flag}\`${isList === true ? " *" : ""}`,
    `\`${environmentNameOf(key)}\``,
    byDefault === null ? "—" : `\`${byDefault}\``,
    doc,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}

describe("the README's table of settings", () => {
  it.each(Object.entries(settingsTable) as [string, Setting<unknown>][])(
    "says of %s what the table says",
    (key, setting) => expect(README).toContain(lineOf(key, setting)),
  );
});
