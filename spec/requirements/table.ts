/**
 * The table of requirements and the specs that prove them, made from the titles: a title that begins
 * with a requirement's number in brackets, alone or among others, is a proof of it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { REQUIREMENTS } from "./list";

const root = join(__dirname, "..", "..");
export const TABLE_PATH = join(root, "spec/requirements/README.md");

/** `[F-851/833, X-06] …` in the first words of a title. */
const TITLE = /\b(?:it|describe)(?:\.each\([^)]*\))?\(\s*[`"]\[([^\]]+)\]/g;
const IN_TABLE = /\[\s*"\[([^\]]+)\]/g;

/** Requirement → the spec files whose titles name it, sorted. */
export function proofs(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>(REQUIREMENTS.map(({ id }) => [id, new Set()]));
  const files = readdirSync(join(root, "spec"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".spec.ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (const pattern of [TITLE, IN_TABLE])
      for (const [, ids = ""] of text.matchAll(pattern))
        for (const id of ids.split(/[,;]\s*|\s+/)) found.get(id)?.add(relative(root, file));
  }
  return new Map([...found].map(([id, specs]) => [id, [...specs].sort()]));
}

export function tableText(): string {
  const specs = proofs();
  const rows = REQUIREMENTS.map(({ id, text, source }) => {
    const links = (specs.get(id) ?? []).map((path) => `[${path.slice(5, -8)}](../../${path})`);
    return `| ${id} | ${text.replaceAll("|", "\\|")} | ${source} | ${links.join(", ") || "**none yet**"} |`;
  });
  return [
    "# The patent's requirements and the specs that prove them",
    "",
    "Made from the titles of the specs by `npx tsx tools/requirements.ts`; a spec keeps it true.",
    "",
    "| number | requirement | source | specs |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
