/**
 * Programs of other people as child processes: run one to its end with a time limit, or keep one
 * as a service and stop it by its own pid. Nothing here knows what the programs do.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, closeSync, constants, openSync, readFileSync } from "node:fs";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CannotError } from "./cli";

const alive = new Set<ChildProcess>();
process.on("exit", () => alive.forEach((child) => child.kill("SIGKILL")));

export interface RunOptions {
  /** After it SIGTERM, 2 s later SIGKILL; the default is 60 s. */
  readonly timeoutMs?: number;
  /** Where stdout and stderr go, in the order they came, instead of into the result. */
  readonly logFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Finished {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly ms: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Rejects only when it cannot be started. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const log = options.logFile === undefined ? null : openSync(options.logFile, "w");
  const started = performance.now();
  const child = spawn(command, args, {
    stdio: ["ignore", log ?? "pipe", log ?? "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (log !== null) closeSync(log);
  alive.add(child);
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 2000).unref();
  }, options.timeoutMs ?? 60_000);
  try {
    const code = await endOf(child);
    return { code, timedOut, ms: Math.round(performance.now() - started), ...output };
  } finally {
    clearTimeout(limit);
    alive.delete(child);
  }
}

/** Runs a program that must end with 0; throws with what it wrote on stderr when it does not. */
export async function must(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const done = await run(command, args, options);
  if (done.code === 0) return done;
  const why = done.timedOut ? "took too long" : `ended with ${done.code ?? "a signal"}`;
  throw new CannotError(`${command} ${args.join(" ")} ${why}\n${tail(done.stdout + done.stderr)}`);
}

/** A child that runs until it is stopped. */
export class Service {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(
    command: string,
    args: readonly string[],
    options: { logFile: string; env?: Readonly<Record<string, string>> },
  ) {
    const log = openSync(options.logFile, "w");
    const env = { ...process.env, ...options.env };
    this.#child = spawn(command, args, { stdio: ["ignore", log, log], env });
    closeSync(log);
    alive.add(this.#child);
    this.#ended = endOf(this.#child).finally(() => alive.delete(this.#child));
    this.#ended.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new CannotError("the program could not be started");
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The signal, and SIGKILL after 5 s; resolves when the process is gone. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill(signal);
    const forced = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#ended.finally(() => clearTimeout(forced));
  }
}

/** Waits until somebody listens on 127.0.0.1:PORT; throws with the log's end if nobody comes. */
export async function untilListening(
  port: number,
  service: Service,
  logFile: string,
): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) {
    if (service.hasEnded) break;
    if (await accepts(port)) return;
  }
  await service.stop();
  throw new CannotError(`nobody listens on port ${port}\n${tail(readFileSync(logFile, "utf8"))}`);
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** The full path of a program on PATH, or null. */
export function which(program: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const found = folders.map((folder) => join(folder, program)).find(isExecutable);
  return found ?? null;
}

/** The last lines of a text. */
export function tail(text: string, lines = 15): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done(code));
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => done(true)).once("error", () => done(false));
    socket.once("close", () => done(false)).once("connect", () => socket.destroy());
  });
}
