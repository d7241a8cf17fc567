/**
 * The style that a test can check: sizes, import direction, and what the core may not touch. The
 * table of imports below is the picture in ARCHITECTURE.md; the two change together.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

const ROOT = join(__dirname, "..");

/** Folder of lib/ → the folders it may import from, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "node-scsi-cdb": ["buffer-layout"],
  base: [],
  block: ["base"],
  store: ["block", "base", "node-scsi-cdb"],
  mirror: ["block", "base", "node-scsi-cdb"],
  scsi: ["block", "base", "node-scsi-cdb"],
  iscsi: ["base", "scsi", "node-scsi-cdb"],
  controller: ["iscsi", "scsi", "mirror", "block", "base"],
  node: [
    ...["controller", "iscsi", "scsi", "mirror", "store", "block", "base", "node-scsi-cdb"],
    "packages",
  ],
};

/** What iscsi may know of scsi: the seam, and no command. */
const SCSI_SEAM = ["transport", "task", "nexus", "lun"].map((name) => `lib/scsi/${name}`);

/** Words the core may not use: they are I/O, clocks, randomness or promises. */
const BANNED_IN_CORE: readonly RegExp[] = [
  /from "node:/,
  /\brequire\(/,
  /\bprocess\./,
  /\bDate\b/,
  /\bperformance\b/,
  /\bMath\.random\b/,
  /\bset(Timeout|Interval|Immediate)\b/,
  /\bqueueMicrotask\b/,
  /\basync\s/,
  /\bawait\b/,
  /\bPromise\b/,
  /\bEventEmitter\b/,
  /\bconsole\./,
];

/** Files that are one long table: the limit on length does not bind them. */
const TABLES: readonly string[] = [
  "lib/node-scsi-cdb/src/sense-codes.ts",
  "lib/iscsi/keys.ts",
  "lib/node/settings-table.ts",
  "spec/requirements/list.ts",
];

interface SourceFile {
  readonly path: string;
  readonly lines: readonly string[];
}

function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.d\.ts$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|\/)(dist|node_modules)\//.test(path))
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), "utf8").split("\n") }));
}

const PACKAGE_SPECS = filesIn("lib/node-scsi-cdb/spec");
const LIB = filesIn("lib").filter(({ path }) => !path.startsWith("lib/node-scsi-cdb/spec/"));
const ALL = [...LIB, ...PACKAGE_SPECS, ...filesIn("spec"), ...filesIn("tools")];

/** The code of a line: without comments, and without the content of strings unless it imports. */
function codeOf(line: string): string {
  const bare = line.replace(/^\s*(\/?\*).*$/, "").replace(/\/\/.*$/, "");
  return /\b(from|require)\b/.test(bare) ? bare : bare.replace(/"[^"]*"|`[^`]*`/g, '""');
}

function folderOf(path: string): string {
  return path.split("/")[1] as string;
}

/** `folder` for an import inside lib, `packages` for an installed one, null for Node's own. */
function importsOf(file: SourceFile): { target: string; path: string; line: number }[] {
  const found: { target: string; path: string; line: number }[] = [];
  file.lines.forEach((line, index) => {
    const name = /\b(?:from|import|require\()\s*"([^"]+)"/.exec(codeOf(line))?.[1];
    if (name === undefined || name.startsWith("node:")) return;
    const path = name.startsWith(".") ? normalize(join(dirname(file.path), name)) : name;
    const isOwn = name.startsWith(".") || name === "node-scsi-cdb" || name === "buffer-layout";
    const target = !isOwn ? "packages" : name.startsWith(".") ? folderOf(path) : name;
    found.push({ target, path, line: index + 1 });
  });
  return found;
}

/** Lengths of top-level functions and of methods, by the indentation prettier gives them. */
function longFunctions(file: SourceFile, max: number): string[] {
  const found: string[] = [];
  let start = -1;
  let closing = "";
  file.lines.forEach((line, index) => {
    const opens =
      /^(\s{0,2})(?:(?:export |async |function |static |get |override |const )+|#?\w+\().*\{$/;
    const indent = opens.exec(line)?.[1];
    const isFunction =
      indent !== undefined &&
      !/^\s*(if|for|while|switch|export (class|interface|const \w+ = \{))/.test(line);
    if (start < 0 && isFunction && /\)[^=]*\{$|=> \{$/.test(line)) {
      start = index;
      closing = `${indent}}`;
    } else if (start >= 0 && line.startsWith(closing) && /^\s*\}[;,)]*$/.test(line)) {
      if (index - start + 1 > max)
        found.push(`${file.path}:${start + 1} ${index - start + 1} lines`);
      start = -1;
    }
  });
  return found;
}

describe("the house", () => {
  it("imports point one way", () => {
    const wrong = LIB.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target !== folderOf(file.path))
        .filter(({ target }) => !(MAY_IMPORT[folderOf(file.path)] ?? []).includes(target))
        .map(({ path, line }) => `${file.path}:${line} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it("iscsi knows of scsi only the seam", () => {
    const wrong = LIB.filter((file) => folderOf(file.path) === "iscsi").flatMap((file) =>
      importsOf(file)
        .filter(({ target, path }) => target === "scsi" && !SCSI_SEAM.includes(path))
        .map(({ path, line }) => `${file.path}:${line} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it("only lib/node touches I/O, clocks, randomness and promises", () => {
    const wrong = LIB.filter((file) => folderOf(file.path) !== "node").flatMap((file) =>
      file.lines
        .map((line, index) => ({ code: codeOf(line), at: `${file.path}:${index + 1}` }))
        .filter(({ code }) => BANNED_IN_CORE.some((banned) => banned.test(code)))
        .map(({ code, at }) => `${at} ${code.trim()}`),
    );
    expect(wrong).toEqual([]);
  });

  it("only lib/node/log.ts knows winston", () => {
    const users = LIB.filter((file) => importsOf(file).some(({ path }) => path === "winston"));
    expect(users.map((file) => file.path)).toEqual(["lib/node/log.ts"]);
  });
});

describe("files", () => {
  it("stay under 400 lines, tables exempt", () => {
    const long = ALL.filter((file) => file.lines.length > 400 && !TABLES.includes(file.path));
    expect(long.map((file) => `${file.path} ${file.lines.length}`)).toEqual([]);
  });

  it("of lib and tools open by saying what they are", () => {
    const silent = ALL.filter((file) =>
      /^(lib\/(?!node-scsi-cdb\/spec)|tools\/)/.test(file.path),
    ).filter((file) => !/^(\/\*\*|#!|\/\/ )/.test(file.lines[0] ?? ""));
    expect(silent.map((file) => file.path)).toEqual([]);
  });

  it("have functions under 60 lines", () => {
    const wrong = [...LIB, ...filesIn("tools")].flatMap((file) => longFunctions(file, 60));
    expect(wrong).toEqual([]);
  });

  it("carry no notes to do, no disabled tests, no enum, namespace or default export", () => {
    const banned =
      /\b(TODO|FIXME|XXX)\b|\b(it|describe|test)\.(skip|only|todo)\b|^export default|^(export )?(const )?enum |^(export )?namespace /;
    const wrong = ALL.filter((file) => file.path !== "spec/tidy.spec.ts").flatMap((file) =>
      file.lines
        .map((line, index) => ({ line, at: `${file.path}:${index + 1}` }))
        .filter(({ line }) => banned.test(line))
        .map(({ line, at }) => `${at} ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });

  it("have no line over 100 characters in lib", () => {
    const wrong = LIB.flatMap((file) =>
      file.lines
        .map((line, index) => ({ line, at: `${file.path}:${index + 1}` }))
        .filter(({ line }) => line.length > 100)
        .map(({ at }) => at),
    );
    expect(wrong).toEqual([]);
  });
});
