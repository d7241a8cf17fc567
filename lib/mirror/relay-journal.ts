/**
 * The communication volume 603 on a medium [0048]: what the sub side has received, in the order it
 * came, and what of it has ended, so that a process finds what the one before it has not passed on.
 * It is never read but at the start. Where the bytes are, `JournalStorage` knows.
 *
 *   head, 64 bytes │ data, to the next 64 bytes │ head │ head │ data …
 *
 *   Heads count up without a gap from the first one; the list ends where one does not. When
 *   nothing is under way the next one goes to the front again, and what lies behind it counts no
 *   more. Where it is full, nothing more is taken until then.
 */
import { flag, format, uint } from "node-scsi-cdb";
import { assert } from "../base/assert";
import { lengthOf, putU32 } from "../base/bytes";
import type { Crc32c } from "../base/crc32c";
import { NumberTable } from "../base/number-table";
import type { Job, JobOp } from "../block/job";
import type { JournalStorage } from "./config";

/** "twrj". */
const MAGIC = 0x7477726a;
const HEAD_LENGTH = 64;
/** Of the head, before its own checksum. */
const CHECKED_LENGTH = HEAD_LENGTH - 4;

/** On the medium by their places: the list only grows at its end. */
const OPS: readonly JobOp[] = [
  "write",
  "write-same",
  "unmap",
  "compare-and-write",
  "flush",
  "read",
  "or-write",
  "write-atomic",
];
const RECEIVED = 1;
const ENDED = 2;

const headFormat = format({
  name: "journal head",
  length: HEAD_LENGTH,
  fields: {
    magic: uint(0, 4, "MAGIC"),
    kind: uint(4, 1, "KIND"),
    op: uint(5, 1, "OPERATION"),
    isEarly: flag(6, 0, "EARLY"),
    /** Of this head; with `ended`, `received` is that of the one it is about. */
    sequence: uint(8, 6, "SEQUENCE NUMBER"),
    received: uint(14, 6, "RECEIVED SEQUENCE NUMBER"),
    lba: uint(20, 6, "LOGICAL BLOCK ADDRESS"),
    blockCount: uint(26, 6, "NUMBER OF BLOCKS"),
    dataLength: uint(32, 4, "DATA LENGTH"),
    dataChecksum: uint(36, 4, "DATA CHECKSUM"),
    checksum: uint(CHECKED_LENGTH, 4, "CHECKSUM"),
  },
});

type Head = Omit<ReturnType<typeof headFormat.decode>, "magic" | "checksum">;
type Chunks = readonly Uint8Array[];

/** A write whose host was told that it is done, and that has not ended. */
export interface FoundWrite {
  readonly op: JobOp;
  readonly lba: number;
  readonly blockCount: number;
  readonly data: readonly Uint8Array[];
  /** What `ended` wants to hear of it. */
  readonly sequence: number;
}

/** What stands in the list for a relay under way. */
interface Entry {
  readonly sequence: number;
}

export class RelayJournal {
  /** Oldest first. */
  readonly found: readonly FoundWrite[];
  readonly #storage: JournalStorage;
  readonly #crc32c: Crc32c;
  readonly #entries = new NumberTable<Entry>();
  /** What was found and has not ended. */
  #foundCount: number;
  #at = 0;
  #sequence = 1;

  constructor(storage: JournalStorage, crc32c: Crc32c) {
    this.#storage = storage;
    this.#crc32c = crc32c;
    this.found = this.#read();
    this.#foundCount = this.found.length;
  }

  /** False: there is no room for it, or it could not be kept. */
  received(relayId: number, job: Job, isEarly: boolean): boolean {
    if (this.#entries.has(relayId)) return true;
    const { op, lba, blockCount, data } = job;
    const kept = op === "read" ? [] : data;
    const sequence = this.#sequence;
    const head = { kind: RECEIVED, op: OPS.indexOf(op), isEarly, received: 0, lba, blockCount };
    if (!this.#append(head, kept)) return false;
    this.#entries.set(relayId, { sequence });
    return true;
  }

  ended(relayId: number): void {
    const entry = this.#entries.get(relayId);
    if (entry === undefined) return;
    this.#entries.delete(relayId);
    this.#appendEnded(entry.sequence);
  }

  /** One of `found` has ended, or is given up. */
  foundEnded(sequence: number): void {
    this.#foundCount--;
    this.#appendEnded(sequence);
  }

  #appendEnded(received: number): void {
    const head = { kind: ENDED, op: 0, isEarly: false, received, lba: 0, blockCount: 0 };
    this.#append(head, []);
  }

  #append(fields: Omit<Head, "sequence" | "dataLength" | "dataChecksum">, data: Chunks): boolean {
    const dataLength = lengthOf(data);
    const padding = -dataLength & (HEAD_LENGTH - 1);
    const isReceived = fields.kind === RECEIVED;
    if (isReceived && this.#entries.size + this.#foundCount === 0) this.#at = 0;
    // Room for what says that it has ended is kept, and for all others under way.
    const ends = (this.#entries.size + this.#foundCount + 2) * HEAD_LENGTH;
    const room = this.#storage.length - this.#at - (isReceived ? ends : 0);
    if (room < HEAD_LENGTH + dataLength + padding) return false;
    let dataChecksum = 0;
    for (const chunk of data) dataChecksum = this.#crc32c(chunk, dataChecksum);
    const sequence = this.#sequence;
    const head = this.#headOf({ ...fields, sequence, dataLength, dataChecksum });
    const chunks = [head, ...data, ...(padding > 0 ? [new Uint8Array(padding)] : [])];
    if (!this.#storage.write(this.#at, chunks)) return false;
    this.#sequence++;
    this.#at += HEAD_LENGTH + dataLength + padding;
    return true;
  }

  #headOf(fields: Head): Uint8Array {
    const head = headFormat.encode({ magic: MAGIC, ...fields, checksum: 0 });
    putU32(head, CHECKED_LENGTH, this.#crc32c(head.subarray(0, CHECKED_LENGTH)));
    return head;
  }

  /** Goes through the list once, and leaves off behind its end. */
  #read(): FoundWrite[] {
    const open = new Map<number, FoundWrite & { readonly isEarly: boolean }>();
    let next: number | null = null;
    for (;;) {
      const head = this.#readHead();
      if (head === null || (next !== null && head.sequence !== next)) break;
      const data = this.#readData(head);
      if (data === null) break;
      next = head.sequence + 1;
      const { op, lba, blockCount, isEarly, sequence } = head;
      if (head.kind === ENDED) open.delete(head.received);
      else open.set(sequence, { op: OPS[op] as JobOp, lba, blockCount, data, sequence, isEarly });
    }
    this.#sequence = next ?? 1;
    return [...open.values()].filter(({ isEarly }) => isEarly);
  }

  #readHead(): Head | null {
    if (this.#at + HEAD_LENGTH > this.#storage.length) return null;
    const bytes = this.#storage.read(this.#at, HEAD_LENGTH);
    const head = headFormat.decode(bytes);
    const isWhole = head.checksum === this.#crc32c(bytes.subarray(0, CHECKED_LENGTH));
    const isKnown = head.kind === RECEIVED || head.kind === ENDED;
    return head.magic === MAGIC && isWhole && isKnown && head.op < OPS.length ? head : null;
  }

  /** null: it is not whole. Goes on behind it. */
  #readData({ dataLength, dataChecksum }: Head): readonly Uint8Array[] | null {
    const from = this.#at + HEAD_LENGTH;
    if (from + dataLength > this.#storage.length) return null;
    const data = dataLength === 0 ? null : this.#storage.read(from, dataLength);
    if (data !== null && this.#crc32c(data) !== dataChecksum) return null;
    assert(this.#at % HEAD_LENGTH === 0, "heads stand at multiples of their length");
    this.#at = from + dataLength + (-dataLength & (HEAD_LENGTH - 1));
    return data === null ? [] : [data];
  }
}
