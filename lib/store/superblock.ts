/**
 * What a store's file says about itself: identity, size and generation, checksummed, in two copies.
 * Pure bytes to values and back; who reads and writes the file is not known here. Data outlives
 * code: magic, version, checksum and generation keep their places in every version to come.
 *
 *        0 ┌──────────────────────────────┐      one copy, big-endian
 *          │ superblock, copy 0           │         0  MAGIC "twinlun", 0
 *    4 KiB ├──────────────────────────────┤         8  VERSION
 *          │ zeros                        │        12  CHECKSUM: CRC32C, itself as 0
 *   64 KiB ├──────────────────────────────┤        16  IDENTITY, 16 bytes
 *          │ map of a pair, copy 0        │        32  GENERATION
 *  512 KiB ├──────────────────────────────┤        40  BLOCK COUNT
 *          │ superblock, copy 1           │        48  DATA OFFSET
 *  516 KiB ├──────────────────────────────┤        56  BLOCK SIZE
 *          │ zeros                        │        64  CREATED, milliseconds since 1970
 *  576 KiB ├──────────────────────────────┤        72  CREATOR, 56 bytes of text
 *          │ map of a pair, copy 1        │       128  PAIR, to the end: the record of a pair
 *    1 MiB ├──────────────────────────────┤
 *          │ block 0                      │      A store that is no copy of a pair has zeros for
 *          │ block 1 …                    │      record and map.
 *          └──────────────────────────────┘
 */
import { format, octets, uint } from "node-scsi-cdb";
import type { Crc32c } from "../base/crc32c";
import { putU32 } from "../base/bytes";
import { assert } from "../base/assert";

export const SUPERBLOCK_LENGTH = 4096;
/** Where the copies stand in the file. */
export const SUPERBLOCK_OFFSETS: readonly number[] = [0, 512 * 1024];
/** Where block 0 of a new store stands. */
export const DATA_OFFSET = 1024 * 1024;
/** The longest record of a pair. */
export const PAIR_LENGTH = SUPERBLOCK_LENGTH - 128;
/** Where the copies of a pair's map stand in the file. */
export const MAP_OFFSETS: readonly number[] = [64 * 1024, 576 * 1024];
/** The longest map of a pair. */
export const MAP_LENGTH = 448 * 1024;

const VERSION = 1;
const MAGIC = Buffer.from("twinlun\0", "latin1");
const CREATOR_LENGTH = 56;
const CHECKSUM_AT = 12;

const superblockFormat = format({
  name: "superblock",
  length: SUPERBLOCK_LENGTH,
  fields: {
    magic: octets(0, 8, "MAGIC"),
    version: uint(8, 4, "VERSION"),
    checksum: uint(CHECKSUM_AT, 4, "CHECKSUM"),
    identity: octets(16, 16, "IDENTITY"),
    generation: uint(32, 8, "GENERATION"),
    blockCount: uint(40, 8, "BLOCK COUNT"),
    dataOffset: uint(48, 8, "DATA OFFSET"),
    blockSize: uint(56, 4, "BLOCK SIZE"),
    createdMs: uint(64, 8, "CREATED"),
    creator: octets(72, CREATOR_LENGTH, "CREATOR"),
    pair: octets(128, PAIR_LENGTH, "PAIR"),
  },
});

export interface Superblock {
  /** 16 bytes, drawn when the store is made. */
  readonly identity: Uint8Array;
  /** Rises with every change of the superblock: of two valid copies the higher one counts. */
  readonly generation: number;
  /** Bytes of a block, 512 or 4096. */
  readonly blockSize: number;
  readonly blockCount: number;
  /** Where block 0 stands in the file. */
  readonly dataOffset: number;
  readonly createdMs: number;
  /** The program and version that made the store. */
  readonly creator: string;
  /** The record of the pair whose copy this is, maybe with zeros behind it; empty: of none. */
  readonly pair: Uint8Array;
}

/** What the copies say; or, in half a sentence about the file, why they say nothing. */
export type SuperblockReading =
  | {
      readonly ok: true;
      readonly superblock: Superblock;
      /** Copies to write again, damaged or older ones: indexes of SUPERBLOCK_OFFSETS. */
      readonly stale: readonly number[];
    }
  | { readonly ok: false; readonly problem: string };

type Copy =
  | { readonly is: "valid"; readonly superblock: Superblock }
  | { readonly is: "foreign" | "damaged" }
  | { readonly is: "of-other-version"; readonly version: number; readonly generation: number };

function checksumOf(copy: Uint8Array, crc32c: Crc32c): number {
  const zeros = new Uint8Array(4);
  const before = crc32c(zeros, crc32c(copy.subarray(0, CHECKSUM_AT)));
  return crc32c(copy.subarray(CHECKSUM_AT + 4), before);
}

/** One copy of the superblock, SUPERBLOCK_LENGTH bytes. */
export function encodeSuperblock(superblock: Superblock, crc32c: Crc32c): Uint8Array {
  assert(superblock.identity.length === 16, "an identity has 16 bytes");
  assert(superblock.pair.length <= PAIR_LENGTH, "a pair's record fits its place");
  const identity = Buffer.from(superblock.identity);
  const creator = Buffer.alloc(CREATOR_LENGTH);
  creator.write(superblock.creator, "utf8");
  const pair = Buffer.alloc(PAIR_LENGTH);
  pair.set(superblock.pair);
  const copy = superblockFormat.encode({
    ...superblock,
    magic: MAGIC,
    version: VERSION,
    identity,
    creator,
    pair,
  });
  putU32(copy, CHECKSUM_AT, checksumOf(copy, crc32c));
  return copy;
}

function decodeCopy(copy: Uint8Array, crc32c: Crc32c): Copy {
  if (copy.length < SUPERBLOCK_LENGTH) return { is: "foreign" };
  const fields = superblockFormat.decode(copy);
  if (!MAGIC.equals(fields.magic)) return { is: "foreign" };
  if (fields.checksum !== checksumOf(copy, crc32c)) return { is: "damaged" };
  if (fields.version !== VERSION) return { is: "of-other-version", ...fields };
  const creator = Buffer.from(fields.creator).toString("utf8").replace(/\0+$/, "");
  const identity = Uint8Array.from(fields.identity);
  const isOfPair = fields.pair.some((byte) => byte !== 0);
  const pair = isOfPair ? Uint8Array.from(fields.pair) : new Uint8Array(0);
  const { generation, blockSize, blockCount, dataOffset, createdMs } = fields;
  const numbers = { generation, blockSize, blockCount, dataOffset, createdMs };
  return { is: "valid", superblock: { ...numbers, identity, creator, pair } };
}

function generationOf(copy: Copy): number {
  if (copy.is === "valid") return copy.superblock.generation;
  return copy.is === "of-other-version" ? copy.generation : -1;
}

/** Decides from the bytes at both SUPERBLOCK_OFFSETS (short ones where the file ends before). */
export function readSuperblocks(bytes: readonly Uint8Array[], crc32c: Crc32c): SuperblockReading {
  const copies = bytes.map((copy) => decodeCopy(copy, crc32c));
  const newest = copies.reduce((a, b) => (generationOf(b) > generationOf(a) ? b : a));
  if (newest.is === "of-other-version") {
    const { version } = newest;
    const problem = `has a superblock of version ${version}, and only version ${VERSION} is known`;
    return { ok: false, problem };
  }
  if (newest.is === "valid") {
    const { superblock } = newest;
    const isStale = (copy: Copy): boolean => generationOf(copy) < superblock.generation;
    const stale = [...copies.keys()].filter((index) => isStale(copies[index] as Copy));
    return { ok: true, superblock, stale };
  }
  const isOurs = copies.some((copy) => copy.is === "damaged");
  return {
    ok: false,
    problem: isOurs
      ? "has no superblock with a right checksum: both copies are damaged"
      : "is no twinlun store: it has no superblock",
  };
}

/** Bytes of a file that holds all the blocks the superblock speaks of. */
export function fileLengthOf(superblock: Superblock): number {
  return superblock.dataOffset + superblock.blockCount * superblock.blockSize;
}
