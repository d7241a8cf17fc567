/**
 * The command line: what is asked for, and the help that says what can be. Both derive from the
 * settings table. Pure: nothing is read, nothing is printed.
 */
import { parseArgs } from "node:util";
import { limits } from "../base/limits";
import type { Side } from "../mirror/config";
import type { PairCommand } from "../mirror/pair-status";
import { SESSION_ORDERS } from "../iscsi/session-orders";
import { ACTION_NAMES } from "./admin";
import {
  environmentNameOf,
  flagOf,
  pairSettings,
  settingsTable,
  targetSettings,
  unitSettings,
  type Setting,
} from "./settings-table";
import { SettingsError } from "./settings-error";
import type { SessionAction } from "./session-command";
import type { TraceForm } from "./trace-command";

const COMMAND_WIDTH = 25;

interface WithSettings {
  /** Path of the configuration file. */
  readonly conf: string | null;
  /** By setting key. */
  readonly flags: Readonly<Record<string, string | readonly string[]>>;
}

export type CommandLine =
  | { readonly command: "help" | "version" }
  | (WithSettings & { readonly command: "serve" | "check-config" })
  | (WithSettings & { readonly command: "status"; readonly isJson: boolean })
  | (WithSettings & {
      readonly command: "pair";
      readonly action: PairCommand;
      /** null: all units. */
      readonly lun: number | null;
      readonly isWaiting: boolean;
    })
  | (WithSettings & { readonly command: "session"; readonly action: SessionAction })
  | (WithSettings & {
      readonly command: "trace";
      /** Each socket that is named; none: the one of the settings. */
      readonly sockets: readonly string[];
      readonly last: number;
      readonly form: TraceForm;
    });

const COMMANDS = {
  serve: "Serve the disks until SIGTERM or SIGINT.",
  "check-config": "Check the settings, print them without secrets, and end.",
  status: "Tell how the pairs of a running process are.",
  "pair create": "Make a pair; all of one copy is copied to the other.",
  "pair alone": "Serve a copy that was in no pair without the other side's.",
  "pair split": "Go on at the main side alone; the other copy stays as it is.",
  "pair resync": "End a split: what differs is copied.",
  "pair verify": "Compare both copies in the background.",
  "pair swap": "Exchange the roles of main and sub.",
  "session list": "List the sessions of initiators.",
  "session logout": "Ask initiators to log out; drop those that do not.",
  "session drop": "Drop sessions, and tell their initiators.",
  "session drop-connection": "The same, told of the connection.",
  "session renegotiate": "Ask initiators for a text negotiation.",
  trace: "Print the steps that the last commands of a running pair went through.",
  help: "Print this text.",
} as const;

type PairAction = PairCommand["type"];

interface CommandFlag {
  readonly doc: string;
  /** null: it takes none. */
  readonly placeholder: string | null;
  /** Where it means something: commands, by their words. */
  readonly of: readonly string[];
}

const SESSION_ACTIONS = ["list", ...SESSION_ORDERS] as const;

/** Commands of two words: what may come after the first. */
const SECOND_WORDS: Readonly<Record<string, readonly string[]>> = {
  pair: ACTION_NAMES,
  session: SESSION_ACTIONS,
};

const PAIR_COMMANDS = ACTION_NAMES.map((name) => `pair ${name}`);

/** Flags that are no settings. */
const COMMAND_FLAGS: Readonly<Record<string, CommandFlag>> = {
  json: {
    doc: "Print JSON instead of a table.",
    placeholder: null,
    of: ["status", "session list", "trace"],
  },
  last: { doc: "How many commands; unset: 1.", placeholder: "NUMBER", of: ["trace"] },
  mermaid: { doc: "Print sequence charts for Mermaid.", placeholder: null, of: ["trace"] },
  lun: { doc: "One unit; unset: all.", placeholder: "NUMBER", of: PAIR_COMMANDS },
  source: {
    doc: "The side whose copy counts.",
    placeholder: "1|2",
    of: ["pair create", "pair resync"],
  },
  repair: { doc: "Copy what differs.", placeholder: null, of: ["pair verify"] },
  session: {
    doc: "One session, as session list names it; unset: all.",
    placeholder: "ID",
    of: SESSION_ORDERS.map((name) => `session ${name}`),
  },
  "no-wait": { doc: "Do not stay until it is done.", placeholder: null, of: PAIR_COMMANDS },
};

type AnySetting = Setting<unknown>;

const BY_FLAG: ReadonlyMap<string, readonly [string, AnySetting]> = new Map(
  Object.entries(settingsTable).map(([key, setting]) => [flagOf(key), [key, setting]]),
);
const ALWAYS = ["help", "version"];

function usageError(what: string): SettingsError {
  return new SettingsError(`${what} See twinlun --help.`);
}

/** parseArgs needs to know which flags take a value; it judges nothing else here. */
function parserOptions(): Record<string, { type: "string" | "boolean" }> {
  const entries = [...BY_FLAG].map(([flag, [, { form }]]) => {
    return [flag, { type: form.placeholder === null ? "boolean" : "string" }] as const;
  });
  const own = Object.entries(COMMAND_FLAGS).map(([flag, { placeholder }]) => {
    return [flag, { type: placeholder === null ? "boolean" : "string" }] as const;
  });
  const always = ALWAYS.map((flag) => [flag, { type: "boolean" }] as const);
  return Object.fromEntries([...entries, ...own, ...always, ["conf", { type: "string" }]]);
}

/** One flag as given: its setting's key and its text; `--no-thin` is thin's "false". */
function settingOf(name: string, value: string | undefined): readonly [string, string, AnySetting] {
  const positive = name.startsWith("no-") ? name.slice(3) : name;
  const [key, setting] = BY_FLAG.get(name) ?? BY_FLAG.get(positive) ?? [];
  const isSwitch = setting?.form.placeholder === null;
  const isNegative = !BY_FLAG.has(name);
  if (key === undefined || setting === undefined || (isNegative && !isSwitch)) {
    throw usageError(`Unknown flag --${name}.`);
  }
  if (isSwitch) {
    if (isNegative && value !== undefined) throw usageError(`Flag --${name} takes no value.`);
    return [key, isNegative ? "false" : (value ?? "true"), setting];
  }
  if (value === undefined || value === "") throw usageError(`Flag --${name} needs a value.`);
  return [key, value, setting];
}

/** @throws SettingsError for what is no command line of ours. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const options = parserOptions();
  const config = { args: [...args], options, strict: false, allowPositionals: true, tokens: true };
  const { tokens } = parseArgs(config as typeof config & { tokens: true });
  const words: string[] = [];
  const flags: Record<string, string | readonly string[]> = {};
  const own = new Map<string, string>();
  /** The sockets of both sides: `trace` asks at each. */
  const sockets: string[] = [];
  let conf: string | null = null;
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      words.push(token.value);
      continue;
    }
    const { name, value } = token;
    if (name === "help" || name === "version") return { command: name };
    if (token.rawName.length === 2) throw usageError(`Unknown flag ${token.rawName}.`);
    if (name === "conf") {
      if (value === undefined || value === "") throw usageError("Flag --conf needs a value.");
      if (conf !== null) throw usageError("Flag --conf is given twice.");
      conf = value;
      continue;
    }
    if (Object.hasOwn(COMMAND_FLAGS, name)) {
      addOwn(own, name, value);
      continue;
    }
    const [key, text, setting] = settingOf(name, value);
    if (key === "adminSocket") sockets.push(text);
    if (setting.isList === true) flags[key] = [...((flags[key] ?? []) as string[]), text];
    else if (!Object.hasOwn(flags, key)) flags[key] = text;
    else if (key !== "adminSocket") throw usageError(`Flag --${name} is given twice.`);
  }
  const asked = commandOf(words, { conf, flags }, own);
  if (asked.command === "trace") return { ...asked, sockets };
  if (sockets.length > 1) throw usageError("Flag --admin-socket is given twice.");
  return asked;
}

function addOwn(own: Map<string, string>, name: string, value: string | undefined): void {
  const takesValue = COMMAND_FLAGS[name]?.placeholder !== null;
  if (takesValue && (value === undefined || value === "")) {
    throw usageError(`Flag --${name} needs a value.`);
  }
  if (!takesValue && value !== undefined) throw usageError(`Flag --${name} takes no value.`);
  if (own.has(name)) throw usageError(`Flag --${name} is given twice.`);
  own.set(name, value ?? "");
}

function commandOf(
  words: readonly string[],
  given: WithSettings,
  own: ReadonlyMap<string, string>,
): CommandLine {
  const [command, ...others] = words;
  if (command === "help") return { command };
  if (command === undefined) {
    throw usageError("A command is missing: serve, check-config, status, pair, session or trace.");
  }
  const name = nameOf(command, others[0]);
  if (!Object.hasOwn(COMMANDS, name)) throw usageError(`Unknown command ${command}.`);
  const extra = words[name.split(" ").length];
  if (extra !== undefined) throw usageError(`Unexpected argument ${extra}.`);
  const foreign = [...own.keys()].find((flag) => COMMAND_FLAGS[flag]?.of.includes(name) === false);
  if (foreign !== undefined) throw usageError(`Flag --${foreign} has no meaning for ${name}.`);
  if (command === "pair") return { command, ...given, ...pairOf(others[0] as PairAction, own) };
  if (command === "session") return { command, ...given, action: sessionOf(others[0], own) };
  if (command === "status") return { command, ...given, isJson: own.has("json") };
  if (command === "trace") return { command, ...given, sockets: [], ...traceOf(own) };
  return { command: command as "serve" | "check-config", ...given };
}

/** The words of a command: one, or two where the first needs another. */
function nameOf(command: string, second = ""): string {
  const seconds = Object.hasOwn(SECOND_WORDS, command) ? SECOND_WORDS[command] : undefined;
  if (seconds === undefined) return command;
  if (seconds.includes(second)) return `${command} ${second}`;
  throw usageError(`After ${command} comes one of ${seconds.join(", ")}.`);
}

function sessionOf(action: string | undefined, own: ReadonlyMap<string, string>): SessionAction {
  const order = SESSION_ORDERS.find((name) => name === action);
  if (order === undefined) return { type: "list", isJson: own.has("json") };
  return { type: order, session: own.get("session") ?? null };
}

function pairOf(
  type: PairAction,
  own: ReadonlyMap<string, string>,
): { action: PairCommand; lun: number | null; isWaiting: boolean } {
  const lun = own.get("lun") ?? null;
  if (lun !== null && !/^\d{1,3}$/.test(lun)) throw usageError("Flag --lun must be a number.");
  const side = own.get("source") ?? null;
  if (side !== null && side !== "1" && side !== "2") {
    throw usageError("Flag --source must be 1 or 2.");
  }
  const source = side === null ? null : (Number(side) as Side);
  const isWaiting = !own.has("no-wait");
  const rest = { lun: lun === null ? null : Number(lun), isWaiting };
  if (type === "create" || type === "resync") return { action: { type, source }, ...rest };
  if (type === "verify") return { action: { type, isRepairing: own.has("repair") }, ...rest };
  return { action: { type }, ...rest };
}

function traceOf(own: ReadonlyMap<string, string>): { last: number; form: TraceForm } {
  const last = own.get("last") ?? "1";
  const most = limits.tracedCommandsMax;
  if (!/^[1-9]\d{0,5}$/.test(last) || Number(last) > most) {
    throw usageError(`Flag --last must be a number from 1 to ${most}.`);
  }
  const isJson = own.has("json");
  if (isJson && own.has("mermaid"))
    throw usageError("Flags --json and --mermaid exclude each other.");
  return { last: Number(last), form: isJson ? "json" : own.has("mermaid") ? "mermaid" : "text" };
}

function flagHelp(key: string, setting: AnySetting): string {
  const { placeholder } = setting.form;
  const [flag, value] = [flagOf(key), setting.default];
  const name = placeholder === null ? `--[no-]${flag}` : `--${flag} ${placeholder}`;
  const repeatable = setting.isList === true ? "; repeatable" : "";
  const byDefault = value === null ? "unset" : value;
  return [
    `  ${name}`,
    `      ${setting.doc}`,
    `      ${environmentNameOf(key)}; default: ${byDefault}${repeatable}`,
  ].join("\n");
}

function commandFlagHelp(flag: string, { doc, placeholder, of }: CommandFlag): string {
  const name = placeholder === null ? `--${flag}` : `--${flag} ${placeholder}`;
  const firsts = [...new Set(of.map((command) => command.split(" ")[0]))];
  const where = (of.length > 2 && firsts.length === 1 ? firsts : of).join(", ");
  return `  ${name}\n      ${doc} (${where})`;
}

function section(title: string, table: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(table) as [string, AnySetting][];
  return [title, ...rows.map(([key, setting]) => flagHelp(key, setting))].join("\n");
}

/** The help text, to its last newline. */
export function helpText(): string {
  const commands = Object.entries(COMMANDS).map(
    ([name, doc]) => `  ${name.padEnd(COMMAND_WIDTH)}${doc}`,
  );
  const own = Object.entries(COMMAND_FLAGS).map(([flag, row]) => commandFlagHelp(flag, row));
  return `Usage: twinlun COMMAND [FLAG…]

An iSCSI target: disks served from files or memory, by one controller or by a mirrored pair.

Commands
${commands.join("\n")}

Flags of status, pair, session and trace
${own.join("\n")}

General
  --conf FILE
      Settings in JSON, by the names below in camelCase; \`luns\` lists several units.
      TWINLUN_CONF; default: unset
  --help, --version

Later wins: defaults, the file, the environment, flags.

${section("Units", unitSettings)}

${section("Pair", pairSettings)}

${section("Target", targetSettings)}
`;
}
