/**
 * PDUs to send, gathered into one list of chunks for one vectored write. Headers lie one behind the
 * other in slabs that are never reused, since a socket may hold them; data segments go out as the
 * views they came in as, or as one chunk with a header written in front of them, where there is
 * room. Nothing is sent here, and payload is never copied.
 *
 *   slab:  | BHS (digest) | BHS (digest) | BHS | pad digest BHS | …     one run = one chunk
 *   data:                                      |data|
 *   framed:                                                      | BHS (digest) data |
 */
import { assert } from "../base/assert";
import { putU24 } from "../base/bytes";
import type { Crc32c } from "../base/crc32c";
import { BHS_LENGTH } from "./pdu";

/** How the bytes of a PDU ended: taken by the socket, or never sent for all we know. */
export type ReleaseHow = "sent" | "dropped";
export type Release = (how: ReleaseHow) => void;

/** One vectored write: what to call when it is over. */
interface Group {
  byteLength: number;
  releases: Release[];
}

const SLAB_LENGTH = 16 * 1024;
const DIGEST_LENGTH = 4;
/** A slot with its header digest, and the padding and digest behind its data. */
const SLOT_ROOM = BHS_LENGTH + DIGEST_LENGTH + 3 + DIGEST_LENGTH;
const ZEROS = new Uint8Array(3);

/** Digests are the one little-endian thing in iSCSI. [RFC7143 A.4] */
function putDigest(bytes: Uint8Array, at: number, crc: number): void {
  bytes[at] = crc;
  bytes[at + 1] = crc >>> 8;
  bytes[at + 2] = crc >>> 16;
  bytes[at + 3] = crc >>> 24;
}

export class Outbox {
  /** Whether the PDUs added from now on carry digests. [RFC7143 13.1] */
  headerDigest = false;
  dataDigest = false;

  readonly #crc32c: Crc32c;
  #slab: Uint8Array = ZEROS;
  /** The run of slab bytes not yet in `#chunks`. */
  #runStart = 0;
  #runEnd = 0;
  #slot: Uint8Array | null = null;

  #chunks: Uint8Array[] = [];
  #pending: Group = { byteLength: 0, releases: [] };
  readonly #unconfirmed: Group[] = [];
  #backlog = 0;

  constructor(crc32c: Crc32c) {
    this.#crc32c = crc32c;
  }

  /** Bytes added and not yet confirmed by `sent`. */
  get backlog(): number {
    return this.#backlog;
  }

  /** A zeroed header to write into and then `add`; one at a time. */
  slot(): Uint8Array {
    assert(this.#slot === null, "the slot before was added");
    if (this.#runEnd + SLOT_ROOM > this.#slab.length) {
      this.#endRun();
      this.#slab = Buffer.alloc(SLAB_LENGTH);
      this.#runStart = 0;
      this.#runEnd = 0;
    }
    this.#slot = this.#slab.subarray(this.#runEnd, this.#runEnd + BHS_LENGTH);
    return this.#slot;
  }

  /**
   * Appends a PDU: `bhs` is the slot (any other header is copied into one), whose DataSegmentLength
   * is written here. `data` must stay as it is until `release` is called, exactly once.
   */
  add(bhs: Uint8Array, data: readonly Uint8Array[] = [], dataLength = 0, release?: Release): void {
    if (bhs !== this.#slot) this.slot().set(bhs);
    const slot = this.#slot as Uint8Array;
    this.#slot = null;
    putU24(slot, 5, dataLength);
    const start = this.#runEnd;
    this.#runEnd += BHS_LENGTH;
    if (this.headerDigest) this.#putDigest(this.#crc32c(slot));
    let byteLength = this.#runEnd - start;
    if (dataLength > 0) byteLength += this.#addData(data, dataLength);
    this.#pending.byteLength += byteLength;
    this.#backlog += byteLength;
    if (release !== undefined) this.#pending.releases.push(release);
  }

  /** Bytes in front of the data of a PDU. */
  get headLength(): number {
    return this.headerDigest ? BHS_LENGTH + DIGEST_LENGTH : BHS_LENGTH;
  }

  /** Whether nothing follows data of this length in its PDU. */
  endsWithData(dataLength: number): boolean {
    return !this.dataDigest && (dataLength & 3) === 0;
  }

  /**
   * Appends a PDU that is one piece: `headLength` bytes, of which the header is written, and data
   * of which `endsWithData` is true. It must stay as it is until `release` is called, exactly once.
   */
  addFramed(pdu: Uint8Array, release?: Release): void {
    putU24(pdu, 5, pdu.length - this.headLength);
    if (this.headerDigest) putDigest(pdu, BHS_LENGTH, this.#crc32c(pdu.subarray(0, BHS_LENGTH)));
    this.#endRun();
    this.#chunks.push(pdu);
    this.#pending.byteLength += pdu.length;
    this.#backlog += pdu.length;
    if (release !== undefined) this.#pending.releases.push(release);
  }

  /** The chunks added since the last call, for one write; null when there are none. */
  take(): Uint8Array[] | null {
    if (this.#pending.byteLength === 0) return null;
    this.#endRun();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#unconfirmed.push(this.#pending);
    this.#pending = { byteLength: 0, releases: [] };
    return chunks;
  }

  /** The socket has taken the `count` oldest lists that `take` gave. */
  sent(count: number): void {
    for (let index = 0; index < count; index++) {
      const group = this.#unconfirmed.shift();
      assert(group !== undefined, "no more is confirmed than was taken");
      this.#backlog -= group.byteLength;
      for (const release of group.releases) release("sent");
    }
  }

  /** The connection is gone: nothing more will be confirmed. */
  drop(): void {
    const groups = [...this.#unconfirmed, this.#pending];
    this.#unconfirmed.length = 0;
    this.#pending = { byteLength: 0, releases: [] };
    this.#chunks = [];
    this.#runStart = this.#runEnd;
    this.#backlog = 0;
    for (const group of groups) for (const release of group.releases) release("dropped");
  }

  /** Appends data, padding and data digest; returns their length in bytes. */
  #addData(data: readonly Uint8Array[], dataLength: number): number {
    this.#endRun();
    for (const view of data) this.#chunks.push(view);
    const padding = -dataLength & 3;
    this.#runEnd += padding;
    if (!this.dataDigest) return dataLength + padding;
    let crc = 0;
    for (const view of data) crc = this.#crc32c(view, crc);
    if (padding > 0) crc = this.#crc32c(ZEROS.subarray(0, padding), crc);
    this.#putDigest(crc);
    return dataLength + padding + DIGEST_LENGTH;
  }

  #putDigest(crc: number): void {
    putDigest(this.#slab, this.#runEnd, crc);
    this.#runEnd += DIGEST_LENGTH;
  }

  #endRun(): void {
    if (this.#runEnd > this.#runStart) {
      this.#chunks.push(this.#slab.subarray(this.#runStart, this.#runEnd));
    }
    this.#runStart = this.#runEnd;
  }
}
