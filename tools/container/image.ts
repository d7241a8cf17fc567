/**
 * The image of the Dockerfile, built without an engine and without a registry of images: the base
 * image is a local stand-in of the same name, made from Debian's packages and this machine's Node.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { say } from "../support/cli";
import { must } from "../support/processes";
import type { Engine } from "./engine";

const BASE = "docker.io/library/node:20-bookworm-slim";
const MINUTES = 60_000;

/** Builds the Dockerfile in `context` under the name `tag`, the base image first if need be. */
export async function buildImage(engine: Engine, context: string, tag: string): Promise<void> {
  if (!(await engine.hasImage(BASE))) await makeBase(engine);
  say(`building ${tag}`);
  const npm = await npmSettings(engine.folder);
  await engine.buildah(
    [
      ...["bud", "--pull-never", "--isolation", "chroot", "--layers"],
      // The format that knows HEALTHCHECK.
      ...["--format", "docker", "--secret", `id=npmrc,src=${npm.file}`],
      ...npm.certificates.flatMap((path) => ["--volume", `${path}:${path}:ro`]),
      ...["-t", tag, context],
    ],
    { timeoutMs: 10 * MINUTES },
  );
}

/** Debian's minimum, Node and npm, and the user `node`: what the Dockerfile needs of its base. */
async function makeBase(engine: Engine): Promise<void> {
  say(`making a stand-in for ${BASE}`);
  const root = join(engine.folder, "rootfs");
  rmSync(root, { recursive: true, force: true });
  const debootstrap = ["--variant=minbase", "--include=ca-certificates", "bookworm", root];
  await must("debootstrap", debootstrap, { timeoutMs: 10 * MINUTES });
  const modules = join(root, "usr/local/lib/node_modules");
  mkdirSync(modules, { recursive: true });
  copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
  const global = (await must("npm", ["root", "--global"])).stdout.trim();
  cpSync(join(global, "npm"), join(modules, "npm"), { recursive: true });
  for (const name of ["npm", "npx"])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, "usr/local/bin", name));
  await must("chroot", [root, "groupadd", "--gid", "1000", "node"]);
  const user = ["--uid", "1000", "--gid", "node", "--create-home", "node"];
  await must("chroot", [root, "useradd", ...user]);
  const archive = join(engine.folder, "rootfs.tar");
  await must("tar", ["-C", root, "-cf", archive, "."], { timeoutMs: 5 * MINUTES });
  await engine.podman(["import", archive, BASE], { timeoutMs: 5 * MINUTES });
  rmSync(archive);
  rmSync(root, { recursive: true, force: true });
}

/** How this machine reaches the package registry, as an npmrc for the build stage alone. */
async function npmSettings(folder: string): Promise<{ file: string; certificates: string[] }> {
  const setting = async (name: string): Promise<string> =>
    (await must("npm", ["config", "get", name])).stdout.trim();
  const certificates = [await setting("cafile")].filter((path) => existsSync(path));
  const lines = [
    `registry=${await setting("registry")}`,
    ...certificates.map((path) => `cafile=${path}`),
  ];
  const file = join(folder, "npmrc");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return { file, certificates };
}
