#!/usr/bin/env node
/**
 * The process: command line in, exit code out. 0: ended as asked; 1: a pair did not do as asked;
 * 2: the operator's mistake, told in one sentence; 70: a bug of ours; 74: the last flush failed;
 * 130: told twice to stop.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { helpText, parseCommandLine, type CommandLine } from "./cli";
import { openLog, type Log } from "./log";
import { runPair, runStatus, type Terminal } from "./pair-command";
import { runSession } from "./session-command";
import { serve, type Ready } from "./serve";
import { loadSettings, type Settings } from "./settings";
import { SettingsError } from "./settings-error";
import { storeText, viewOf } from "./settings-view";
import { runTrace } from "./trace-command";

const EXIT_USAGE = 2;
const EXIT_SOFTWARE = 70;
const EXIT_NOT_STABLE = 74;
const EXIT_INTERRUPTED = 130;
/** Shorter secrets can be guessed from one recorded login. [RFC7143 9.2.1] */
const SECRET_MIN = 12;

type SettingsCommand = Extract<CommandLine, { conf: string | null }>;

function version(): string {
  const path = join(__dirname, "..", "..", "package.json");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

function settingsOf({ conf, flags }: SettingsCommand): Settings {
  const file = conf ?? (process.env["TWINLUN_CONF"] || null);
  return loadSettings({ file, environment: process.env, flags });
}

/** How open-iscsi learns to authenticate: settings of one of its records. */
function logChapAdvice(log: Log, record: string, setting: string): void {
  log.write("info", `set CHAP: ${record} -o update -n ${setting}.authmethod -v CHAP`);
  log.write("info", `set CHAP: ${record} -o update -n ${setting}.username -v USER`);
  log.write("info", `set CHAP: ${record} -o update -n ${setting}.password -v SECRET`);
}

/** How a Linux host gets the disk. */
function logAdvice(log: Log, settings: Settings, ready: Ready): void {
  for (const { lun, store, store2, blockSize } of settings.units) {
    const copies = [store, ...(store2 === null ? [] : [store2])].map(storeText).join(" and ");
    log.write("info", `LUN ${lun}: ${copies}, blocks of ${blockSize} bytes`);
  }
  if (settings.insecureLink) log.write("warn", "the link has no key and no encryption");
  const [portal = "", ...others] = ready.portals.map((address) =>
    address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace("[::]", "[::1]"),
  );
  const node = `iscsiadm -m node -T ${ready.target} -p ${portal}`;
  if (settings.discoveryChap.length > 0) {
    const discovery = `iscsiadm -m discoverydb -t sendtargets -p ${portal}`;
    log.write("info", `set CHAP: ${discovery} -o new`);
    logChapAdvice(log, discovery, "discovery.sendtargets.auth");
    log.write("info", `discover: ${discovery} --discover`);
  } else {
    log.write("info", `discover: iscsiadm -m discovery -t sendtargets -p ${portal}`);
  }
  if (settings.chap.length > 0) logChapAdvice(log, node, "node.session.auth");
  log.write("info", `log in:   ${node} --login`);
  for (const other of settings.single ? [] : others) {
    log.write("info", `log in:   iscsiadm -m node -T ${ready.target} -p ${other} --login`);
  }
  const own = [settings.chapMutual, settings.discoveryChapMutual].flatMap((one) => one ?? []);
  for (const { name, secret } of [...settings.chap, ...settings.discoveryChap, ...own]) {
    if (secret.length >= SECRET_MIN) continue;
    log.write("warn", `the CHAP secret of ${name} has less than ${SECRET_MIN} characters`);
  }
}

/** Serves until a signal; resolves when all is closed. */
async function runServe(settings: Settings): Promise<void> {
  const log = openLog(settings.logLevel);
  process.on("uncaughtException", (error) => {
    log.write("error", error.stack ?? String(error));
    process.exit(EXIT_SOFTWARE);
  });
  // As process 1 of a container nobody ends us by default, so signals count from the start.
  const signal = new Promise<string>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, resolve);
  });
  const running = await serve(settings, { log, creator: `twinlun ${version()}` });
  process.on("SIGHUP", () => {
    log.write("info", "SIGHUP has no effect: settings are read at the start alone");
  });
  logAdvice(log, settings, running.ready);
  process.stdout.write(`${JSON.stringify(running.ready)}\n`);
  log.write("info", `stopping on ${await signal}`);
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => process.exit(EXIT_INTERRUPTED));
  }
  try {
    await running.stop();
  } catch (error) {
    const { message } = error as Error;
    log.write("error", `what was written last may not be on stable storage: ${message}`);
    process.exit(EXIT_NOT_STABLE);
  }
  log.write("info", "stopped");
}

const TERMINAL: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Where the process that these settings are of is asked. */
function adminSocketOf(asked: SettingsCommand): string {
  const { adminSocket } = settingsOf(asked);
  if (adminSocket !== null) return adminSocket;
  throw new SettingsError("There is nobody to ask: by these settings there is no adminSocket.");
}

/** What is named must be a socket's path; else the one of the settings. */
function adminSocketsOf(asked: Extract<CommandLine, { command: "trace" }>): string[] {
  const { sockets, flags } = asked;
  if (sockets.length === 0) return [adminSocketOf(asked)];
  return sockets.map((adminSocket) =>
    adminSocketOf({ ...asked, flags: { ...flags, adminSocket } }),
  );
}

async function main(args: readonly string[]): Promise<void> {
  const asked = parseCommandLine(args);
  switch (asked.command) {
    case "help":
      return void process.stdout.write(helpText());
    case "version":
      return void process.stdout.write(`${version()}\n`);
    case "check-config":
      return void process.stdout.write(`${JSON.stringify(viewOf(settingsOf(asked)), null, 2)}\n`);
    case "serve":
      return runServe(settingsOf(asked));
    case "status": {
      const { isJson } = asked;
      process.exitCode = await runStatus({ socket: adminSocketOf(asked), isJson }, TERMINAL);
      return;
    }
    case "pair": {
      const { action, lun, isWaiting } = asked;
      const order = { socket: adminSocketOf(asked), action, lun, isWaiting };
      process.exitCode = await runPair(order, TERMINAL);
      return;
    }
    case "session":
      process.exitCode = await runSession(adminSocketOf(asked), asked.action, TERMINAL);
      return;
    case "trace": {
      const { last, form } = asked;
      process.exitCode = await runTrace({ sockets: adminSocketsOf(asked), last, form }, TERMINAL);
      return;
    }
  }
}

// Room for a store's slow operations beside its flushes; read when the pool is first used.
process.env["UV_THREADPOOL_SIZE"] ??= "16";
// A reader of our output may go away at any time.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

main(process.argv.slice(2)).then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    if (error instanceof SettingsError) {
      process.stderr.write(`twinlun: ${error.message}\n`);
      process.exit(EXIT_USAGE);
    }
    process.stderr.write(`twinlun: ${(error as Error).stack}\n`);
    process.exit(EXIT_SOFTWARE);
  },
);
