/**
 * What an atomic write that was cut off is undone by: the blocks as they were before it. Pure bytes
 * to values and back; where they are kept, and when, is not known here.
 *
 *       0 ┌────────────────────────┐      head, big-endian
 *         │ head                   │         0  MAGIC "twinundo"
 *   4 KiB ├────────────────────────┤         8  IDENTITY of the disk, 16 bytes
 *         │ blocks as they were    │        24  LOGICAL BLOCK ADDRESS
 *         └────────────────────────┘        32  NUMBER OF BLOCKS
 *                                           36  DATA CHECKSUM: CRC32C over the blocks
 *                                           40  CHECKSUM: CRC32C over all before it
 *
 * A head of zeros: nothing is to be undone. A record that is not whole was never needed: its write
 * had not begun.
 */
import { format, octets, uint } from "node-scsi-cdb";
import { putU32 } from "../base/bytes";
import type { Crc32c } from "../base/crc32c";

/** Where the blocks stand behind the head. */
export const UNDO_HEAD_LENGTH = 4096;

const MAGIC = Buffer.from("twinundo", "latin1");
const CHECKSUM_AT = 40;

const headFormat = format({
  name: "undo record",
  length: UNDO_HEAD_LENGTH,
  fields: {
    magic: octets(0, 8, "MAGIC"),
    identity: octets(8, 16, "IDENTITY"),
    lba: uint(24, 8, "LOGICAL BLOCK ADDRESS"),
    blockCount: uint(32, 4, "NUMBER OF BLOCKS"),
    dataChecksum: uint(36, 4, "DATA CHECKSUM"),
    checksum: uint(CHECKSUM_AT, 4, "CHECKSUM"),
  },
});

export interface UndoHead {
  /** Of the disk that the blocks are of. */
  readonly identity: Uint8Array;
  readonly lba: number;
  readonly blockCount: number;
  readonly dataChecksum: number;
}

/** The head of a record; the blocks follow it. */
export function encodeUndoHead(head: UndoHead, crc32c: Crc32c): Uint8Array {
  const bytes = headFormat.encode({ ...head, magic: MAGIC });
  putU32(bytes, CHECKSUM_AT, crc32c(bytes.subarray(0, CHECKSUM_AT), 0));
  return bytes;
}

/** null: there is none, or it is not whole. */
export function decodeUndoHead(bytes: Uint8Array, crc32c: Crc32c): UndoHead | null {
  if (bytes.length < UNDO_HEAD_LENGTH) return null;
  const { magic, checksum, ...head } = headFormat.decode(bytes);
  const isWhole = MAGIC.equals(magic) && checksum === crc32c(bytes.subarray(0, CHECKSUM_AT), 0);
  return isWhole ? head : null;
}
