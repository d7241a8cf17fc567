/**
 * A disk in memory: pages that come into being when written and go when unmapped. It keeps nothing
 * over a restart, so it has no cache to flush; what is not written reads as zeros.
 */
import { assert, unreachable } from "../base/assert";
import { gather } from "../base/bytes";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import type { Job, JobStatus } from "../block/job";
import { replacementOf } from "./compare";

const PAGE_LENGTH = 64 * 1024;

/** A run of bytes inside one page. */
interface Piece {
  readonly page: number;
  readonly from: number;
  readonly to: number;
}

/** Splits bytes `start`…`end` of the disk at page boundaries. */
function* piecesOf(start: number, end: number): Generator<Piece> {
  for (let at = start; at < end;) {
    const page = Math.floor(at / PAGE_LENGTH);
    const from = at - page * PAGE_LENGTH;
    const to = Math.min(PAGE_LENGTH, from + end - at);
    yield { page, from, to };
    at += to - from;
  }
}

export class MemoryStore implements BlockDevice {
  readonly geometry: Geometry;
  readonly can: Capabilities = {
    volatileCache: false,
    unmap: true,
    readOnly: false,
    atomicWrites: true,
  };
  readonly identity: Uint8Array;
  readonly #completions: CompletionQueue;
  readonly #pages = new Map<number, Buffer>();

  constructor(fields: { geometry: Geometry; identity: Uint8Array; completions: CompletionQueue }) {
    assert(fields.identity.length === 16, "an identity has 16 bytes");
    this.geometry = fields.geometry;
    this.identity = fields.identity;
    this.#completions = fields.completions;
  }

  /** Bytes of memory that hold data. */
  get allocated(): number {
    return this.#pages.size * PAGE_LENGTH;
  }

  submit(job: Job): void {
    assert(job.lba + job.blockCount <= this.geometry.blockCount, "a job lies inside the disk");
    const start = job.lba * this.geometry.blockSize;
    const end = start + job.blockCount * this.geometry.blockSize;
    this.#completions.push(job, this.#perform(job, start, end));
  }

  /** A job is done when it is submitted: there is nothing left to end early. */
  abort(job: Job): void {
    job.isAborted = true;
  }

  #perform(job: Job, start: number, end: number): JobStatus {
    switch (job.op) {
      case "read":
        this.#read(start, job.data);
        return "ok";
      case "write":
      case "write-atomic":
        this.#write(start, job.data);
        return "ok";
      case "write-same":
        this.#writeSame(start, end, job.data);
        return "ok";
      case "unmap":
        this.#unmap(start, end);
        return "ok";
      case "compare-and-write":
      case "or-write":
        return this.#rewrite(job, start, end);
      case "flush":
        return "ok";
      default:
        return unreachable(job.op);
    }
  }

  #read(start: number, chunks: readonly Uint8Array[]): void {
    let at = start;
    for (const chunk of chunks) {
      let done = 0;
      for (const { page, from, to } of piecesOf(at, at + chunk.length)) {
        const bytes = this.#pages.get(page);
        if (bytes === undefined) chunk.fill(0, done, done + to - from);
        else chunk.set(bytes.subarray(from, to), done);
        done += to - from;
      }
      at += chunk.length;
    }
  }

  #write(start: number, chunks: readonly Uint8Array[]): void {
    let at = start;
    for (const chunk of chunks) {
      let done = 0;
      for (const { page, from, to } of piecesOf(at, at + chunk.length)) {
        this.#page(page).set(chunk.subarray(done, done + to - from), from);
        done += to - from;
      }
      at += chunk.length;
    }
  }

  /** Blocks never straddle pages, so every piece repeats the block from its first byte. */
  #writeSame(start: number, end: number, chunks: readonly Uint8Array[]): void {
    const block = gather(chunks);
    if (block.every((byte) => byte === 0)) return this.#unmap(start, end);
    for (const { page, from, to } of piecesOf(start, end)) this.#page(page).fill(block, from, to);
  }

  #rewrite(job: Job, start: number, end: number): JobStatus {
    const stored = Buffer.allocUnsafe(end - start);
    this.#read(start, [stored]);
    const replacement = replacementOf(job, stored);
    if (replacement === null) return "miscompare";
    this.#write(start, replacement);
    return "ok";
  }

  #unmap(start: number, end: number): void {
    for (const { page, from, to } of piecesOf(start, end)) {
      if (to - from === PAGE_LENGTH) this.#pages.delete(page);
      else this.#pages.get(page)?.fill(0, from, to);
    }
  }

  #page(index: number): Buffer {
    const kept = this.#pages.get(index);
    if (kept !== undefined) return kept;
    const fresh = Buffer.alloc(PAGE_LENGTH);
    this.#pages.set(index, fresh);
    return fresh;
  }
}
