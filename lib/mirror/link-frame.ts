/**
 * A frame: what one thing said looks like on a path. Its header says what follows and is checked
 * together with the parameter before anything is believed; data has a check of its own.
 *
 *   command 519:    | magic | code | flags | volume | lengths | data checksum | checksum |
 *   parameter 520:  | as its row says |
 *   data 521:       | as it is |
 *
 * Its layout is the same in all versions of the protocol. Cutting a stream is the framer's.
 */
import { flag, format, uint } from "node-scsi-cdb";
import { assert } from "../base/assert";
import { getU16, getU32, putU16, putU32 } from "../base/bytes";
import { crc32c as crc32cOfRange, type Crc32c } from "../base/crc32c";
import { limits } from "../base/limits";
import { type Greeting, greetingDeclaration } from "./link-greeting";
import { type Heartbeat, heartbeatDeclaration } from "./link-heartbeat";
import { type FrameRow, rowsOf } from "./message-codec";
import { fastPaths } from "./message-fast-paths";
import { messageRows } from "./message-rows";
import type { LinkMessage } from "./messages";

/** What the link says for itself, and what it carries. */
export type LinkFrame = Greeting | Heartbeat | LinkMessage;

/** "twln". */
export const MAGIC = 0x74776c6e;
export const HEADER_LENGTH = 24;
/** The header's bytes before its own checksum, which are in it as the parameter is. */
export const CHECKED_LENGTH = HEADER_LENGTH - 4;

export const frameHeader = format({
  name: "frame header",
  length: HEADER_LENGTH,
  fields: {
    magic: uint(0, 4, "MAGIC"),
    code: uint(4, 1, "COMMAND"),
    isDataChecked: flag(5, 0, "DATA CHECKED"),
    volume: uint(6, 2, "VOLUME"),
    parameterLength: uint(8, 2, "PARAMETER LENGTH"),
    dataLength: uint(12, 4, "DATA LENGTH"),
    /** CRC32C of the data, where that is checked. */
    dataChecksum: uint(16, 4, "DATA CHECKSUM"),
    checksum: uint(CHECKED_LENGTH, 4, "CHECKSUM"),
  },
});

export type FrameHeader = ReturnType<typeof frameHeader.decode>;

/** By hand, as every message has one; that `frameHeader` reads the same is a spec's to show. */
export function readHeader(bytes: Uint8Array, at: number): FrameHeader {
  return {
    magic: getU32(bytes, at),
    code: bytes[at + 4] as number,
    isDataChecked: ((bytes[at + 5] as number) & 1) === 1,
    volume: getU16(bytes, at + 6),
    parameterLength: getU16(bytes, at + 8),
    dataLength: getU32(bytes, at + 12),
    dataChecksum: getU32(bytes, at + 16),
    checksum: getU32(bytes, at + CHECKED_LENGTH),
  };
}

/** Whether a bit is set that stands for nothing. */
export function hasReservedBit(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at + 5] as number) & 0xfe) !== 0 || getU16(bytes, at + 10) !== 0;
}

/** Into zeros; the checksum is written when what it covers is there. */
export function writeHeader(
  header: Omit<FrameHeader, "checksum" | "magic">,
  into: Uint8Array,
  at: number,
): void {
  putU32(into, at, MAGIC);
  into[at + 4] = header.code;
  into[at + 5] = header.isDataChecked ? 1 : 0;
  putU16(into, at + 6, header.volume);
  putU16(into, at + 8, header.parameterLength);
  putU32(into, at + 12, header.dataLength);
  putU32(into, at + 16, header.dataChecksum);
}

const ROWS: readonly FrameRow[] = [
  ...rowsOf<Greeting | Heartbeat>({ hello: greetingDeclaration, heartbeat: heartbeatDeclaration }),
  ...messageRows.map((row) => ({ ...row, ...fastPaths[row.type] })),
];
const BY_TYPE = new Map(ROWS.map((row) => [row.type, row]));
const BY_CODE = new Map(ROWS.map((row) => [row.code, row]));

const NO_DATA: readonly Uint8Array[] = [];

assert(BY_CODE.size === ROWS.length, "each command has a number of its own");

export function rowOfType(type: LinkFrame["type"]): FrameRow {
  const row = BY_TYPE.get(type);
  assert(row !== undefined, "every type has a row");
  return row;
}

export function rowOfCode(code: number): FrameRow | undefined {
  return BY_CODE.get(code);
}

/** What a header says that no frame may be, or null. */
export function headerFault(header: FrameHeader, row: FrameRow | undefined): string | null {
  if (row === undefined) return `it sent the unknown command ${header.code}`;
  if (header.parameterLength < row.lengthMin || header.parameterLength > row.lengthMax) {
    return `it sent ${row.type} with a parameter of ${header.parameterLength} bytes`;
  }
  if (header.volume >= (row.hasVolume ? limits.linkVolumesMax : 1)) {
    return `it sent ${row.type} for volume ${header.volume}`;
  }
  if (header.dataLength > (row.hasData ? limits.linkDataMax : 0)) {
    return `it sent ${row.type} with ${header.dataLength} bytes of data`;
  }
  return null;
}

/** The data, as views; none of what has none. */
export function dataOf(frame: LinkFrame): readonly Uint8Array[] {
  return "data" in frame ? frame.data : NO_DATA;
}

/** CRC32C of the header's checked bytes, the first of a checksum. Short as they are, in place. */
export function headerChecksum(bytes: Buffer, at: number): number {
  return crc32cOfRange(bytes, 0, at, at + CHECKED_LENGTH);
}

/** The checksum of a header and its parameter, which begins at `at`. */
export function frameChecksum(header: number, bytes: Buffer, at: number, length: number): number {
  return crc32cOfRange(bytes, header, at, at + length);
}

/** What is sent of a frame beside its data. */
export interface ToSend {
  readonly frame: LinkFrame;
  readonly row: FrameRow;
  readonly dataLength: number;
  /** Whether the other side will check the data. */
  readonly isDataChecked: boolean;
  /** CRC32C of the data where that is checked; else 0. */
  readonly dataChecksum: number;
}

/** Writes header and parameter into zeros at `at`, and returns their length. */
export function writeFrame(toSend: ToSend, into: Buffer, at: number): number {
  const { frame, row, dataLength, isDataChecked, dataChecksum } = toSend;
  const { code } = row;
  assert(dataLength <= limits.linkDataMax, "data fits a frame");
  assert(!row.hasVolume || "volume" in frame, "a message is of a volume");
  const volume = "volume" in frame ? frame.volume : 0;
  assert(volume < limits.linkVolumesMax, "volumes are numbered as LUNs");
  const start = at + HEADER_LENGTH;
  const parameterLength = row.write(frame, into, start);
  const header = { code, isDataChecked, volume, parameterLength, dataLength, dataChecksum };
  writeHeader(header, into, at);
  const checksum = frameChecksum(headerChecksum(into, at), into, start, parameterLength);
  putU32(into, at + CHECKED_LENGTH, checksum);
  return HEADER_LENGTH + parameterLength;
}

export function checksumOf(data: readonly Uint8Array[], crc32c: Crc32c): number {
  let checksum = 0;
  for (const view of data) checksum = crc32c(view, checksum);
  return checksum;
}
