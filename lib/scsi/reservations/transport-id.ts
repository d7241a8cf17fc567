/**
 * TransportIDs of iSCSI: an initiator port, or an initiator device with whatever ports it has, as
 * bytes in parameter data. [SPC-4 7.6.4.6, RFC7143 4.2.7.1]
 *
 *        0                 2                   4
 *   00b  format, protocol  additional length   name, nulls
 *   01b  format, protocol  additional length   name ,i,0x ISID in hexadecimal, nulls
 */
import { bits, format, uint } from "node-scsi-cdb";

/** An initiator device by its iSCSI name; with `port`, one port of it by the name of that. */
export interface TransportId {
  readonly initiatorName: string;
  /** `name,i,0x` and the ISID in 12 hexadecimal digits; null: format 00b. */
  readonly port: string | null;
}

const Format = { DEVICE: 0, PORT: 1 } as const;
const ISCSI = 5;
const SEPARATOR = ",i,0x";
const ADDITIONAL_LENGTH_MIN = 20;
/** [RFC7143 4.2.7.2] */
const NAME_LENGTH_MAX = 223;
const ISID = /^[0-9a-f]{1,12}$/;
const ISID_DIGITS = 12;

const header = format({
  name: "iSCSI TransportID",
  length: 4,
  fields: {
    formatCode: bits(0, 7, 6, "FORMAT CODE"),
    protocolIdentifier: bits(0, 3, 0, "PROTOCOL IDENTIFIER"),
    additionalLength: uint(2, 2, "ADDITIONAL LENGTH"),
  },
});

/** Of a port's name, the initiator's. No iSCSI name has a comma. */
export function initiatorNameOf(port: string): string {
  return port.slice(0, Math.max(0, port.indexOf(SEPARATOR)));
}

/**
 * Reads the TransportID at the start of `bytes`, and how long it is. "truncated": its end is not
 * there; "invalid": it names nothing here, or is not as the standard has it.
 */
export function parseTransportId(
  bytes: Uint8Array,
): { readonly id: TransportId; readonly length: number } | "truncated" | "invalid" {
  if (bytes.length < header.length) return "truncated";
  const { formatCode, protocolIdentifier, additionalLength } = header.decode(bytes);
  const length = header.length + additionalLength;
  if (protocolIdentifier !== ISCSI || header.firstReservedBit(bytes) !== null) return "invalid";
  if (additionalLength < ADDITIONAL_LENGTH_MIN || additionalLength % 4 !== 0) return "invalid";
  if (length > bytes.length) return "truncated";
  const text = textOf(bytes.subarray(header.length, length));
  const id = text === null ? null : parseText(formatCode, text);
  return id === null ? "invalid" : { id, length };
}

/** Up to the first null, in the form in which names are compared; null: no text. */
function textOf(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  const held = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end));
  const text = held.toString();
  if (Buffer.compare(Buffer.from(text), held) !== 0) return null;
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function parseText(formatCode: number, text: string): TransportId | null {
  if (formatCode === Format.DEVICE) {
    return isName(text) ? { initiatorName: text, port: null } : null;
  }
  const at = text.indexOf(SEPARATOR);
  if (formatCode !== Format.PORT || at < 0) return null;
  const initiatorName = text.slice(0, at);
  const isid = text.slice(at + SEPARATOR.length);
  if (!isName(initiatorName) || !ISID.test(isid)) return null;
  const port = `${initiatorName}${SEPARATOR}${isid.padStart(ISID_DIGITS, "0")}`;
  return { initiatorName, port };
}

/** What could be an initiator's name; whether it is one, login decides. */
function isName(text: string): boolean {
  const length = Buffer.byteLength(text);
  return length > 0 && length <= NAME_LENGTH_MAX && /^[^\s,\p{Cc}]+$/u.test(text);
}

/** The TransportID of an initiator port. */
export function encodeTransportId(port: string): Uint8Array {
  const text = Buffer.from(port);
  const padded = Math.ceil((text.length + 1) / 4) * 4;
  const additionalLength = Math.max(padded, ADDITIONAL_LENGTH_MIN);
  const bytes = Buffer.alloc(header.length + additionalLength);
  header.encode({ formatCode: Format.PORT, protocolIdentifier: ISCSI, additionalLength }, bytes);
  bytes.set(text, header.length);
  return bytes;
}
