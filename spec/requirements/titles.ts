/** The titles of all specs, as far as they begin with a reference in brackets. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const root = join(__dirname, "..", "..");

/** `[F-851/833, X-06] …` in the first words of a title. */
const TITLE = /\b(?:it|describe)(?:\.each\([^)]*\))?\(\s*[`"]\[([^\]]+)\]/g;
/** Behind the table of an `each`. */
const BEHIND_TABLE = /\]\)\(\s*[`"]\[([^\]]+)\]/g;
const IN_TABLE = /\[\s*"\[([^\]]+)\]/g;
/** `[RFC7143 %s] …` takes its clause from the first column of a table. */
const BY_COLUMN = /"\[(\w+) %s\]/g;
const FIRST_COLUMN = /\[\s*"(\d+(?:\.\d+)+)"/g;

export interface TitleReference {
  /** What is between the brackets. */
  readonly ids: string;
  /** The spec's path. */
  readonly file: string;
}

export function titles(): readonly TitleReference[] {
  const files = readdirSync(join(root, "spec"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".spec.ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  return files.flatMap((path) => {
    const text = readFileSync(path, "utf8");
    const file = relative(root, path);
    const found = [TITLE, BEHIND_TABLE, IN_TABLE].flatMap((pattern) =>
      [...text.matchAll(pattern)].map(([, ids = ""]) => ids),
    );
    for (const [, standard] of text.matchAll(BY_COLUMN)) {
      for (const [, clause] of text.matchAll(FIRST_COLUMN)) found.push(`${standard} ${clause}`);
    }
    return found.filter((ids) => !ids.includes("%s")).map((ids) => ({ ids, file }));
  });
}
