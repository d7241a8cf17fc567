/**
 * From names of Debian packages to a folder with their files: apt checks what it downloads against
 * the signed lists, dpkg-deb and tar unpack it. Nothing is installed and no root is needed. A tree
 * is built once and then kept.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CannotError } from "../support/cli";
import { buildFolder, makeFolder, run, withPackageLists } from "./host";

/** What the guest's files are taken from (Debian 12). */
export const guestPackages = words(`
  busybox-static libc6 libgcc-s1 zlib1g liblzma5 libzstd1 liblz4-1
  open-iscsi libopeniscsiusr libisns0 libssl3 libmount1 libkmod2 libsystemd0 kmod
  udev libudev1 libacl1 libblkid1 libcap2 libselinux1 libpcre2-8-0 libgcrypt20 libgpg-error0
  sg3-utils libsgutils2-1.46-2 fio libaio1 libnuma1 util-linux
  e2fsprogs libext2fs2 libcom-err2 libuuid1 xfsprogs libinih1 liburcu8 libdevmapper1.02.1
  multipath-tools kpartx dmsetup libjson-c5 libreadline8 libtinfo6`);

/** User-mode Linux and its user-mode network. */
export const umlPackages = words("user-mode-linux slirp");

/** The package of the stock kernel that `linux-image-amd64` stands for today. */
export function stockKernelPackage(): string {
  return withPackageLists(() => {
    const text = run("apt-cache", ["depends", "linux-image-amd64"]).toString();
    const name = /Depends: (linux-image-\S+)/.exec(text)?.[1];
    if (name === undefined) throw new CannotError("apt knows no linux-image-amd64");
    return name;
  });
}

const stampName = ".packages";

/**
 * The folder `build/linux-host/NAME` with the files of all packages in one tree. The stamp is
 * written last and the folder renamed into place, so a broken attempt is never taken for a whole
 * one; complete downloads are kept for the next.
 */
export function packageTree(name: string, packages: readonly string[]): string {
  const tree = join(buildFolder, name);
  const stamp = `${packages.join("\n")}\n`;
  const stampFile = join(tree, stampName);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return tree;

  const archives = makeFolder(`${tree}.archives`);
  const files = withPackageLists(() => download(packages, archives));
  const fresh = `${tree}.new`;
  rmSync(fresh, { recursive: true, force: true });
  makeMergedFolders(fresh);
  for (const file of files) unpack(join(archives, file), fresh);
  writeFileSync(join(fresh, stampName), stamp);
  rmSync(tree, { recursive: true, force: true });
  renameSync(fresh, tree);
  rmSync(archives, { recursive: true, force: true });
  return tree;
}

/** Downloads what the folder does not have yet; the names of the packages' archives. */
function download(packages: readonly string[], folder: string): string[] {
  const plan = run("apt-get", ["download", "--print-uris", ...packages]).toString();
  run("apt-get", ["download", "-q", ...packages], { cwd: folder });
  return [...plan.matchAll(/^'\S+' (\S+\.deb) /gm)].map((match) => match[1]!);
}

/**
 * Packages of Debian 12 still hold `/lib` and `/usr/lib` apart; the tree has one of each, as an
 * installed system.
 */
function makeMergedFolders(tree: string): void {
  for (const folder of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(tree, "usr", folder), { recursive: true });
    symlinkSync(`usr/${folder}`, join(tree, folder));
  }
}

function unpack(archive: string, tree: string): void {
  const input = run("dpkg-deb", ["--fsys-tarfile", archive]);
  run("tar", ["-x", "--keep-directory-symlink", "--no-same-owner", "-C", tree], { input });
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
