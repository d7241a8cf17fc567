/**
 * Puts the guest's root file system together from trees of packages: programs with the libraries
 * they need, kernel modules in the order to load them, the guest's own scripts. Which programs and
 * modules is guest-files.ts.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { CannotError } from "../support/cli";
import { CpioArchive } from "./cpio";
import type { Extra } from "./guest-extras";
import * as guest from "./guest-files";
import { neededLibraries } from "./libraries";

/** Where files are copied from. */
interface Sources {
  /** The tree of the packages. */
  readonly tree: string;
  /** Libraries to take instead of the tree's: SONAME → file. */
  readonly standIns: ReadonlyMap<string, string>;
}

export interface Parts extends Sources {
  /** A folder with the kernel's modules, at any depth. */
  readonly moduleFolder: string;
}

export function makeInitramfs(parts: Parts): Buffer {
  const archive = new CpioArchive();
  guest.links.forEach(([path, target]) => archive.link(path, target));
  guest.folders.forEach((path) => archive.folder(path));
  guest.texts.forEach(([path, text]) => archive.file(path, text, 0o644));
  guest.devices.forEach(([path, major, minor]) => archive.device(path, major, minor));
  const copy = new Copy(archive, parts);
  [...guest.programs, ...guest.libraries, ...guest.files].forEach((path) => copy.add(path));
  archive.file("etc/iscsi/iscsid.conf", iscsidSettings(parts.tree), 0o600);
  const scripts = join(__dirname, "guest");
  archive.file("init", readFileSync(join(scripts, "init.sh")));
  archive.file("etc/lab.sh", readFileSync(join(scripts, "lab.sh")));
  addModules(archive, parts.moduleFolder);
  return archive.bytes();
}

/** An archive to stand behind the guest's, from the tree of the extra's packages. */
export function makeExtraArchive(extra: Extra, tree: string): Buffer {
  const archive = new CpioArchive();
  extra.texts.forEach(([path, text]) => archive.file(path, text));
  const copy = new Copy(archive, { tree, standIns: new Map() });
  extra.programs.forEach((path) => copy.add(path));
  for (const folder of extra.folders) {
    const names = readdirSync(join(tree, folder), { recursive: true, encoding: "utf8" });
    const isWanted = (path: string): boolean =>
      !path.endsWith(".so") &&
      statSync(join(tree, path), { throwIfNoEntry: false })?.isFile() === true;
    names
      .map((name) => join(folder, name))
      .filter(isWanted)
      .forEach((path) => copy.add(path));
  }
  return archive.bytes();
}

/** Debian's settings, but for how iscsiadm starts the daemon: there is no systemd. */
function iscsidSettings(tree: string): string {
  const text = readFileSync(join(tree, "etc/iscsi/iscsid.conf"), "utf8");
  return text.replace(/^iscsid\.startup.*$/m, "iscsid.startup = /sbin/iscsid");
}

/**
 * Copies files of the tree, the targets of links, and the libraries that programs are linked with.
 */
class Copy {
  readonly #archive: CpioArchive;
  readonly #parts: Sources;

  constructor(archive: CpioArchive, parts: Sources) {
    this.#archive = archive;
    this.#parts = parts;
  }

  add(path: string): void {
    if (this.#archive.has(path)) return;
    const source = join(this.#parts.tree, path);
    const status = lstatSync(source, { throwIfNoEntry: false });
    if (status === undefined) throw new CannotError(`the packages lack ${path} (${source})`);
    if (status.isSymbolicLink()) {
      const target = readlinkSync(source);
      this.#archive.link(path, target);
      this.add(merged(target.startsWith("/") ? target : join(dirname(path), target)));
      return;
    }
    const data = readFileSync(source);
    this.#archive.file(path, data, status.mode & 0o777);
    if (isElf(data)) neededLibraries(source).forEach((soname) => this.#addLibrary(soname, path));
  }

  #addLibrary(soname: string, user: string): void {
    const standIn = this.#parts.standIns.get(soname);
    if (standIn !== undefined) {
      this.#archive.file(join("usr/lib", soname), readFileSync(standIn));
      return;
    }
    const found = guest.libraryFolders
      .map((folder) => join(folder, soname))
      .find((path) => existsSync(join(this.#parts.tree, path)));
    if (found === undefined) throw new CannotError(`${user} needs ${soname}, which no package has`);
    this.add(found);
  }
}

/** `/lib/x` and `lib/x` are `usr/lib/x`. */
function merged(path: string): string {
  return normalize(path)
    .replace(/^\//, "")
    .replace(/^(bin|sbin|lib|lib64)\//, "usr/$1/");
}

function isElf(data: Buffer): boolean {
  return data.toString("latin1", 0, 4) === "\x7fELF";
}

/**
 * The wanted modules and all they depend on go to `/lib/modules`, their order of loading to
 * `/modules.order`.
 */
function addModules(archive: CpioArchive, folder: string): void {
  const files = moduleFiles(folder);
  const order: string[] = [];
  const visit = (name: string): void => {
    const file = files.get(name);
    if (file === undefined || order.includes(name)) return;
    const data = readFileSync(file);
    dependencies(data).forEach(visit);
    order.push(name);
    archive.file(`usr/lib/modules/${name}.ko`, data, 0o644);
  };
  guest.modules.forEach(visit);
  if (!order.includes("iscsi_tcp")) throw new CannotError(`no iscsi_tcp module in ${folder}`);
  archive.file("modules.order", `${order.join("\n")}\n`, 0o644);
}

function moduleFiles(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".ko"));
  return new Map(files.map((name) => [moduleName(basename(name, ".ko")), join(folder, name)]));
}

/** From the `.modinfo` section; of the soft dependencies only CRC32C matters here. */
function dependencies(module: Buffer): string[] {
  const text = module.toString("latin1");
  const hard = [...text.matchAll(/\0depends=([^\0]*)\0/g)].flatMap((match) => match[1]!.split(","));
  const soft = /\0softdep=pre: [^\0]*crc32c/.test(text) ? ["crc32c_generic"] : [];
  return [...hard, ...soft].map(moduleName);
}

function moduleName(text: string): string {
  return text.replaceAll("-", "_");
}
