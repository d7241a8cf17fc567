/**
 * The field language: what a standard's table of bytes and bits says, as data. A field knows its
 * place, its label and how to read and write itself (it is a buffer-layout Layout); it knows
 * nothing of the format it stands in. `format.ts` puts fields together.
 */
import * as layouts from "buffer-layout";

/**
 * What a field's layout can do: the part of buffer-layout's Layout that fields rely on. As there,
 * `bytes` has to be a Buffer; a format makes one of any Uint8Array.
 */
export interface FieldLayout<T> {
  /** The bytes it moves on by. */
  readonly span: number;
  readonly property: string | undefined;
  decode(bytes: Uint8Array, offset?: number): T;
  encode(value: T, bytes: Uint8Array, offset?: number): number;
}

/**
 * One field of a format: from bit `high` of its first byte to bit `low` of its last. `byte` counts
 * from 0; bit 7 is the leftmost, as in the standards' tables.
 */
export interface Field<T> {
  readonly byte: number;
  /** In bytes. */
  readonly length: number;
  readonly high: number;
  readonly low: number;
  /** The standard's name, in capitals. */
  readonly label: string;
  /** Accepted but without effect: absent from the usage mask, yet not refused as reserved. */
  readonly ignored: boolean;
  /** Builds the layout. `span`: what a field within a byte moves on by, 0 unless it is the last. */
  readonly layout: (property: string, span: number) => FieldLayout<T>;
}

export interface FieldOptions {
  readonly ignored?: boolean;
}

/** A layout for the bits `high`…`low` of one byte, leaving the others as they are. */
class BitsLayout extends layouts.Layout<number> {
  readonly shift: number;
  readonly mask: number;

  constructor(place: { high: number; low: number; span: number }, property: string) {
    super(place.span, property);
    this.shift = place.low;
    this.mask = (1 << (place.high - place.low + 1)) - 1;
  }

  override decode(bytes: Uint8Array, offset = 0): number {
    return ((bytes[offset] as number) >>> this.shift) & this.mask;
  }

  override encode(value: number, bytes: Uint8Array, offset = 0): number {
    if (!Number.isInteger(value) || value < 0 || value > this.mask) {
      throw new RangeError(`${this.property}: ${value} does not fit ${this.mask}`);
    }
    const others = (bytes[offset] as number) & ~(this.mask << this.shift);
    bytes[offset] = others | (value << this.shift);
    return this.span;
  }
}

/** A single bit, read and written as a boolean. */
class FlagLayout extends layouts.Layout<boolean> {
  readonly bit: number;

  constructor(place: { bit: number; span: number }, property: string) {
    super(place.span, property);
    this.bit = 1 << place.bit;
  }

  override decode(bytes: Uint8Array, offset = 0): boolean {
    return ((bytes[offset] as number) & this.bit) !== 0;
  }

  override encode(value: boolean, bytes: Uint8Array, offset = 0): number {
    const others = (bytes[offset] as number) & ~this.bit;
    bytes[offset] = value ? others | this.bit : others;
    return this.span;
  }
}

/**
 * A big-endian number by buffer-layout's own layouts, which would write NaN as 0 and know nothing
 * of numbers that begin within their first byte; the bits above such a number stay as they are.
 */
class UnsignedLayout extends layouts.Layout<number> {
  readonly whole: layouts.Layout<number>;
  readonly isWhole: boolean;
  /** One more than the largest value. */
  readonly limit: number;

  constructor(place: { high: number; whole: layouts.Layout<number> }, property: string) {
    super(place.whole.span, property);
    this.whole = place.whole;
    this.isWhole = place.high === 7;
    this.limit = 2 ** (8 * (place.whole.span - 1) + place.high + 1);
  }

  override decode(bytes: Uint8Array, offset = 0): number {
    const value = this.whole.decode(bytes, offset);
    return this.isWhole ? value : value % this.limit;
  }

  override encode(value: number, bytes: Uint8Array, offset = 0): number {
    if (!Number.isInteger(value) || value < 0 || value >= this.limit) {
      throw new RangeError(`${this.property}: ${value} does not fit ${this.limit - 1}`);
    }
    if (this.isWhole) return this.whole.encode(value, bytes, offset);
    const before = this.whole.decode(bytes, offset);
    return this.whole.encode(before - (before % this.limit) + value, bytes, offset);
  }
}

/** Bytes as they are. Unlike buffer-layout's blob it takes any Uint8Array, without a detour. */
class OctetsLayout extends layouts.Layout<Uint8Array> {
  override decode(bytes: Uint8Array, offset = 0): Uint8Array {
    return bytes.subarray(offset, offset + this.span);
  }

  override encode(value: Uint8Array, bytes: Uint8Array, offset = 0): number {
    if (value.length !== this.span) {
      throw new RangeError(`${this.property}: ${value.length} bytes are not ${this.span}`);
    }
    bytes.set(value, offset);
    return this.span;
  }
}

const UNSIGNED: Readonly<Record<number, () => layouts.Layout<number>>> = {
  1: layouts.u8,
  2: layouts.u16be,
  3: layouts.u24be,
  4: layouts.u32be,
  5: layouts.u40be,
  6: layouts.u48be,
  8: layouts.nu64be,
};

/** Bits `high`…`low` of byte `byte`, as a number. */
export function bits(
  byte: number,
  high: number,
  low: number,
  label: string,
  options: FieldOptions = {},
): Field<number> {
  const layout = (property: string, span: number): BitsLayout =>
    new BitsLayout({ high, low, span }, property);
  return { byte, length: 1, high, low, label, ignored: options.ignored ?? false, layout };
}

/** One bit, as a boolean. */
export function flag(
  byte: number,
  bit: number,
  label: string,
  options: FieldOptions = {},
): Field<boolean> {
  const layout = (property: string, span: number): FlagLayout =>
    new FlagLayout({ bit, span }, property);
  return { byte, length: 1, high: bit, low: bit, label, ignored: options.ignored ?? false, layout };
}

/**
 * A big-endian unsigned number of 1 to 6 or 8 bytes. Eight bytes are exact up to 2^53: a larger
 * value loses its low bits, which no block address in range ever has. `high`, for up to 6 bytes:
 * the number begins at that bit of its first byte.
 */
export function uint(
  byte: number,
  length: number,
  label: string,
  options: FieldOptions & { readonly high?: number } = {},
): Field<number> {
  const { high = 7, ignored = false } = options;
  const make = UNSIGNED[length];
  if (make === undefined || (length > 6 && high !== 7)) {
    throw new RangeError(`${label}: no number of ${length} bytes from bit ${high}`);
  }
  const layout = (property: string): UnsignedLayout =>
    new UnsignedLayout({ high, whole: make() }, property);
  return { byte, length, high, low: 0, label, ignored, layout };
}

/** Bytes as they are: a view of `length` bytes when read, a copy of as many when written. */
export function octets(
  byte: number,
  length: number,
  label: string,
  options: FieldOptions = {},
): Field<Uint8Array> {
  const layout = (property: string): OctetsLayout => new OctetsLayout(length, property);
  return { byte, length, high: 7, low: 0, label, ignored: options.ignored ?? false, layout };
}
