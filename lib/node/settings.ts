/**
 * The settings of one run: defaults, a JSON file, the environment and flags, each layer over the
 * one before, every value checked. What is wrong becomes one SettingsError that names the key, the
 * value, where it comes from and what is allowed. It opens nothing but the file.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import convict from "convict";
import { formatAddress, integer, type Address, type Credential, type StoreChoice } from "./formats";
import { checkPair, sidesOf, storesOf, withDefaultsOfSides } from "./pair-settings";
import {
  environmentNameOf,
  flagOf,
  pairSettings,
  settingsTable,
  targetSettings,
  unitSettings,
  type Setting,
  type SettingKey,
  type TargetValues,
  type UnitValues,
} from "./settings-table";
import { SettingsError } from "./settings-error";
import { limits } from "../base/limits";
import type { Side } from "../mirror/config";

export interface UnitChoice extends UnitValues {
  readonly lun: number;
}

export interface Settings extends TargetValues {
  /** At least one; ascending by LUN. */
  readonly units: readonly UnitChoice[];
}

export interface Sources {
  /** Path of a JSON file, or null. */
  readonly file: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By setting key: text, or a list of texts for a flag given several times. */
  readonly flags: Readonly<Record<string, string | readonly string[]>>;
}

const LUN = { form: integer(0, limits.lunsMax - 1), default: null };

type Raw = Readonly<Record<string, unknown>>;
type AnySetting = Setting<unknown>;

const TABLE = settingsTable as Readonly<Record<string, AnySetting>>;
/** What an entry of `luns` may hold: its number, and what every unit has. */
const UNIT_TABLE: Readonly<Record<string, AnySetting>> = {
  lun: { doc: "The number of the unit; unset: its place in the list.", ...LUN },
  ...unitSettings,
};

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readJson(path: string): Raw {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === "ENOENT" ? "does not exist" : `cannot be read: ${message}`;
    throw new SettingsError(`Configuration file ${path} ${what}.`);
  }
  if (!isRecord(content)) {
    throw new SettingsError(`Configuration file ${path} must hold one JSON object.`);
  }
  return content;
}

/** A value as a message shows it: secrets never. */
function shown(setting: AnySetting, raw: unknown): string {
  return setting.isSecret === true ? "(not shown)" : JSON.stringify(raw);
}

function parse<T>(setting: Setting<T>, fields: { raw: unknown; key: string; source: string }): T {
  const { raw, key, source } = fields;
  const value = setting.form.parse(raw);
  if (value !== undefined) return value;
  const what = `${key} is ${shown(setting, raw)} (from ${source})`;
  throw new SettingsError(`Setting ${what}, but it must be ${setting.form.allowed}.`);
}

/** The convict schema: values stay as they were written until all layers are merged. */
function schemaOf(): convict.Schema<Record<string, unknown>> {
  const rows = Object.entries(TABLE).map(([key, setting]) => {
    const { doc, default: value, isSecret: sensitive = false } = setting;
    return [key, { doc, format: "*", default: value, env: environmentNameOf(key), sensitive }];
  });
  const luns = { doc: "The logical units; file only.", format: "*", default: null };
  return Object.fromEntries([...rows, ["luns", luns]]) as convict.Schema<Record<string, unknown>>;
}

/** Set to nothing is not set: what container tools make of a variable without a value. */
function withoutEmpty(environment: Sources["environment"]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

/** A file is right as a whole, also in what the environment or flags override. */
function checked(file: Raw, source: string): Raw {
  for (const [key, raw] of Object.entries(file)) {
    if (key === "luns") continue;
    const setting = Object.hasOwn(TABLE, key) ? TABLE[key] : undefined;
    if (setting === undefined) throw new SettingsError(`Unknown setting ${key} in ${source}.`);
    parse(setting, { raw, key, source });
  }
  return file;
}

/** Settings as they were written, merged, and where each comes from. */
class Layers {
  readonly merged: convict.Config<Record<string, unknown>>;
  readonly #sources: Sources;
  readonly #file: Raw;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#file = sources.file === null ? {} : checked(readJson(sources.file), sources.file);
    const env = withoutEmpty(sources.environment);
    this.merged = convict(schemaOf(), { env, args: [] });
    this.merged.load(this.#file);
    for (const [key, value] of Object.entries(sources.flags)) this.merged.set(key, value);
  }

  /** The path of the file, for messages. */
  get file(): string {
    return this.#sources.file ?? "no file";
  }

  /** The flag, variable or file a setting comes from; null for the default. */
  sourceOf(key: string): string | null {
    if (Object.hasOwn(this.#sources.flags, key)) return `--${flagOf(key)}`;
    const variable = environmentNameOf(key);
    if ((this.#sources.environment[variable] ?? "") !== "") return variable;
    return Object.hasOwn(this.#file, key) ? this.#sources.file : null;
  }

  /** Whether the environment or a flag sets it. */
  isAboveFile(key: string): boolean {
    const source = this.sourceOf(key);
    return source !== null && source !== this.#sources.file;
  }

  parsed(key: string): unknown {
    const source = this.sourceOf(key) ?? "its default";
    return parse(TABLE[key] as AnySetting, { raw: this.merged.get(key), key, source });
  }

  /** All values of one part of the table. */
  valuesOf<Values>(table: Readonly<Record<string, unknown>>): Values {
    return Object.fromEntries(Object.keys(table).map((key) => [key, this.parsed(key)])) as Values;
  }
}

/** One entry of `luns`: over what the file sets for all units, below the environment and flags. */
function unitOf(layers: Layers, entry: unknown, index: number): UnitChoice {
  const name = `luns[${index}]`;
  const source = layers.file;
  if (!isRecord(entry)) {
    throw new SettingsError(`Setting ${name} (from ${source}) must be a JSON object.`);
  }
  if (!Object.hasOwn(entry, "store")) {
    throw new SettingsError(`Setting ${name} (from ${source}) must have a store.`);
  }
  const values: Record<string, unknown> = { lun: index };
  for (const key of Object.keys(unitSettings)) values[key] = layers.parsed(key);
  values["store2"] = null;
  for (const [key, raw] of Object.entries(entry)) {
    const setting = Object.hasOwn(UNIT_TABLE, key) ? UNIT_TABLE[key] : undefined;
    if (setting === undefined)
      throw new SettingsError(`Unknown setting ${name}.${key} in ${source}.`);
    const value = parse(setting, { raw, key: `${name}.${key}`, source });
    if (!layers.isAboveFile(key)) values[key] = value;
  }
  return values as unknown as UnitChoice;
}

/** The one unit that is there without a list of them. */
function onlyUnitOf(layers: Layers, sides: readonly Side[]): UnitChoice {
  const values = layers.valuesOf<UnitValues>(unitSettings);
  const given = (key: "store" | "store2"): StoreChoice | null =>
    layers.sourceOf(key) === null ? null : values[key];
  const stores = storesOf(sides, { store: given("store"), store2: given("store2") }, 0);
  return { ...values, ...stores, lun: 0 };
}

function unitsOf(layers: Layers, sides: readonly Side[]): UnitChoice[] {
  const luns = layers.merged.get("luns");
  if (luns === null) return [onlyUnitOf(layers, sides)];
  if (!Array.isArray(luns) || luns.length === 0) {
    throw new SettingsError(`Setting luns (from ${layers.file}) must be a list of units.`);
  }
  for (const key of ["store", "store2"]) {
    const rival = layers.sourceOf(key);
    if (rival === null) continue;
    const what = `luns (from ${layers.file}) and ${key} (from ${rival})`;
    throw new SettingsError(`Settings ${what} exclude each other.`);
  }
  const units = luns.map((entry: unknown, index) => {
    const unit = unitOf(layers, entry, index);
    return { ...unit, ...storesOf(sides, unit, unit.lun) };
  });
  return units.sort((a, b) => a.lun - b.lun);
}

function firstTwice<T>(items: readonly T[]): T | undefined {
  return items.find((item, index) => items.indexOf(item) !== index);
}

function checkUnits(units: readonly UnitChoice[]): void {
  const lun = firstTwice(units.map((unit) => unit.lun));
  if (lun !== undefined) throw new SettingsError(`Two of the luns have the number ${lun}.`);
  const stores = units.flatMap(({ store, store2 }) =>
    store2 === null ? [store] : [store, store2],
  );
  const files = stores.flatMap((store) => (store.kind === "file" ? [resolve(store.path)] : []));
  const file = firstTwice(files);
  if (file !== undefined) throw new SettingsError(`Two copies have the store file ${file}.`);
  for (const unit of units) checkSizes(unit);
}

function checkSizes({ store, store2, blockSize, lun }: UnitChoice): void {
  for (const size of [store.size, store2?.size ?? null]) {
    if (size === null || size % blockSize === 0) continue;
    const what = `of LUN ${lun} has ${size} bytes, which is not a multiple of blockSize`;
    throw new SettingsError(`The store ${what} ${blockSize}.`);
  }
  const [first, second] = [store.size, store2?.size ?? null];
  if (first === null || second === null || first === second) return;
  const what = `LUN ${lun} have ${first} and ${second} bytes`;
  throw new SettingsError(`The copies of ${what}, and must have the same.`);
}

function checkChap(
  keys: { readonly users: SettingKey; readonly own: SettingKey },
  users: readonly Credential[],
  own: Credential | null,
): void {
  const name = firstTwice(users.map((user) => user.name));
  if (name !== undefined) throw new SettingsError(`Setting ${keys.users} has user ${name} twice.`);
  if (own === null) return;
  if (users.length === 0) {
    throw new SettingsError(`Setting ${keys.own} has no effect without ${keys.users}.`);
  }
  // [RFC7143 9.2.1] One secret for both directions can be reflected.
  if (users.some((user) => user.secret === own.secret)) {
    throw new SettingsError(
      `Settings ${keys.users} and ${keys.own} must not have the same secret.`,
    );
  }
}

/** Who is sent to where it comes from comes again and again. */
function checkRedirects({ redirectTo, redirectPermanently, listen }: TargetValues): void {
  if (redirectTo.length > listen.length) {
    const counts = `${redirectTo.length} addresses for ${listen.length} portals`;
    throw new SettingsError(`Setting redirectTo has ${counts} of listen.`);
  }
  const texts = redirectTo.map((target) => (target === null ? null : formatAddress(target)));
  const itself = texts.find((text, index) => text === formatAddress(listen[index] as Address));
  if (itself !== undefined)
    throw new SettingsError(`Setting redirectTo sends ${itself} to itself.`);
  if (redirectPermanently && texts.every((text) => text === null)) {
    throw new SettingsError("Setting redirectPermanently has no effect without redirectTo.");
  }
}

function checkTarget(values: TargetValues): void {
  for (const key of ["listen", "chapAlgorithms", "headerDigest", "dataDigest"] as const) {
    if (values[key].length === 0) throw new SettingsError(`Setting ${key} must not be empty.`);
  }
  if (values.announce.length > values.listen.length) {
    const counts = `${values.announce.length} addresses for ${values.listen.length} portals`;
    throw new SettingsError(`Setting announce has ${counts} of listen.`);
  }
  checkRedirects(values);
  const portals = values.listen.filter(({ port }) => port !== 0).map(formatAddress);
  const portal = firstTwice(portals);
  if (portal !== undefined) throw new SettingsError(`Setting listen has ${portal} twice.`);
  // [RFC7143 13.14] FirstBurstLength MUST NOT exceed MaxBurstLength.
  if (values.firstBurstLength > values.maxBurstLength) {
    const [first, most] = [values.firstBurstLength, values.maxBurstLength];
    throw new SettingsError(
      `Setting firstBurstLength (${first}) exceeds maxBurstLength (${most}).`,
    );
  }
  checkChap({ users: "chap", own: "chapMutual" }, values.chap, values.chapMutual);
  const discovery = { users: "discoveryChap", own: "discoveryChapMutual" } as const;
  checkChap(discovery, values.discoveryChap, values.discoveryChapMutual);
}

/** @throws SettingsError */
export function loadSettings(sources: Sources): Settings {
  const layers = new Layers(sources);
  const sourceOf = (key: string): string | null => layers.sourceOf(key);
  const given = layers.valuesOf<TargetValues>({ ...targetSettings, ...pairSettings });
  const target = withDefaultsOfSides(given, sourceOf);
  checkTarget(target);
  checkPair(target, sourceOf);
  const units = unitsOf(layers, sidesOf(target));
  checkUnits(units);
  return { ...target, units };
}
