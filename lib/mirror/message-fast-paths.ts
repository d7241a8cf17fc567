/**
 * The messages that come with every write and relayed read, read and written by hand. The rows of
 * `message-rows.ts` are the truth; these are for the hot path and proven equal to them.
 */
import { assert } from "../base/assert";
import { getU32, getU48, getU64, putU32, putU48, putU64 } from "../base/bytes";
import type { JobOp } from "../block/job";
import {
  type Draft,
  type FrameRow,
  type ParameterHeader,
  readOrigin,
  writeOrigin,
} from "./message-codec";
import { OPS, RESULTS } from "./message-rows";
import type { JobResult, LinkMessage } from "./messages";

type MessageOf<T> = Extract<LinkMessage, { readonly type: T }>;
type FastPath = Pick<FrameRow, "write" | "read">;

const RELAY_LENGTH = 26;
const RELAY_END_LENGTH = 13;
const COPY_LENGTH = 34;
const COPY_END_LENGTH = 9;

const FUA = 0x01;
const TICKET = 0x02;
const LOCK_ONLY = 0x04;
const EARLY = 0x08;
const OMITTED = 0x02;

const opOf = wordsOf<JobOp>(OPS);
const resultOf = wordsOf<JobResult>(RESULTS);
/** Until the framer puts data there. */
const NO_DATA: readonly Uint8Array[] = [];

/** By their types; a message without one goes by its row. */
export const fastPaths: Readonly<Record<string, FastPath>> = {
  relay: { write: writeRelay, read: readRelay },
  "relay-end": { write: writeRelayEnd, read: readRelayEnd },
  copy: { write: writeCopy, read: readCopy },
  "copy-end": { write: writeCopyEnd, read: readCopyEnd },
};

function wordsOf<W extends string>(places: Readonly<Record<W, number>>): readonly W[] {
  const words: W[] = [];
  for (const [word, place] of Object.entries(places)) words[place as number] = word as W;
  return words;
}

function writeRelay(frame: object, into: Buffer, at: number): number {
  const relay = frame as MessageOf<"relay">;
  putId(into, at, relay.relayId);
  putPlace(into, at + 8, relay.lba);
  putPlace(into, at + 14, relay.blockCount);
  putU32(into, at + 20, relay.checksum);
  into[at + 24] = OPS[relay.op];
  into[at + 25] =
    (relay.fua ? FUA : 0) |
    (relay.hasTicket ? TICKET : 0) |
    (relay.isLockOnly ? LOCK_ONLY : 0) |
    (relay.isEarly ? EARLY : 0);
  return RELAY_LENGTH + writeOrigin(relay.origin, into, at + RELAY_LENGTH);
}

function readRelay(
  bytes: Buffer,
  at: number,
  { volume, parameterLength }: ParameterHeader,
): Draft | null {
  const relayId = getU64(bytes, at);
  const op = opOf[bytes[at + 24] as number];
  const flags = bytes[at + 25] as number;
  const isKnown = op !== undefined && (flags & ~(FUA | TICKET | LOCK_ONLY | EARLY)) === 0;
  if (!isKnown || !Number.isSafeInteger(relayId)) return null;
  const origin = readOrigin(bytes, at + RELAY_LENGTH, at + parameterLength);
  if (origin === undefined) return null;
  const relay: MessageOf<"relay"> = {
    type: "relay",
    volume,
    relayId,
    lba: getU48(bytes, at + 8),
    blockCount: getU48(bytes, at + 14),
    checksum: getU32(bytes, at + 20),
    op,
    fua: (flags & FUA) !== 0,
    hasTicket: (flags & TICKET) !== 0,
    isLockOnly: (flags & LOCK_ONLY) !== 0,
    isEarly: (flags & EARLY) !== 0,
    origin,
    data: NO_DATA,
  };
  return draftOf(relay);
}

function writeRelayEnd(frame: object, into: Buffer, at: number): number {
  const end = frame as MessageOf<"relay-end">;
  putId(into, at, end.relayId);
  putU32(into, at + 8, end.miscompareAt);
  into[at + 12] = RESULTS[end.result];
  return RELAY_END_LENGTH;
}

function readRelayEnd(bytes: Buffer, at: number, { volume }: ParameterHeader): Draft | null {
  const relayId = getU64(bytes, at);
  const result = resultOf[bytes[at + 12] as number];
  if (result === undefined || !Number.isSafeInteger(relayId)) return null;
  const end: MessageOf<"relay-end"> = {
    type: "relay-end",
    volume,
    relayId,
    miscompareAt: getU32(bytes, at + 8),
    result,
    data: NO_DATA,
  };
  return draftOf(end);
}

function writeCopy(frame: object, into: Buffer, at: number): number {
  const copy = frame as MessageOf<"copy">;
  putId(into, at, copy.copyId);
  putId(into, at + 8, copy.relayId);
  putPlace(into, at + 16, copy.lba);
  putPlace(into, at + 22, copy.blockCount);
  putU32(into, at + 28, copy.checksum);
  into[at + 32] = OPS[copy.op];
  into[at + 33] = (copy.fua ? FUA : 0) | (copy.isOmitted ? OMITTED : 0);
  return COPY_LENGTH;
}

function readCopy(bytes: Buffer, at: number, { volume }: ParameterHeader): Draft | null {
  const copyId = getU64(bytes, at);
  const relayId = getU64(bytes, at + 8);
  const op = opOf[bytes[at + 32] as number];
  const flags = bytes[at + 33] as number;
  const isKnown = op !== undefined && (flags & ~(FUA | OMITTED)) === 0;
  if (!isKnown || !Number.isSafeInteger(copyId) || !Number.isSafeInteger(relayId)) return null;
  const copy: MessageOf<"copy"> = {
    type: "copy",
    volume,
    copyId,
    relayId,
    lba: getU48(bytes, at + 16),
    blockCount: getU48(bytes, at + 22),
    checksum: getU32(bytes, at + 28),
    op,
    fua: (flags & FUA) !== 0,
    isOmitted: (flags & OMITTED) !== 0,
    data: NO_DATA,
  };
  return draftOf(copy);
}

function writeCopyEnd(frame: object, into: Buffer, at: number): number {
  const end = frame as MessageOf<"copy-end">;
  putId(into, at, end.copyId);
  into[at + 8] = RESULTS[end.result];
  return COPY_END_LENGTH;
}

function readCopyEnd(bytes: Buffer, at: number, { volume }: ParameterHeader): Draft | null {
  const copyId = getU64(bytes, at);
  const result = resultOf[bytes[at + 8] as number];
  if (result === undefined || !Number.isSafeInteger(copyId)) return null;
  const end: MessageOf<"copy-end"> = { type: "copy-end", volume, copyId, result };
  return draftOf(end);
}

function draftOf(message: LinkMessage): Draft {
  return message as unknown as Draft;
}

function putId(into: Buffer, at: number, id: number): void {
  assert(Number.isSafeInteger(id) && id >= 0, "numbers of commands have up to 50 bits");
  putU64(into, at, id);
}

function putPlace(into: Buffer, at: number, place: number): void {
  assert(Number.isInteger(place) && place >= 0 && place < 2 ** 48, "blocks have 48 bits");
  putU48(into, at, place);
}
