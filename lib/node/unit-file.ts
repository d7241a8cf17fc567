/**
 * The memory of a unit whose blocks are in a store file: a small file beside it, made when there is
 * something to remember and replaced as a whole, so that there is always an old one or a new one.
 * The lock of the store file is its lock, too. What its bytes mean is `scsi/unit-memory.ts`.
 *
 *         0  MAGIC "twinunit"                 16  IDENTITY of the store, 16 bytes
 *         8  CHECKSUM: CRC32C of the rest     32  what is remembered, to the end
 *        12  VERSION
 */
import * as fs from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { format, octets, uint } from "node-scsi-cdb";
import type { Crc32c } from "../base/crc32c";
import { limits } from "../base/limits";
import type { CompletionQueue } from "../block/completion-queue";
import { type UnitMemory, parseMemory } from "../scsi/unit-memory";
import { SettingsError } from "./settings-error";

const MAGIC = Buffer.from("twinunit", "latin1");
const VERSION = 1;
/** What the checksum is of begins here. */
const CHECKED_FROM = 12;

const header = format({
  name: "unit file",
  length: 32,
  fields: {
    magic: octets(0, 8, "MAGIC"),
    checksum: uint(8, 4, "CHECKSUM"),
    version: uint(12, 4, "VERSION"),
    identity: octets(16, 16, "IDENTITY"),
  },
});

export interface UnitFileOptions {
  readonly path: string;
  /** Of the store that it belongs to, 16 bytes. */
  readonly identity: Uint8Array;
  readonly crc32c: Crc32c;
  /** Where the ends of saves go; `wake` is called when there is one. */
  readonly completions: CompletionQueue;
  readonly wake: () => void;
  /** Told in a sentence when something could not be kept. */
  readonly report: (detail: string) => void;
}

interface Save {
  readonly bytes: Uint8Array;
  readonly done: (isKept: boolean) => void;
}

/** Where the memory of the unit in a store is. */
export function unitPathOf(storePath: string): string {
  return `${storePath}.unit`;
}

export class UnitFile implements UnitMemory {
  readonly found: Uint8Array;
  readonly #options: UnitFileOptions;
  #waiting: Save[] = [];
  #running: Promise<void> | null = null;

  /** @throws SettingsError when what is there is damaged, or another disk's. */
  constructor(options: UnitFileOptions) {
    this.#options = options;
    this.found = readFound(options);
  }

  save(bytes: Uint8Array, done: (isKept: boolean) => void): void {
    this.#waiting.push({ bytes, done });
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    await this.#running;
  }

  /** One replacement serves all that came before it began: the last has what the others have. */
  async #run(): Promise<void> {
    const { completions, wake, path, report } = this.#options;
    for (let last = this.#waiting.at(-1); last !== undefined; last = this.#waiting.at(-1)) {
      const group = this.#waiting;
      this.#waiting = [];
      const problem = await this.#replace(last.bytes).then(
        () => null,
        (error: Error) => error.message,
      );
      if (problem !== null) report(`Unit file ${path} cannot be written: ${problem}.`);
      for (const { done } of group) completions.later(() => done(problem === null));
      wake();
    }
    this.#running = null;
  }

  /** @throws errno errors; then the file is what it was, or what it should be. */
  async #replace(bytes: Uint8Array): Promise<void> {
    const { path } = this.#options;
    const next = `${path}.new`;
    const file = await open(next, "w", 0o600);
    try {
      await file.writeFile(encode(bytes, this.#options));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
    const directory = await open(dirname(path), "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

function encode(bytes: Uint8Array, { identity, crc32c }: UnitFileOptions): Uint8Array {
  const fields = { magic: MAGIC, version: VERSION, identity: Buffer.from(identity) };
  const copy = Buffer.concat([header.encode(fields), bytes]);
  return header.encode({ checksum: crc32c(copy.subarray(CHECKED_FROM)) }, copy);
}

function readFound(options: UnitFileOptions): Uint8Array {
  const { path } = options;
  try {
    const { size } = fs.statSync(path);
    if (size > header.length + limits.unitMemoryMax) throw refusal(path, "is too long to be one");
    return decode(fs.readFileSync(path), options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof SettingsError || code === undefined) throw error;
    if (code === "ENOENT") return new Uint8Array(0);
    throw refusal(path, `cannot be read: ${message}`);
  }
}

function decode(copy: Uint8Array, { path, identity, crc32c }: UnitFileOptions): Uint8Array {
  if (copy.length < header.length) throw refusal(path, "is damaged: it is cut short");
  const fields = header.decode(copy);
  if (!MAGIC.equals(fields.magic)) throw refusal(path, "is none, or damaged at its beginning");
  if (fields.checksum !== crc32c(copy.subarray(CHECKED_FROM))) {
    throw refusal(path, "is damaged: its checksum is wrong");
  }
  if (!Buffer.from(identity).equals(fields.identity)) {
    throw refusal(path, "is of another disk: move it away, or bring its disk");
  }
  const bytes = Uint8Array.from(copy.subarray(header.length));
  if (fields.version !== VERSION || parseMemory(bytes) === null) {
    throw refusal(path, "is of another version of this program");
  }
  return bytes;
}

function refusal(path: string, what: string): SettingsError {
  return new SettingsError(`Unit file ${path} ${what}.`);
}
