/**
 * Cuts the byte stream of one connection into PDUs, at any split of bytes. Data segments come out
 * as views of the chunks that went in; only a header that straddles chunks is copied. At the end of
 * a turn it takes hold of what it still needs, and lets go of what it has handed out. It checks
 * lengths and digests and knows nothing of what PDUs mean. [RFC7143 11.2, 13.1]
 */
import { getU24 } from "../base/bytes";
import type { Crc32c } from "../base/crc32c";
import { type Lease, NO_LEASES } from "../base/lease";
import { limits } from "../base/limits";
import { BHS_LENGTH, type Pdu } from "./pdu";
import { RejectReason } from "./pdus/reject";
import { type ProtocolError, protocolError } from "./protocol-error";

const DIGEST_LENGTH = 4;
const NO_DATA: readonly Uint8Array[] = Object.freeze([]);

/**
 * Chunks that may wait as they came. Behind them small ones are copied together, so that a data
 * segment sent byte by byte costs about its size and not an object for each byte.
 */
const WAITING_CHUNKS_MAX = 32;
const SMALL_CHUNK = 1024;
const GATHER_LENGTH = 16 * 1024;

/** What the stream looks like from the next PDU on. */
export interface Expectation {
  readonly headerDigest?: boolean;
  readonly dataDigest?: boolean;
  /** Bytes; a longer data segment is a protocol error. */
  readonly dataSegmentMax?: number;
}

export class Framer {
  readonly #crc32c: Crc32c;
  #headerDigest = false;
  #dataDigest = false;
  #dataSegmentMax: number = limits.loginDataSegmentMax;

  /** Chunks not yet used up, the first one from `#at` on, each with its leases. */
  #chunks: Uint8Array[] = [];
  #leases: (readonly Lease[])[] = [];
  /** So many of the first chunks came in earlier turns and are held. */
  #heldCount = 0;
  /** Held leases of chunks that were used up in this turn. */
  #spent: Lease[] = [];
  #at = 0;
  #length = 0;
  /** The last chunk, when it is the used part of a buffer of ours that small chunks go to. */
  #gathering: { buffer: Uint8Array; used: number } | null = null;

  /** The PDU under way: its header is taken, then its additional header segments, then its data. */
  #bhs: Uint8Array | null = null;
  #pduLeases: readonly Lease[] = NO_LEASES;
  #isHeaderWhole = false;
  #ahs: Uint8Array | null = null;
  #isBroken = false;

  constructor(crc32c: Crc32c) {
    this.#crc32c = crc32c;
  }

  /** Bytes pushed and not yet handed out as a PDU, without a header under way. */
  get length(): number {
    return this.#length;
  }

  /** Call between PDUs: the sender follows what was agreed from its next PDU on. */
  expect(expectation: Expectation): void {
    this.#headerDigest = expectation.headerDigest ?? this.#headerDigest;
    this.#dataDigest = expectation.dataDigest ?? this.#dataDigest;
    this.#dataSegmentMax = expectation.dataSegmentMax ?? this.#dataSegmentMax;
  }

  /** Adds bytes that are valid for the turn, or without a lease for ever. Ignored once broken. */
  push(chunk: Uint8Array, lease: Lease | null = null): void {
    if (chunk.length === 0 || this.#isBroken) return;
    this.#length += chunk.length;
    if (chunk.length < SMALL_CHUNK && this.#chunks.length >= WAITING_CHUNKS_MAX) {
      this.#gather(chunk);
      return;
    }
    this.#gathering = null;
    this.#chunks.push(chunk);
    this.#leases.push(lease === null ? NO_LEASES : [lease]);
  }

  /** The turn ends: holds what is not used up, and releases what has been. */
  settle(): void {
    for (; this.#heldCount < this.#chunks.length; this.#heldCount++) {
      for (const lease of this.#leases[this.#heldCount] as readonly Lease[]) lease.hold();
    }
    if (this.#pduLeases.length > 0 && this.#bhs !== null) {
      this.#bhs = Buffer.from(this.#bhs);
      this.#ahs = this.#ahs === null ? null : Buffer.from(this.#ahs);
      this.#pduLeases = NO_LEASES;
    }
    if (this.#spent.length === 0) return;
    for (const lease of this.#spent) lease.release();
    this.#spent = [];
  }

  /** Lets go of everything; nothing comes out any more. */
  close(): void {
    this.#isBroken = true;
    this.#forget(this.#chunks.length, 0);
    this.#length = 0;
    this.#bhs = null;
    this.settle();
  }

  /**
   * The next PDU, or what is wrong with it; null: more bytes are needed. After an error that is
   * fatal there is nothing more; after another one (data digest) the stream goes on behind its PDU.
   */
  next(): Pdu | ProtocolError | null {
    if (this.#isBroken) return null;
    if (this.#bhs === null) {
      if (this.#length < BHS_LENGTH) return null;
      this.#pduLeases = this.#leasesOfNext(BHS_LENGTH);
      this.#bhs = this.#take(BHS_LENGTH);
    }
    const bhs = this.#bhs;
    if (!this.#isHeaderWhole) {
      // Known by now unless a digest may say otherwise: what is no PDU at all is not waited for.
      const early = this.#headerDigest ? null : this.#checkLength(bhs);
      if (early !== null) return this.#break(early);
      const ahsLength = (bhs[4] as number) * 4;
      if (this.#length < ahsLength + (this.#headerDigest ? DIGEST_LENGTH : 0)) return null;
      if (ahsLength > 0) {
        this.#pduLeases = merged(this.#pduLeases, this.#leasesOfNext(ahsLength));
        this.#ahs = this.#take(ahsLength);
      }
      const error = this.#checkHeader(bhs);
      if (error !== null) return this.#break(error);
      this.#isHeaderWhole = true;
    }
    return this.#takeData(bhs);
  }

  #checkHeader(bhs: Uint8Array): ProtocolError | null {
    if (this.#headerDigest) {
      const computed = this.#crc32c(this.#ahs ?? NO_BYTES, this.#crc32c(bhs));
      if (computed !== this.#takeDigest()) {
        return protocolError({ reason: null, detail: "header digest error", fatal: true });
      }
    }
    return this.#checkLength(bhs);
  }

  #checkLength(bhs: Uint8Array): ProtocolError | null {
    if (getU24(bhs, 5) <= this.#dataSegmentMax) return null;
    return protocolError({
      reason: RejectReason.PROTOCOL_ERROR,
      detail: `data segment of ${getU24(bhs, 5)} bytes, ${this.#dataSegmentMax} declared`,
      fatal: true,
      pdu: this.#pduOf(bhs, NO_DATA, 0),
    });
  }

  #takeData(bhs: Uint8Array): Pdu | ProtocolError | null {
    const dataLength = getU24(bhs, 5);
    const padding = -dataLength & 3;
    const hasDigest = this.#dataDigest && dataLength > 0;
    if (this.#length < dataLength + padding + (hasDigest ? DIGEST_LENGTH : 0)) return null;
    const data = dataLength === 0 ? NO_DATA : this.#takeViews(dataLength);
    const pdu = this.#pduOf(bhs, data, dataLength);
    this.#bhs = null;
    this.#ahs = null;
    this.#isHeaderWhole = false;
    if (!hasDigest) {
      if (padding > 0) this.#skip(padding);
      return pdu;
    }
    let crc = 0;
    for (const view of data) crc = this.#crc32c(view, crc);
    if (padding > 0) crc = this.#crc32c(this.#take(padding), crc);
    if (crc === this.#takeDigest()) return pdu;
    return protocolError({
      reason: RejectReason.DATA_DIGEST_ERROR,
      detail: "data digest error",
      fatal: false,
      pdu,
    });
  }

  #break(error: ProtocolError): ProtocolError {
    this.#isBroken = true;
    this.#forget(this.#chunks.length, 0);
    this.#length = 0;
    return error;
  }

  #pduOf(bhs: Uint8Array, data: readonly Uint8Array[], dataLength: number): Pdu {
    const first = bhs[0] as number;
    return {
      opcode: first & 0x3f,
      immediate: (first & 0x40) !== 0,
      bhs,
      ahs: this.#ahs,
      data,
      dataLength,
      leases: this.#pduLeases,
    };
  }

  /**
   * The leases of the next `length` bytes; none when they straddle chunks, for then they are
   * copied.
   */
  #leasesOfNext(length: number): readonly Lease[] {
    const first = this.#chunks[0] as Uint8Array;
    return first.length - this.#at < length ? NO_LEASES : (this.#leases[0] as readonly Lease[]);
  }

  /** Digests are the one little-endian thing in iSCSI. [RFC7143 A.4] */
  #takeDigest(): number {
    const bytes = this.#take(DIGEST_LENGTH);
    const low = (bytes[0] as number) | ((bytes[1] as number) << 8);
    return (low | ((bytes[2] as number) << 16) | ((bytes[3] as number) << 24)) >>> 0;
  }

  /** `length` bytes in one piece, at least so many being there. */
  #take(length: number): Uint8Array {
    const first = this.#chunks[0] as Uint8Array;
    if (first.length - this.#at >= length) {
      const view = first.subarray(this.#at, this.#at + length);
      this.#skip(length);
      return view;
    }
    const whole = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks[0] as Uint8Array;
      const count = Math.min(length - filled, chunk.length - this.#at);
      whole.set(chunk.subarray(this.#at, this.#at + count), filled);
      filled += count;
      this.#skip(count);
    }
    return whole;
  }

  /** `length` bytes as views, at least so many being there. */
  #takeViews(length: number): Uint8Array[] {
    const views: Uint8Array[] = [];
    let rest = length;
    let index = 0;
    let at = this.#at;
    while (rest > 0) {
      const chunk = this.#chunks[index] as Uint8Array;
      const count = Math.min(rest, chunk.length - at);
      views.push(chunk.subarray(at, at + count));
      this.#pduLeases = merged(this.#pduLeases, this.#leases[index] as readonly Lease[]);
      rest -= count;
      at += count;
      if (at === chunk.length) {
        index++;
        at = 0;
      }
    }
    this.#forget(index, at);
    this.#length -= length;
    return views;
  }

  #skip(length: number): void {
    let index = 0;
    let at = this.#at + length;
    for (;;) {
      const chunk = this.#chunks[index];
      if (chunk === undefined || at < chunk.length) break;
      at -= chunk.length;
      index++;
    }
    this.#forget(index, at);
    this.#length -= length;
  }

  /** Drops the first `count` chunks; the next one counts from `at`. */
  #forget(count: number, at: number): void {
    for (let index = 0; index < count && index < this.#heldCount; index++) {
      this.#spent.push(...(this.#leases[index] as readonly Lease[]));
    }
    this.#heldCount = Math.max(0, this.#heldCount - count);
    if (count === 1) {
      this.#chunks.shift();
      this.#leases.shift();
    } else if (count > 1) {
      this.#chunks.splice(0, count);
      this.#leases.splice(0, count);
    }
    this.#at = at;
    if (this.#chunks.length === 0) this.#gathering = null;
  }

  #gather(chunk: Uint8Array): void {
    let gathering = this.#gathering;
    if (gathering !== null && gathering.used + chunk.length <= GATHER_LENGTH) {
      this.#chunks.pop();
      this.#leases.pop();
    } else {
      gathering = { buffer: Buffer.allocUnsafeSlow(GATHER_LENGTH), used: 0 };
      this.#gathering = gathering;
    }
    gathering.buffer.set(chunk, gathering.used);
    gathering.used += chunk.length;
    this.#chunks.push(gathering.buffer.subarray(0, gathering.used));
    this.#leases.push(NO_LEASES);
  }
}

const NO_BYTES = new Uint8Array(0);

/** Both lists in one, nothing twice; without a new one where one of them says it all. */
function merged(a: readonly Lease[], b: readonly Lease[]): readonly Lease[] {
  if (a === b || b.length === 0) return a;
  if (a.length === 0) return b;
  const added = b.filter((lease) => !a.includes(lease));
  return added.length === 0 ? a : [...a, ...added];
}
