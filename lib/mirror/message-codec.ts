/**
 * From the declaration of a frame's parameter (its fields, what else comes with it) to what reads
 * and writes it. What is declared for which message is `message-rows.ts`; what stands around a
 * parameter is `link-frame.ts`.
 *
 *   parameter:  | fields, fixed length | [access, 1 byte | nexus in UTF-8, to the end] |
 */
import { type Field, type Fields, type FieldLayout, format, uint } from "node-scsi-cdb";
import { assert } from "../base/assert";
import { limits } from "../base/limits";
import type { JobOrigin } from "../block/job";

/** What a frame has beside its fields. */
type Beside = "volume" | "data" | "origin";

/** The declaration of a frame `M`: the compiler sees to it that nothing of it is forgotten. */
export interface Declaration<M> {
  /** The command: 519. */
  readonly code: number;
  /** Bytes of the fields. */
  readonly length: number;
  readonly fields: { readonly [K in Exclude<keyof M, Beside | "type">]: Field<M[K]> };
  readonly beside: { readonly [K in Extract<keyof M, Beside>]: true };
  /** Bytes may follow the fields, and bits be set between them, in versions to come. */
  readonly mayGrow?: boolean;
}

/** A frame as it is being read: its data comes last. */
export type Draft = { readonly type: string; data?: readonly Uint8Array[] } & {
  readonly [field: string]: unknown;
};

export interface FrameRow {
  readonly type: string;
  readonly code: number;
  /** Bytes of the parameter. */
  readonly lengthMin: number;
  readonly lengthMax: number;
  readonly hasVolume: boolean;
  readonly hasData: boolean;
  /** Writes the parameter into zeros; returns its length. */
  write(frame: object, into: Buffer, at: number): number;
  /** Reads the parameter where it lies; null: it is not one. */
  read(bytes: Buffer, at: number, header: ParameterHeader): Draft | null;
}

/** What a parameter is read with. */
export interface ParameterHeader {
  readonly volume: number;
  readonly parameterLength: number;
}

const ACCESS = ["none", "read", "write"] as const;
/** What versions to come may add where a row may grow. */
const GROWTH_MAX = 1024;

/**
 * A byte that stands for one of a list of words: by place, so a list only grows at its end. Its
 * layout is a number's but for what it reads and writes; `undefined` is read for no word.
 */
export function word<W extends string>(
  byte: number,
  places: Readonly<Record<W, number>>,
  label: string,
): Field<W> {
  const words: W[] = [];
  for (const [name, place] of Object.entries(places)) words[place as number] = name as W;
  const number = uint(byte, 1, label);
  const layout = (property: string, span: number): FieldLayout<W> => {
    const inner = number.layout(property, span);
    const decode = (bytes: Uint8Array, at?: number): W => words[inner.decode(bytes, at)] as W;
    const encode = (name: W, bytes: Uint8Array, at?: number): number =>
      inner.encode(places[name], bytes, at);
    return Object.create(inner, { decode: { value: decode }, encode: { value: encode } });
  };
  return { ...number, layout };
}

/** Rows of all frames of a union. @throws RangeError where fields overlap. */
export function rowsOf<M extends { readonly type: string }>(declarations: {
  readonly [T in M["type"]]: Declaration<Extract<M, { readonly type: T }>>;
}): readonly FrameRow[] {
  return Object.entries<Declaration<unknown>>(declarations).map(([type, declaration]) =>
    rowOf(type, declaration),
  );
}

function rowOf(type: string, declaration: Declaration<unknown>): FrameRow {
  const { code, length, mayGrow = false } = declaration;
  const fields = declaration.fields as Fields;
  const beside = declaration.beside as { readonly [K in Beside]?: true };
  const { firstReservedBit } = format({ name: type, length, fields });
  const parts = partsOf(fields);
  const hasOrigin = beside.origin === true;
  const template: Record<string, unknown> = { type };
  if (beside.volume === true) template["volume"] = 0;
  for (const { property, layout, byte } of parts) {
    template[property] = layout.decode(Buffer.alloc(length), byte);
  }
  if (hasOrigin) template["origin"] = null;
  if (beside.data === true) template["data"] = [];
  return {
    type,
    code,
    lengthMin: length + (hasOrigin ? 1 : 0),
    lengthMax: length + (hasOrigin ? 1 + limits.linkNameMax : 0) + (mayGrow ? GROWTH_MAX : 0),
    hasVolume: beside.volume === true,
    hasData: beside.data === true,
    write(frame, into, at) {
      const values = frame as Readonly<Record<string, unknown>>;
      for (const { property, layout, byte } of parts) {
        layout.encode(values[property], into, at + byte);
      }
      if (!hasOrigin) return length;
      return length + writeOrigin(values["origin"] as JobOrigin | null, into, at + length);
    },
    read(bytes, at, { volume, parameterLength }) {
      const draft = { ...template };
      if (beside.volume === true) draft["volume"] = volume;
      for (const { property, layout, byte } of parts) {
        const value = layout.decode(bytes, at + byte);
        if (!isExact(value)) return null;
        draft[property] = value;
      }
      if (!mayGrow && firstReservedBit(bytes, at) !== null) return null;
      if (hasOrigin) {
        const origin = readOrigin(bytes, at + length, at + parameterLength);
        if (origin === undefined) return null;
        draft["origin"] = origin;
      }
      return draft as Draft;
    },
  };
}

interface Part {
  readonly property: string;
  readonly byte: number;
  readonly layout: FieldLayout<unknown>;
}

function partsOf(fields: Fields): Part[] {
  return Object.entries(fields).map(([property, { byte, layout }]) => ({
    property,
    byte,
    layout: layout(property, 0),
  }));
}

/** No word for it, or a number that eight bytes hold and ours do not. */
function isExact(value: unknown): boolean {
  return typeof value === "number" ? Number.isSafeInteger(value) : value !== undefined;
}

/** Returns its length. */
export function writeOrigin(origin: JobOrigin | null, into: Buffer, at: number): number {
  if (origin === null) return 1;
  assert(Buffer.byteLength(origin.nexus) <= limits.linkNameMax, "names were checked at login");
  into[at] = ACCESS.indexOf(origin.access);
  return 1 + into.write(origin.nexus, at + 1);
}

/** undefined: it is none. */
export function readOrigin(bytes: Buffer, at: number, end: number): JobOrigin | null | undefined {
  const access = ACCESS[bytes[at] as number];
  const nexus = bytes.toString("utf8", at + 1, end);
  if (access === undefined) return undefined;
  if (access !== "none") return { nexus, access };
  return nexus === "" ? null : undefined;
}
