/**
 * The shared libraries a program of the guest needs, and empty stand-ins for those that Debian's
 * fio is linked with but never calls in our jobs (Ceph, Gluster, RDMA, persistent memory, NBD:
 * some hundred megabytes). Reads ELF by objdump.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CannotError } from "../support/cli";
import { makeFolder, run } from "./host";

/** The libraries named in a file's dynamic section, by their SONAMEs. */
export function neededLibraries(file: string): string[] {
  const text = run("objdump", ["-p", file]).toString();
  return [...text.matchAll(/NEEDED\s+(\S+)/g)].map((match) => match[1]!);
}

/** SONAME of a library to leave out, and the prefix of its symbols where they carry no version. */
const standIns: readonly (readonly [soname: string, prefix: string])[] = [
  ["libgfapi.so.0", "glfs_"],
  ["libnbd.so.0", "nbd_"],
  ["libpmemblk.so.1", "pmemblk_"],
  ["libpmem.so.1", "pmem_"],
  ["librbd.so.1", "rbd_"],
  ["librados.so.2", "rados_"],
  ["libibverbs.so.1", "ibv_"],
  ["librdmacm.so.1", "rdma_"],
];

/** Symbol names by version; `Base` holds those without one. */
type Symbols = Map<string, string[]>;

/**
 * Compiles the stand-ins that `program` needs to start into `folder`: right SONAME, right symbols
 * in the right versions, as the program is linked to resolve all of them at once. SONAME → file.
 */
export function makeStandIns(program: string, folder: string): Map<string, string> {
  makeFolder(folder);
  const owners = versionOwners(program);
  const symbols = undefinedSymbols(program);
  const made = new Map<string, string>();
  for (const [soname] of standIns) {
    const own: Symbols = new Map();
    for (const { name, version } of symbols) {
      const owner = owners.get(version) ?? prefixOwner(name);
      if (owner === soname) own.set(version, [...(own.get(version) ?? []), name]);
    }
    if (own.size === 0) throw new CannotError(`${program} uses nothing of ${soname}`);
    made.set(soname, compile(join(folder, soname), soname, own));
  }
  return made;
}

function prefixOwner(symbol: string): string | undefined {
  return standIns.find(([, prefix]) => symbol.startsWith(prefix))?.[0];
}

/** Version name → SONAME of the library that defines it. */
function versionOwners(program: string): Map<string, string> {
  const owners = new Map<string, string>();
  let soname = "";
  for (const line of run("objdump", ["-p", program]).toString().split("\n")) {
    soname = /^\s+required from (\S+):/.exec(line)?.[1] ?? soname;
    const version = /^\s+0x\S+ 0x\S+ \d+ (\S+)/.exec(line)?.[1];
    if (version !== undefined) owners.set(version, soname);
  }
  return owners;
}

function undefinedSymbols(program: string): { name: string; version: string }[] {
  const lines = run("objdump", ["-T", program]).toString().split("\n");
  return lines.flatMap((line) => {
    const match = /^\S+\s+(.*?)\*UND\*\s+\S+\s+(?:\(?(\S+?)\)?\s+)?(\S+)$/.exec(line);
    const isWeak = match?.[1]!.split(/\s+/).includes("w") ?? true;
    return match === null || isWeak ? [] : [{ name: match[3]!, version: match[2] ?? "Base" }];
  });
}

function compile(output: string, soname: string, symbols: Symbols): string {
  const source = `${output}.c`;
  const map = `${output}.map`;
  const names = [...symbols.values()].flat();
  writeFileSync(source, names.map((name) => `int ${name}(void) { return -1; }\n`).join(""));
  const versions = [...symbols].filter(([version]) => version !== "Base");
  const scripts = versions.map(([version, own]) => `${version} { global: ${own.join("; ")}; };\n`);
  writeFileSync(map, scripts.join(""));
  const script = versions.length > 0 ? [`-Wl,--version-script,${map}`] : [];
  const flags = ["-shared", "-fPIC", "-O1", "-w", "-nostdlib", "-fno-builtin"];
  run("gcc", [...flags, `-Wl,-soname,${soname}`, "-o", output, source, ...script]);
  rmSync(source);
  rmSync(map);
  return output;
}
