/**
 * Cuts the in path's bytes into frames, at any split, and believes none that is not whole: header
 * and parameter are checked before their data is waited for. Data comes out as views of what went
 * in. It knows nothing of what frames mean; who breaks its rules is not listened to any more.
 */
import { lengthOf } from "../base/bytes";
import type { Crc32c } from "../base/crc32c";
import type { Lease } from "../base/lease";
import {
  checksumOf,
  frameChecksum,
  type FrameHeader,
  hasReservedBit,
  HEADER_LENGTH,
  headerChecksum,
  headerFault,
  type LinkFrame,
  MAGIC,
  readHeader,
  rowOfCode,
} from "./link-frame";
import { Received } from "./link-received";
import type { Draft, FrameRow } from "./message-codec";

/** A frame, and the lease of its data; or what is wrong with the bytes, in a sentence's end. */
export type Cut = { readonly frame: LinkFrame; readonly lease: Lease | null } | string;

/** The frame under way: its header is known, then its parameter. */
interface Begun {
  readonly header: FrameHeader;
  readonly row: FrameRow;
  /** CRC32C of the header's checked bytes. */
  readonly checksum: number;
  draft: Draft | null;
}

export class LinkFramer {
  /** Whether data that nobody checks is refused. */
  checksData = false;

  readonly #crc32c: Crc32c;
  readonly #received = new Received();
  #begun: Begun | null = null;
  #isClosed = false;

  constructor(crc32c: Crc32c) {
    this.#crc32c = crc32c;
  }

  /** Bytes kept of frames that are not whole. */
  get length(): number {
    return this.#received.length;
  }

  /** Adds bytes that are valid for the turn, or without a lease for ever. Once in a turn. */
  push(chunk: Uint8Array, lease: Lease | null): void {
    if (!this.#isClosed) this.#received.push(chunk, lease);
  }

  /** The next frame, valid until `settle`; null: more bytes are needed, or it is closed. */
  next(): Cut | null {
    if (this.#isClosed) return null;
    const cut = this.#cut();
    if (typeof cut === "string") this.close();
    return cut;
  }

  /** The turn ends: keeps what is not used up, and lets go of what has been. */
  settle(): void {
    this.#received.settle();
  }

  /** Nothing comes out any more; `settle` lets go of everything. */
  close(): void {
    this.#isClosed = true;
    this.#received.clear();
    this.#begun = null;
  }

  #cut(): Cut | null {
    if (this.#begun === null) {
      if (this.#received.length < HEADER_LENGTH) return null;
      const bytes = this.#received.take(HEADER_LENGTH);
      const begun = this.#begin(bytes, this.#received.takenAt);
      if (typeof begun === "string") return begun;
      this.#begun = begun;
    }
    const begun = this.#begun;
    const { header, row } = begun;
    if (begun.draft === null) {
      if (this.#received.length < header.parameterLength) return null;
      const bytes = this.#received.take(header.parameterLength);
      const draft = this.#draftOf(begun, bytes, this.#received.takenAt);
      if (typeof draft === "string") return draft;
      begun.draft = draft;
    }
    if (this.#received.length < header.dataLength) return null;
    const { draft } = begun;
    this.#begun = null;
    // The row has read each of its fields: what a draft lacks by now is its data.
    const frame = draft as unknown as LinkFrame;
    if (header.dataLength === 0) return { frame, lease: null };
    const { chunks, lease } = this.#received.takeViews(header.dataLength);
    draft.data = chunks;
    if (header.isDataChecked && checksumOf(chunks, this.#crc32c) !== header.dataChecksum) {
      return `the data of its ${row.type}, ${lengthOf(chunks)} bytes, is not what it sent`;
    }
    return { frame, lease };
  }

  #begin(bytes: Buffer, at: number): Begun | string {
    const header = readHeader(bytes, at);
    if (header.magic !== MAGIC) {
      const start = bytes.toString("hex", at, at + 8);
      return `it does not speak the protocol of a pair: it sent ${start}…`;
    }
    const row = rowOfCode(header.code);
    const fault = headerFault(header, row);
    if (fault !== null || row === undefined) return fault ?? "it sent an unknown command";
    if (hasReservedBit(bytes, at)) return `it sent ${row.type} with unknown bits`;
    if (this.checksData && header.dataLength > 0 && !header.isDataChecked) {
      return `it sent ${row.type} with data that is not checked`;
    }
    return { header, row, checksum: headerChecksum(bytes, at), draft: null };
  }

  #draftOf({ header, row, checksum }: Begun, bytes: Buffer, at: number): Draft | string {
    if (frameChecksum(checksum, bytes, at, header.parameterLength) !== header.checksum) {
      return `the checksum of its ${row.type} is wrong`;
    }
    return row.read(bytes, at, header) ?? `it sent a ${row.type} that says nothing known`;
  }
}
