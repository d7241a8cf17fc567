/**
 * buildah and podman on a machine without a container engine: no daemon, images and containers
 * in a folder of their own, and only what a plain root shell may do (no systemd, no bridges).
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages } from "../packages";
import { CannotError } from "../support/cli";
import { must, type Finished, type RunOptions } from "../support/processes";

const PACKAGES = ["buildah", "podman", "runc", "debootstrap", "fuse-overlayfs", "uidmap"];

/** crun and systemd's cgroups are refused where there is no systemd. */
const RUNTIME = ["--cgroup-manager", "cgroupfs", "--runtime", "runc"];

export class Engine {
  /** Everything it keeps: the base image, the layers, the containers. */
  readonly folder: string;
  readonly #storage: readonly string[];

  private constructor(folder: string) {
    this.folder = folder;
    const root = join(folder, "storage");
    const runRoot = join(folder, "run");
    this.#storage = ["--storage-driver", "overlay", "--root", root, "--runroot", runRoot];
  }

  /** Installs what is missing. Throws a sentence when this is not root. */
  static async open(folder: string): Promise<Engine> {
    if (process.getuid?.() !== 0)
      throw new CannotError("containers are built and run as root here");
    await ensurePackages(PACKAGES);
    mkdirSync(folder, { recursive: true });
    return new Engine(folder);
  }

  buildah(args: readonly string[], options?: RunOptions): Promise<Finished> {
    return must("buildah", [...this.#storage, ...args], options);
  }

  podman(args: readonly string[], options?: RunOptions): Promise<Finished> {
    return must("podman", this.podmanArgs(args), options);
  }

  /** The whole command line, for who starts podman as a child of its own. */
  podmanArgs(args: readonly string[]): string[] {
    return [...this.#storage, ...RUNTIME, ...args];
  }

  async hasImage(name: string): Promise<boolean> {
    const { stdout } = await this.podman(["images", "--quiet", name]);
    return stdout.trim() !== "";
  }
}
