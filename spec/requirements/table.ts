/**
 * The table of the patent's requirements and the specs that prove them, made from the titles: a
 * title that begins with a requirement's number in brackets, alone or among others, is a proof.
 */
import { join } from "node:path";
import { REQUIREMENTS } from "./list";
import { root, titles } from "./titles";

export const TABLE_PATH = join(root, "spec/requirements/README.md");

/** Requirement → the spec files whose titles name it, sorted. */
export function proofs(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>(REQUIREMENTS.map(({ id }) => [id, new Set()]));
  for (const { ids, file } of titles())
    for (const id of ids.split(/[,;]\s*|\s+/)) found.get(id)?.add(file);
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
