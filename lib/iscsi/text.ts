/**
 * Text as login and text PDUs carry it: `key=value` pairs, each ended by NUL, and how values are
 * written. What the keys mean is in `keys.ts`. [RFC7143 6.1, 6.2]
 */
import { gather } from "../base/bytes";
import { limits } from "../base/limits";
import { RejectReason } from "./pdus/reject";
import { type ProtocolError, protocolError } from "./protocol-error";

export interface TextItem {
  readonly key: string;
  readonly value: string;
}

const KEY = /^[A-Za-z][A-Za-z0-9.\-+@_]{0,62}$/;
const VALUE_MAX = 255;
/** Keys whose value is a large binary value, bounded where it is decoded. [RFC7143 6.1, 12.1.3] */
const LARGE_VALUES: ReadonlySet<string> = new Set(["CHAP_C", "CHAP_R"]);

function textError(detail: string): ProtocolError {
  return protocolError({ reason: RejectReason.PROTOCOL_ERROR, detail, fatal: false });
}

/** Text of one exchange, gathered over the PDUs that continue each other (C bit). */
export class TextInbox {
  #parts: Uint8Array[] = [];
  #length = 0;

  /** Copies a data segment in; an error when the exchange grows too long. */
  add(data: readonly Uint8Array[], dataLength: number): ProtocolError | null {
    if (this.#length + dataLength > limits.negotiationTextMax) {
      return textError(`more than ${limits.negotiationTextMax} bytes of text`);
    }
    this.#length += dataLength;
    if (dataLength > 0) this.#parts.push(Buffer.from(gather(data)));
    return null;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** All of the text, parsed; the inbox is empty afterwards. */
  take(): TextItem[] | ProtocolError {
    const whole = gather(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return parseText(whole);
  }
}

/** Takes text apart into its pairs, in order, repeats included. */
export function parseText(bytes: Uint8Array): TextItem[] | ProtocolError {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  if (text.length > 0 && !text.endsWith("\0")) return textError("text does not end with NUL");
  const items: TextItem[] = [];
  for (const pair of text.split("\0")) {
    if (pair === "") continue;
    if (items.length === limits.negotiationKeysMax) return textError("too many keys");
    const item = parsePair(pair);
    if ("kind" in item) return item;
    items.push(item);
  }
  return items;
}

function parsePair(pair: string): TextItem | ProtocolError {
  const equals = pair.indexOf("=");
  if (equals < 0) return textError("text without =");
  const key = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  if (!KEY.test(key)) return textError("malformed key");
  if (!LARGE_VALUES.has(key) && Buffer.byteLength(value) > VALUE_MAX) {
    return textError(`${key}: value of more than ${VALUE_MAX} bytes`);
  }
  return { key, value };
}

/** The bytes of a list of pairs, each ended by NUL. */
export function formatText(items: readonly TextItem[]): Uint8Array {
  return Buffer.from(items.map(({ key, value }) => `${key}=${value}\0`).join(""));
}

/** Cuts an answer into data segments of at most `max` bytes; at least one, perhaps empty. */
export function splitText(bytes: Uint8Array, max: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += max) parts.push(bytes.subarray(at, at + max));
  return parts.length === 0 ? [bytes] : parts;
}

/**
 * A numerical value: decimal without leading zeros, or hexadecimal behind 0x; null when it is
 * neither. Beyond 2^53 it is inexact, which no range check minds.
 */
export function parseNumber(value: string): number | null {
  return /^(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+)$/.test(value) ? Number(value) : null;
}

/** A binary value: hexadecimal behind 0x, base64 behind 0b; null when bad or over `max` bytes. */
export function parseBinary(value: string, max: number): Uint8Array | null {
  const prefix = value.slice(0, 2).toLowerCase();
  const digits = value.slice(2);
  if (prefix === "0x" && digits.length <= max * 2 && /^[0-9a-fA-F]+$/.test(digits)) {
    return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  }
  if (prefix === "0b" && /^[A-Za-z0-9+/]+={0,2}$/.test(digits) && digits.length % 4 === 0) {
    const bytes = Buffer.from(digits, "base64");
    return bytes.length <= max ? bytes : null;
  }
  return null;
}

/** A binary value in hexadecimal. */
export function formatBinary(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
