/**
 * Frames to send, gathered into one list of chunks for one vectored write. Headers and parameters
 * lie one behind the other in slabs that are never reused, since a path may hold them; data goes
 * out as the views it came in as. Nothing is sent here.
 */
import { assert } from "../base/assert";
import { lengthOf } from "../base/bytes";
import type { Crc32c } from "../base/crc32c";
import {
  checksumOf,
  dataOf,
  HEADER_LENGTH,
  type LinkFrame,
  rowOfType,
  writeFrame,
} from "./link-frame";

const SLAB_LENGTH = 16 * 1024;
const EMPTY = Buffer.alloc(0);

/** One vectored write: what to call when it is over. */
interface Group {
  byteLength: number;
  releases: (() => void)[];
}

export class LinkOutbox {
  /** Whether the data of frames added from now on is checked by the other side. */
  checksData = false;

  readonly #crc32c: Crc32c;
  #slab: Buffer = EMPTY;
  /** The run of slab bytes not yet in `#chunks`. */
  #runStart = 0;
  #runEnd = 0;
  #chunks: Uint8Array[] = [];
  #pending: Group = { byteLength: 0, releases: [] };
  #unconfirmed: Group[] = [];
  #backlog = 0;

  constructor(crc32c: Crc32c) {
    this.#crc32c = crc32c;
  }

  /** Bytes added and not yet confirmed by `sent`. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Appends a frame, whose data stays as it is until `release` is called, exactly once. */
  add(frame: LinkFrame, release?: () => void): void {
    const row = rowOfType(frame.type);
    if (this.#runEnd + HEADER_LENGTH + row.lengthMax > this.#slab.length) this.#nextSlab();
    const data = dataOf(frame);
    const dataLength = lengthOf(data);
    const isDataChecked = this.checksData && dataLength > 0;
    const dataChecksum = isDataChecked ? this.#checksumOf(frame, data) : 0;
    const toSend = { frame, row, dataLength, isDataChecked, dataChecksum };
    const written = writeFrame(toSend, this.#slab, this.#runEnd);
    this.#runEnd += written;
    if (dataLength > 0) {
      this.#endRun();
      for (const view of data) if (view.length > 0) this.#chunks.push(view);
    }
    this.#pending.byteLength += written + dataLength;
    this.#backlog += written + dataLength;
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

  /** The path has taken the `count` oldest lists that `take` gave. */
  sent(count: number): void {
    assert(count <= this.#unconfirmed.length, "no more is confirmed than was taken");
    for (let index = 0; index < count; index++) {
      const group = this.#unconfirmed.shift();
      // What is called here may end the link, and then nothing is left.
      if (group === undefined) return;
      this.#backlog -= group.byteLength;
      for (const release of group.releases) release();
    }
  }

  /** The path is gone: nothing more is sent of what is here. */
  drop(): void {
    const groups = [...this.#unconfirmed, this.#pending];
    this.#unconfirmed = [];
    this.#pending = { byteLength: 0, releases: [] };
    this.#chunks = [];
    this.#runStart = this.#runEnd;
    this.#backlog = 0;
    for (const group of groups) for (const release of group.releases) release();
  }

  /** That of a relayed command has been made already. */
  #checksumOf(frame: LinkFrame, data: readonly Uint8Array[]): number {
    const known = "checksum" in frame ? frame.checksum : 0;
    return known === 0 ? checksumOf(data, this.#crc32c) : known;
  }

  #nextSlab(): void {
    this.#endRun();
    this.#slab = Buffer.alloc(SLAB_LENGTH);
    this.#runStart = 0;
    this.#runEnd = 0;
  }

  #endRun(): void {
    if (this.#runEnd > this.#runStart) {
      this.#chunks.push(this.#slab.subarray(this.#runStart, this.#runEnd));
    }
    this.#runStart = this.#runEnd;
  }
}
