/**
 * What building the images asks of this machine: run a program to its end on bytes, keep a folder
 * for what was built, refresh apt's lists when they lack a package. Installs nothing.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { CannotError } from "../support/cli";

/** Where trees, images and runs live; safe to delete, made again from packages. */
export const buildFolder = resolve(__dirname, "../../build/linux-host");

/** Runs a program to its end; its stdout. Throws with its stderr when it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: Buffer } = {},
): Buffer {
  try {
    return execFileSync(program, args, { ...options, stdio: "pipe", maxBuffer: 2 ** 30 });
  } catch (error) {
    const stderr = String((error as { stderr?: Buffer }).stderr ?? "").trim();
    const command = [program, ...args].join(" ").slice(0, 100);
    throw new CannotError(`${command} … failed: ${stderr || String(error)}`);
  }
}

/**
 * Runs `action`; when it fails and root may refresh apt's package lists, does so and runs it once
 * more.
 */
export function withPackageLists<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    run("apt-get", ["update", "-q"]);
    return action();
  }
}

export function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
