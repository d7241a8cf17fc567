/**
 * A format: a fixed number of bytes laid out by fields. From one declaration come decode, encode,
 * the mask of defined bits and the place of the first undefined bit that is set. Two fields on one
 * bit, or a field outside the format, are refused when the format is made.
 */
import * as layouts from "buffer-layout";
import type { Field, FieldLayout } from "./fields";

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- a field of any value type */
export type Fields = Readonly<Record<string, Field<any>>>;

/** The decoded values of a set of fields. */
export type Values<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** A place in parameter data or a CDB; `bit` 7 is the leftmost. SPC FIELD POINTER, BIT POINTER. */
export interface FieldPointer {
  readonly byte: number;
  readonly bit: number;
}

export interface Format<F extends Fields> {
  readonly name: string;
  /** In bytes. */
  readonly length: number;
  readonly fields: F;
  /** The same as a buffer-layout Structure. */
  readonly layout: FieldLayout<Values<F>>;
  /** One bit for each bit that has a meaning: SPC's CDB USAGE DATA without the operation code. */
  readonly usageMask: Uint8Array;
  /** Reads all fields. @throws RangeError when fewer than `length` bytes are there. */
  decode(bytes: Uint8Array, offset?: number): Values<F>;
  /**
   * Writes the fields given into `into` (a fresh zeroed buffer unless given), leaving other bits.
   * @throws RangeError when a value does not fit its field or the format does not fit `into`.
   */
  encode(values: Partial<Values<F>>, into?: Uint8Array, offset?: number): Uint8Array;
  /** The first bit set that no field covers, or null. */
  firstReservedBit(bytes: Uint8Array, offset?: number): FieldPointer | null;
  /** Where a field stands: what a sense key specific FIELD POINTER to it says. */
  pointer(field: keyof F): FieldPointer;
}

/** The bits of byte `byte` that belong to the field. */
function maskOf(field: Field<unknown>, byte: number): number {
  const upTo = byte === field.byte ? (2 << field.high) - 1 : 0xff;
  const below = byte === field.byte + field.length - 1 ? (1 << field.low) - 1 : 0;
  return upTo & ~below;
}

/** Adds a field's bits to `mask`, refusing overlaps. */
function cover(format: string, mask: Uint8Array, field: Field<unknown>): void {
  for (let byte = field.byte; byte < field.byte + field.length; byte++) {
    const before = mask[byte];
    if (before === undefined) throw new RangeError(`${format}: ${field.label} stands outside`);
    const bits = maskOf(field, byte);
    if ((before & bits) !== 0) throw new RangeError(`${format}: ${field.label} overlaps`);
    mask[byte] = before | bits;
  }
}

function structureOf<F extends Fields>(length: number, fields: F): layouts.Structure<Values<F>> {
  const entries = Object.entries(fields).sort(
    ([, a], [, b]) => a.byte - b.byte || b.high - a.high || 0,
  );
  const parts: layouts.Layout<unknown>[] = [];
  let at = 0;
  entries.forEach(([property, field], index) => {
    if (field.byte > at) parts.push(layouts.blob(field.byte - at));
    const next = entries[index + 1]?.[1];
    const isLastOfByte = next === undefined || next.byte !== field.byte;
    const layout = field.layout(property, isLastOfByte ? 1 : 0);
    parts.push(layout as layouts.Layout<unknown>);
    at = field.byte + layout.span;
  });
  if (length > at) parts.push(layouts.blob(length - at));
  return layouts.struct<Values<F>>(parts);
}

/**
 * Decodes field by field from known offsets into a copy of a template object: what the structure's
 * own decode gives, without its walk over spans and at half its cost on the path of every command.
 */
function readerOf<F extends Fields>(
  length: number,
  fields: F,
): (bytes: Uint8Array, offset: number) => Values<F> {
  const zeros = Buffer.alloc(length);
  const parts = Object.entries(fields).map(([property, { byte, layout }]) => ({
    property,
    byte,
    layout: layout(property, 0),
  }));
  const template: Record<string, unknown> = {};
  for (const { property, byte, layout } of parts) template[property] = layout.decode(zeros, byte);
  return (bytes, offset) => {
    const values = { ...template };
    for (const { property, byte, layout } of parts) {
      values[property] = layout.decode(bytes, offset + byte);
    }
    return values as Values<F>;
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads all fields of a format by hand, as its fields say: for what is decoded all the time. At
 * least the format's length is there from `offset` on.
 */
export type ReadByHand = (bytes: Uint8Array, offset: number) => Readonly<Record<string, unknown>>;

/** Declares a format. @throws RangeError on overlapping or outlying fields. */
export function format<const F extends Fields>(declaration: {
  name: string;
  length: number;
  fields: F;
  readByHand?: ReadByHand | undefined;
}): Format<F> {
  const { name, length, fields, readByHand } = declaration;
  const usageMask = new Uint8Array(length);
  const accepted = new Uint8Array(length);
  for (const field of Object.values(fields)) {
    cover(name, accepted, field);
    if (!field.ignored) cover(name, usageMask, field);
  }
  const layout = structureOf(length, fields);
  const read = readerOf(length, fields);
  const readWhole = (readByHand ?? ((bytes, offset) => read(asBuffer(bytes), offset))) as (
    bytes: Uint8Array,
    offset: number,
  ) => Values<F>;
  const requireRoom = (bytes: Uint8Array, offset: number): void => {
    if (bytes.length - offset >= length) return;
    throw new RangeError(`${name}: ${length} bytes do not fit in ${bytes.length} from ${offset}`);
  };
  return {
    name,
    length,
    fields,
    layout,
    usageMask,
    decode(bytes, offset = 0) {
      requireRoom(bytes, offset);
      return readWhole(bytes, offset);
    },
    encode(values, into = Buffer.alloc(length), offset = 0) {
      requireRoom(into, offset);
      layout.encode(values as Values<F>, asBuffer(into), offset);
      return into;
    },
    firstReservedBit(bytes, offset = 0) {
      for (let byte = 0; byte < length; byte++) {
        const extra = (bytes[offset + byte] as number) & ~(accepted[byte] as number);
        if (extra !== 0) return { byte, bit: 31 - Math.clz32(extra) };
      }
      return null;
    },
    pointer(name) {
      const field = fields[name as string] as Field<unknown>;
      return { byte: field.byte, bit: field.high };
    },
  };
}
