/**
 * The command line: what is asked for, and the help that says what can be. Both derive from the
 * settings table. Pure: nothing is read, nothing is printed.
 */
import { parseArgs } from "node:util";
import {
  environmentNameOf,
  flagOf,
  settingsTable,
  targetSettings,
  unitSettings,
  type Setting,
} from "./settings-table";
import { SettingsError } from "./settings-error";

export type CommandLine =
  | { readonly command: "help" | "version" }
  | {
      readonly command: "serve" | "check-config";
      /** Path of the configuration file. */
      readonly conf: string | null;
      /** By setting key. */
      readonly flags: Readonly<Record<string, string | readonly string[]>>;
    };

const COMMANDS = {
  serve: "Serve the disks until SIGTERM or SIGINT.",
  "check-config": "Check the settings, print them without secrets, and end.",
  help: "Print this text.",
} as const;

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
  const always = ALWAYS.map((flag) => [flag, { type: "boolean" }] as const);
  return Object.fromEntries([...entries, ...always, ["conf", { type: "string" }]]);
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
    const [key, text, setting] = settingOf(name, value);
    if (setting.isList === true) flags[key] = [...((flags[key] ?? []) as string[]), text];
    else if (Object.hasOwn(flags, key)) throw usageError(`Flag --${name} is given twice.`);
    else flags[key] = text;
  }
  return commandOf(words, { conf, flags });
}

function commandOf(
  words: readonly string[],
  given: { conf: string | null; flags: Record<string, string | readonly string[]> },
): CommandLine {
  const [command, extra] = words;
  if (command === "help") return { command };
  if (command === undefined) throw usageError("A command is missing: serve or check-config.");
  if (command !== "serve" && command !== "check-config") {
    throw usageError(`Unknown command ${command}.`);
  }
  if (extra !== undefined) throw usageError(`Unexpected argument ${extra}.`);
  return { command, ...given };
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

function section(title: string, table: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(table) as [string, AnySetting][];
  return [title, ...rows.map(([key, setting]) => flagHelp(key, setting))].join("\n");
}

/** The help text, to its last newline. */
export function helpText(): string {
  const commands = Object.entries(COMMANDS).map(([name, doc]) => `  ${name.padEnd(14)}${doc}`);
  return `Usage: twinlun COMMAND [FLAG…]

An iSCSI target: disks served from files or memory.

Commands
${commands.join("\n")}

General
  --conf FILE
      Settings in JSON, by the names below in camelCase; \`luns\` lists several units.
      TWINLUN_CONF; default: unset
  --help, --version

Later wins: defaults, the file, the environment, flags.

${section("Units", unitSettings)}

${section("Target", targetSettings)}
`;
}
