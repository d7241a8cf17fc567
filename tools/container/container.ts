/**
 * A container of twinlun's image: start it, look at it, reach its port, stop it. What it logs goes to
 * NAME.log in the engine's folder.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { CannotError } from "../support/cli";
import { run, type Finished, type RunOptions } from "../support/processes";
import type { Engine } from "./engine";

/** podman's own defaults exceed what root may set in a sandbox. */
const LIMITS = ["--ulimit", "nofile=20000:20000", "--ulimit", "nproc=1000:1000"];
const READY_WITHIN_MS = 30_000;

export interface ContainerOptions {
  readonly image: string;
  readonly name: string;
  /** `none`: a network of its own, reached by `exec` alone; `host`: the machine's. */
  readonly network: "none" | "host";
  /** A named volume for the image's own /data; without it, it goes with the container. */
  readonly volume?: string;
  /** In place of the image's own command. */
  readonly command?: readonly string[];
}

export class Container {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  /** The ready line, parsed. */
  #ready: unknown = null;

  private constructor(engine: Engine, options: ContainerOptions) {
    const { image, name, network, volume, command = [] } = options;
    this.#engine = engine;
    this.#name = name;
    const data = volume === undefined ? [] : ["--volume", `${volume}:/data`];
    const flags = ["--name", name, "--network", network, ...data, ...LIMITS];
    const log = openSync(join(engine.folder, `${name}.log`), "w");
    this.#child = spawn("podman", engine.podmanArgs(["run", ...flags, image, ...command]), {
      stdio: ["ignore", "pipe", log],
    });
    closeSync(log);
    this.#ended = new Promise((done) => this.#child.once("close", done));
  }

  /** Starts a container and waits for its ready line. */
  static async start(engine: Engine, options: ContainerOptions): Promise<Container> {
    await engine.podman(["rm", "--force", "--volumes", "--ignore", options.name]);
    const container = new Container(engine, options);
    const lines = createInterface({ input: container.#child.stdout! });
    const line = await Promise.race([
      new Promise<string>((done) => lines.once("line", done)),
      container.#ended.then(() => null),
      sleep(READY_WITHIN_MS, null, { ref: false }),
    ]);
    if (line !== null) {
      container.#ready = JSON.parse(line);
      return container;
    }
    await container.remove();
    throw new CannotError(`the container ${options.name} was not ready`);
  }

  get ready(): unknown {
    return this.#ready;
  }

  /** The pid of its first process, as the machine counts. */
  async pid(): Promise<number> {
    return Number(await this.#inspect("{{.State.Pid}}"));
  }

  /** Runs a program of this machine in the container's network. */
  async reach(program: string, args: readonly string[], options?: RunOptions): Promise<Finished> {
    const enter = ["--target", String(await this.pid()), "--net", program, ...args];
    return run("nsenter", enter, options);
  }

  /** What its HEALTHCHECK says: 0 is healthy. */
  async checkHealth(): Promise<number | null> {
    const words = this.#engine.podmanArgs(["healthcheck", "run", this.#name]);
    return (await run("podman", words)).code;
  }

  /** SIGTERM, as `docker stop` sends it; the exit code of the container's process. */
  async stop(): Promise<number> {
    await this.#engine.podman(["stop", "--time", "20", this.#name]);
    await this.#ended;
    return Number(await this.#inspect("{{.State.ExitCode}}"));
  }

  /** Waits for its end; the exit code. */
  async ended(): Promise<number> {
    return (await this.#ended) ?? 1;
  }

  async remove(): Promise<void> {
    await this.#engine.podman(["rm", "--force", "--volumes", this.#name]);
    await this.#ended;
  }

  async #inspect(format: string): Promise<string> {
    const { stdout } = await this.#engine.podman(["inspect", "--format", format, this.#name]);
    return stdout.trim();
  }
}
