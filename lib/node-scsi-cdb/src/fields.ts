/**
 * The field language: what a standard's table of bytes and bits says, as data. A field knows its
 * place, its label and how to read and write itself (it is a buffer-layout Layout); it knows
 * nothing of the format it stands in. `format.ts` puts fields together.
 */
import * as layouts from "buffer-layout";

/** One field of a format. `byte` counts from 0; `high` and `low` are bit numbers, 7 the leftmost. */
export interface Field<T> {
  readonly byte: number;
  readonly length: number;
  readonly high: number;
  readonly low: number;
  /** The standard's name, in capitals. */
  readonly label: string;
  /** Accepted but without effect: absent from the usage mask, yet not refused as reserved. */
  readonly ignored: boolean;
  /** Builds the layout; `span` is the number of bytes it moves on by (0 for all but the last field of a byte). */
  readonly layout: (property: string, span: number) => layouts.Layout<T>;
}

interface Options {
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

const UNSIGNED: Readonly<Record<number, (property?: string) => layouts.Layout<number>>> = {
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
  options: Options = {},
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
  options: Options = {},
): Field<boolean> {
  const layout = (property: string, span: number): FlagLayout =>
    new FlagLayout({ bit, span }, property);
  return { byte, length: 1, high: bit, low: bit, label, ignored: options.ignored ?? false, layout };
}

/**
 * A big-endian unsigned number of 1 to 6 or 8 bytes. Eight bytes are exact up to 2^53: a larger
 * value loses its low bits, which no block address in range ever has.
 */
export function uint(
  byte: number,
  length: number,
  label: string,
  options: Options = {},
): Field<number> {
  const make = UNSIGNED[length];
  if (make === undefined) throw new RangeError(`${label}: no unsigned layout of ${length} bytes`);
  return { byte, length, high: 7, low: 0, label, ignored: options.ignored ?? false, layout: make };
}

/** Bytes as they are: a view of `length` bytes when read, a copy when written. */
export function octets(
  byte: number,
  length: number,
  label: string,
  options: Options = {},
): Field<Uint8Array> {
  const layout = (property: string): layouts.Layout<Uint8Array> => layouts.blob(length, property);
  return { byte, length, high: 7, low: 0, label, ignored: options.ignored ?? false, layout };
}
