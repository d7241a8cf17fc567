/**
 * Builds what an engine boots: a kernel, the guest's initramfs and, for User-mode Linux, its user-
 * mode network. All of it comes from Debian packages and this folder, and is built again only when
 * one of these changes.
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CannotError } from "../support/cli";
import { ensurePackages } from "../packages";
import { extras, type ExtraName } from "./guest-extras";
import { buildFolder, makeFolder, run } from "./host";
import { makeExtraArchive, makeInitramfs } from "./initramfs";
import { makeStandIns } from "./libraries";
import { guestPackages, packageTree, stockKernelPackage, umlPackages } from "./package-tree";
import { extractVmlinux } from "./vmlinux";

/**
 * User-mode Linux (no KVM, boots in 2 s), or QEMU's emulation of a PC with Debian's stock kernel.
 */
export const engines = ["uml", "qemu"] as const;
export type Engine = (typeof engines)[number];

export interface Images {
  readonly engine: Engine;
  readonly kernel: string;
  readonly initramfs: string;
  /** User-mode Linux starts it as its network; "" for QEMU, which has one built in. */
  readonly slirp: string;
}

/** What must be installed on this machine; the rest is only unpacked. */
const hostPackages: Readonly<Record<Engine, readonly string[]>> = {
  uml: ["gcc", "libc6-dev"],
  qemu: ["gcc", "libc6-dev", "xz-utils", "qemu-system-x86"],
};

/**
 * The engine's images in `build/linux-host/ENGINE`. Throws a sentence when a package or program
 * cannot be had.
 */
export async function buildImages(engine: Engine): Promise<Images> {
  const folder = makeFolder(join(buildFolder, engine));
  const images = {
    engine,
    kernel: join(folder, "linux"),
    initramfs: join(folder, "initramfs"),
    slirp: engine === "uml" ? join(folder, "slirp.sh") : "",
  };
  await ensurePackages(hostPackages[engine]);
  const keyFile = join(folder, "key");
  const key = sourceKey();
  const isBuilt = existsSync(keyFile) && readFileSync(keyFile, "utf8") === key;
  if (isBuilt) return images;

  const tree = packageTree("guest", guestPackages);
  const moduleFolder = engine === "uml" ? buildUml(images, folder) : buildStockKernel(images);
  const standIns = makeStandIns(join(tree, "usr/bin/fio"), join(folder, "stand-ins"));
  replaceFile(images.initramfs, makeInitramfs({ tree, moduleFolder, standIns }));
  replaceFile(keyFile, key);
  return images;
}

/** The archive of an extra: a file `build/linux-host/extra-NAME`. */
export async function buildExtra(name: ExtraName): Promise<string> {
  const archive = join(makeFolder(buildFolder), `extra-${name}`);
  const keyFile = `${archive}.key`;
  const key = sourceKey();
  if (existsSync(keyFile) && readFileSync(keyFile, "utf8") === key) return archive;
  await ensurePackages(["binutils"]);
  const extra = extras[name];
  const tree = packageTree(`packages-${name}`, extra.packages);
  replaceFile(archive, makeExtraArchive(extra, tree));
  replaceFile(keyFile, key);
  return archive;
}

/** The kernel, and slirp behind a script that preloads nodelay.so; the folder of the modules. */
function buildUml(images: Images, folder: string): string {
  const tree = packageTree("kernel-uml", umlPackages);
  copyFileSync(join(tree, "usr/bin/linux.uml"), images.kernel);
  const preload = join(folder, "nodelay.so");
  run("gcc", ["-shared", "-fPIC", "-O2", "-o", preload, join(__dirname, "nodelay.c"), "-ldl"]);
  const slirp = join(tree, "usr/bin/slirp-fullbolt");
  const script = `#!/bin/sh\nLD_PRELOAD='${preload}' exec '${slirp}' "$@"\n`;
  writeFileSync(images.slirp, script, { mode: 0o755 });
  return join(tree, "usr/lib/uml/modules");
}

function buildStockKernel(images: Images): string {
  const tree = packageTree("kernel-amd64", [stockKernelPackage()]);
  const boot = join(tree, "boot");
  const name = readdirSync(boot).find((file) => file.startsWith("vmlinuz-"));
  if (name === undefined) throw new CannotError(`no kernel in ${boot}`);
  replaceFile(images.kernel, extractVmlinux(readFileSync(join(boot, name))));
  return join(tree, "usr/lib/modules");
}

/**
 * Changes with every file that the images are made of or by; the scenarios join the guest at boot.
 */
function sourceKey(): string {
  const hash = createHash("sha256");
  for (const folder of [__dirname, join(__dirname, "guest")]) {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name } of files) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}

/** A reader never sees half a file. */
function replaceFile(path: string, data: Buffer | string): void {
  writeFileSync(`${path}.new`, data);
  renameSync(`${path}.new`, path);
}
