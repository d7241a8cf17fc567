/**
 * What an application client has a unit remember to know it by. Who may set it when, and how it is
 * asked for, are commands; that it outlives the process is `unit-memory.ts`.
 * [SPC-4 6.36 REPORT IDENTIFYING INFORMATION, 6.46]
 *
 *   as bytes, for each type that is set: type 1 | length 2 | information
 */
import { format, uint } from "node-scsi-cdb";

export interface InformationType {
  /** IDENTIFYING INFORMATION TYPE */
  readonly code: number;
  /** MAXIMUM INFORMATION LENGTH, in bytes. */
  readonly lengthMax: number;
  /** UTF-8 with one null, at its end. */
  readonly isText: boolean;
}

/** The types that can be set, ascending: the longest that the standard has. */
export const INFORMATION_TYPES: readonly InformationType[] = [
  { code: 0, lengthMax: 512, isText: false },
  { code: 2, lengthMax: 256, isText: true },
];

const NOTHING = new Uint8Array(0);

const entryHeader = format({
  name: "Identifying information",
  length: 3,
  fields: { code: uint(0, 1, "type"), length: uint(1, 2, "length") },
});

export class IdentifyingInformation {
  #set: ReadonlyMap<number, Uint8Array> = new Map();

  /** Empty: none. */
  of(code: number): Uint8Array {
    return this.#set.get(code) ?? NOTHING;
  }

  /** Bytes of a type's form, which are copied; none: it has no such information any more. */
  put(code: number, information: Uint8Array): void {
    const next = new Map(this.#set);
    if (information.length === 0) next.delete(code);
    else next.set(code, Uint8Array.from(information));
    this.#set = next;
  }

  /** Takes over all of another's, as `parseInformation` has it. */
  replace(all: ReadonlyMap<number, Uint8Array>): void {
    this.#set = all;
  }

  /** For `parseInformation`; empty: there is none. */
  encode(): Uint8Array {
    const parts = INFORMATION_TYPES.flatMap(({ code }) => {
      const information = this.of(code);
      if (information.length === 0) return [];
      return [entryHeader.encode({ code, length: information.length }), information];
    });
    return Buffer.concat(parts);
  }
}

/** Whether these bytes can be information of the type; those of none always can. */
export function isOfType({ lengthMax, isText }: InformationType, bytes: Uint8Array): boolean {
  if (bytes.length > lengthMax) return false;
  if (!isText || bytes.length === 0) return true;
  const text = Buffer.from(bytes);
  const isUtf8 = Buffer.compare(Buffer.from(text.toString()), text) === 0;
  return isUtf8 && text.indexOf(0) === text.length - 1;
}

/** The information by its types; null: `encode` makes no such bytes. */
export function parseInformation(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> | null {
  const all = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    if (bytes.length < at + entryHeader.length) return null;
    const { code, length } = entryHeader.decode(bytes, at);
    const start = at + entryHeader.length;
    at = start + length;
    const type = INFORMATION_TYPES.find((each) => each.code === code);
    const information = Uint8Array.from(bytes.subarray(start, at));
    const isSound = length > 0 && information.length === length && !all.has(code);
    if (type === undefined || !isSound || !isOfType(type, information)) return null;
    all.set(code, information);
  }
  return all;
}
