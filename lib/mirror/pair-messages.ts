/**
 * What two pairs say to each other: the body of the link's "pair" message, by kind. Bytes to values
 * and back; what is not of its form is null and is not answered.
 */
import { flag, format, octets, uint } from "node-scsi-cdb";
import { gather, lengthOf, sliceChunks } from "../base/bytes";
import type { MirrorOptions, Side } from "./config";
import type { Descriptor, DescriptorWish } from "./pair-decision";
import { decodeRecord, encodeRecord } from "./pair-record";

/** The kinds, from 1. "S" of the source or main side, "T" of the target or sub, "B" of both. */
export const PAIR_MESSAGES = [
  /** B: what a side says of itself; each new one begins the handshake again. */
  "describe",
  /** T: a part of its dirty map; the last one says so. */
  "map",
  /** S: the pair, the epoch, and what will be copied. */
  "begin",
  /** T: it has recorded that. */
  "ready",
  /** S: from here on the pair is mirrored; with the SCSI state. */
  "joined",
  /** S: the checksum of a chunk: is yours the same? */
  "compare",
  /** T: whether it is. */
  "compared",
  /** S: a chunk. */
  "chunk",
  /** T: it is written. */
  "chunk-end",
  /** S: both copies are equal. */
  "complete",
  /** S: make all that was written stable. */
  "flush",
  "flush-end",
  /** S: goes on alone; T: has recorded that it may not. */
  "leave",
  "left",
  /** S: be main from this epoch on; T: is. */
  "swap",
  "swapped",
  /** T: an operator's command; S: what became of it. */
  "ask",
  "answer",
  /** S: how far it is with what it copies or compares. */
  "progress",
  /** S: its copy fails, and it has recorded that it may not go on: T does, alone. */
  "take-over",
] as const;

export type PairMessage = (typeof PAIR_MESSAGES)[number];

export function kindOf(message: PairMessage): number {
  return PAIR_MESSAGES.indexOf(message) + 1;
}

export function messageOf(kind: number): PairMessage | null {
  return PAIR_MESSAGES[kind - 1] ?? null;
}

/** What most messages carry: numbers whose meaning is the kind's, and data behind them. */
export interface PairBody {
  /** Which exchange it belongs to, so that a late answer is not taken for another's. */
  readonly id: number;
  readonly epoch: number;
  readonly lba: number;
  readonly blockCount: number;
  readonly checksum: number;
  readonly flag: boolean;
  /** A second one. */
  readonly other: boolean;
  readonly data: readonly Uint8Array[];
}

const BODY_LENGTH = 40;

const bodyFormat = format({
  name: "pair message",
  length: BODY_LENGTH,
  fields: {
    id: uint(0, 8, "ID"),
    epoch: uint(8, 8, "EPOCH"),
    lba: uint(16, 8, "LOGICAL BLOCK ADDRESS"),
    blockCount: uint(24, 8, "BLOCKS"),
    checksum: uint(32, 4, "CHECKSUM"),
    flag: flag(36, 0, "FLAG"),
    other: flag(37, 0, "OTHER"),
  },
});

/** The body's chunks; the data is not copied. */
export function encodeBody(body: Partial<PairBody>): Uint8Array[] {
  const { data, ...fields } = body;
  const head = bodyFormat.encode({ flag: false, other: false, ...fields });
  return data === undefined ? [head] : [head, ...data];
}

export function decodeBody(chunks: readonly Uint8Array[]): PairBody | null {
  const length = lengthOf(chunks);
  if (length < BODY_LENGTH) return null;
  const fields = bodyFormat.decode(gather(sliceChunks(chunks, 0, BODY_LENGTH)));
  const isExact = [fields.id, fields.epoch, fields.lba, fields.blockCount].every(
    Number.isSafeInteger,
  );
  return isExact ? { ...fields, data: sliceChunks(chunks, BODY_LENGTH, length) } : null;
}

const OPTIONS_LENGTH = 128;
const RECORD_AT = 216;
const WISHES: readonly DescriptorWish[] = ["none", "create", "resync"];

const descriptorFormat = format({
  name: "pair descriptor",
  length: RECORD_AT,
  fields: {
    serial: uint(0, 8, "SERIAL"),
    side: uint(8, 1, "SIDE"),
    firstMain: uint(9, 1, "FIRST MAIN"),
    survivor: uint(10, 1, "SURVIVOR"),
    wish: uint(11, 1, "WISH"),
    wishSource: uint(12, 1, "SOURCE"),
    isNew: flag(13, 0, "NEW"),
    isDamaged: flag(14, 0, "DAMAGED"),
    blockSize: uint(16, 4, "BLOCK SIZE"),
    blockCount: uint(24, 8, "BLOCK COUNT"),
    options: octets(32, OPTIONS_LENGTH, "OPTIONS"),
  },
});

/** The options that both sides must have alike. */
export function optionsText(options: MirrorOptions): string {
  const { example, communicationMedium, acknowledge, completeAt } = options;
  const { directRead, granularity, onMirrorLoss } = options;
  const first = [example, communicationMedium, acknowledge, completeAt];
  return [...first, directRead, granularity, onMirrorLoss].join(", ");
}

export interface NumberedDescriptor {
  /** The how-many-eth descriptor of its side on this link. */
  readonly serial: number;
  readonly descriptor: Descriptor;
}

export function encodeDescriptor({ serial, descriptor }: NumberedDescriptor): Uint8Array[] {
  const { record } = descriptor;
  const options = Buffer.alloc(OPTIONS_LENGTH);
  options.write(descriptor.options, "utf8");
  const head = descriptorFormat.encode({
    ...descriptor,
    serial,
    survivor: descriptor.survivor ?? 0,
    wish: WISHES.indexOf(descriptor.wish),
    wishSource: descriptor.wishSource ?? 0,
    options,
  });
  return record === null ? [head] : [head, encodeRecord(record)];
}

export function decodeDescriptor(chunks: readonly Uint8Array[]): NumberedDescriptor | null {
  if (lengthOf(chunks) < RECORD_AT) return null;
  const bytes = gather(chunks);
  const fields = descriptorFormat.decode(bytes);
  const sideOf = (value: number): Side | null => (value === 1 || value === 2 ? value : null);
  const [side, firstMain] = [sideOf(fields.side), sideOf(fields.firstMain)];
  const wish = WISHES[fields.wish];
  if (side === null || firstMain === null || wish === undefined) return null;
  const record = bytes.length > RECORD_AT ? decodeRecord(bytes.subarray(RECORD_AT)) : null;
  const { serial, isNew, blockSize, blockCount } = fields;
  const options = Buffer.from(fields.options).toString("utf8").replace(/\0+$/, "");
  const descriptor: Descriptor = {
    side,
    firstMain,
    survivor: sideOf(fields.survivor),
    options,
    blockSize,
    blockCount,
    isNew,
    isDamaged: fields.isDamaged || record === "damaged",
    record: record === "damaged" ? null : record,
    wish,
    wishSource: sideOf(fields.wishSource),
  };
  return { serial, descriptor };
}
