/**
 * The built target as a child process, for specs that drive it with programs of other people:
 * start it, read its ready line, stop it, kill it, start it again on the same port and store.
 * Nothing here knows what it serves.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Ready } from "../../../lib/node/serve";

export type { Ready };

/** The repository's root; everything a real spec writes goes under `build/real`. */
export const root = resolve(__dirname, "../../..");
const program = join(root, "dist/node/main.js");
const readyWithinMs = 20_000;
const stopWithinMs = 20_000;

export interface TargetOptions {
  /** Names the folder `build/real/NAME`, emptied first: log, store, and what the spec adds. */
  readonly name: string;
  /** `memory:SIZE`, `file:PATH[:SIZE]`; the default is a file of 1 GiB in the folder. */
  readonly store?: string;
  /** A configuration file that says which units there are, in place of `store`. */
  readonly conf?: string;
  /** The default is a free port on 127.0.0.1. */
  readonly listen?: string;
  /** More flags of `twinlun serve`. */
  readonly args?: readonly string[];
  /** A side of a pair, or both in one process; the default is the plain target. */
  readonly isPaired?: boolean;
}

const alive = new Set<ChildProcess>();
process.on("exit", () => alive.forEach((child) => child.kill("SIGKILL")));

export class Target {
  readonly folder: string;
  readonly logFile: string;
  readonly #args: readonly string[];
  #listen: string;
  #child: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);
  #ready: Ready | null = null;

  private constructor(options: TargetOptions) {
    this.folder = freshFolder(options.name);
    this.logFile = join(this.folder, "target.log");
    const store = options.store ?? `file:${join(this.folder, "disk.img")}:1G`;
    const units = options.conf === undefined ? ["--store", store] : ["--conf", options.conf];
    const single = options.isPaired === true ? ["--no-single"] : ["--single"];
    this.#args = [...single, ...units, ...(options.args ?? [])];
    this.#listen = options.listen ?? "127.0.0.1:0";
  }

  /**
   * Starts a target and waits until it is ready. Throws with the end of its log when it does not
   * get there.
   */
  static async start(options: TargetOptions): Promise<Target> {
    const target = new Target(options);
    await target.restart();
    return target;
  }

  /** The ready line of its present or last life. */
  get ready(): Ready {
    if (this.#ready === null) throw new Error("the target has never been ready");
    return this.#ready;
  }

  /** `127.0.0.1:PORT`; stays the same over restarts. */
  get portal(): string {
    return this.#listen;
  }

  get iqn(): string {
    return this.ready.target;
  }

  get pid(): number {
    return this.ready.pid;
  }

  /** The URL of a LUN as libiscsi and QEMU write it. */
  url(lun = 0): string {
    return `iscsi://${this.portal}/${this.iqn}/${lun}`;
  }

  /** All that the target has logged, over all its lives. */
  log(): string {
    return readFileSync(this.logFile, "utf8");
  }

  /**
   * Starts the program again on the same port and store, with more flags for this life; it must
   * have ended.
   */
  async restart(moreArgs: readonly string[] = []): Promise<void> {
    if (this.#child !== null) throw new Error("the target still runs");
    if (!existsSync(program)) throw new Error(`${program} is missing: run "npm run build"`);
    const log = openSync(this.logFile, "a");
    const args = [program, "serve", "--listen", this.#listen, ...this.#args, ...moreArgs];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", log] });
    closeSync(log);
    alive.add(child);
    this.#child = child;
    this.#exited = new Promise((done) => child.once("exit", (code) => done(this.#ended(code))));
    this.#ready = await this.#readReady(child);
    this.#listen = this.#ready.portals[0] ?? this.#listen;
  }

  /** SIGTERM; the exit code, which is 0 when the target ended in order. */
  async stop(): Promise<number | null> {
    this.#child?.kill("SIGTERM");
    const code = await within(stopWithinMs, this.#exited);
    if (code !== "late") return code;
    await this.kill();
    throw new Error(`the target did not end within ${stopWithinMs} ms of SIGTERM${this.#tail()}`);
  }

  /** SIGKILL, as if the power went; a target that has ended is left alone. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  #ended(code: number | null): number | null {
    if (this.#child !== null) alive.delete(this.#child);
    this.#child = null;
    return code;
  }

  async #readReady(child: ChildProcess): Promise<Ready> {
    const lines = createInterface({ input: child.stdout! });
    const first = new Promise<string>((done) => lines.once("line", done));
    const ended = this.#exited.then((code) => ({ code }));
    const event = await within(readyWithinMs, Promise.race([first, ended]));
    if (typeof event === "string" && event !== "late") return JSON.parse(event) as Ready;
    await this.kill();
    const why = event === "late" ? `not ready in ${readyWithinMs} ms` : `exit code ${event.code}`;
    throw new Error(`the target did not start: ${why}${this.#tail()}`);
  }

  #tail(): string {
    const lines = this.log().trimEnd().split("\n").slice(-20);
    return `; the end of ${this.logFile}:\n${lines.join("\n")}`;
  }
}

/** `build/real/NAME`, empty. */
export function freshFolder(name: string): string {
  const folder = join(root, "build/real", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The promise's value, or `"late"`. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((done) => {
    timer = setTimeout(() => done("late"), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
