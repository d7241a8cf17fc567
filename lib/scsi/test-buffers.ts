/**
 * What WRITE BUFFER and READ BUFFER test the way to a logical unit with: one buffer for all
 * nexuses, and one to be echoed for each. They belong to the controller, as the memory and the ways
 * do that are tested: in a pair each has its own, and none is told of the other's. [SPC-4 6.18,
 * 6.49]
 */
import { gather } from "../base/bytes";
import { limits } from "../base/limits";
import type { Nexus } from "./nexus";

export class TestBuffers {
  /** null: nobody has written to it; it is all zeros. */
  #data: Buffer | null = null;
  /** By the ids of nexuses, which are bounded: see `limits.nexusesMax`. */
  readonly #echoes = new Map<number, Uint8Array>();

  /** The bytes lie inside the buffer, which has `limits.testBufferLength`. */
  write(offset: number, chunks: readonly Uint8Array[]): void {
    this.#data ??= Buffer.alloc(limits.testBufferLength);
    this.#data.set(gather(chunks), offset);
  }

  /** A copy: what is sent must not change with the next write. */
  read(offset: number, length: number): Uint8Array {
    if (this.#data === null) return Buffer.alloc(length);
    return Buffer.from(this.#data.subarray(offset, offset + length));
  }

  /** At most `limits.echoBufferMax` bytes. */
  setEcho({ id }: Nexus, chunks: readonly Uint8Array[]): void {
    this.#echoes.set(id, Buffer.from(gather(chunks)));
  }

  /** What the nexus has set last; null: nothing. */
  echoOf({ id }: Nexus): Uint8Array | null {
    return this.#echoes.get(id) ?? null;
  }

  nexusLost({ id }: Nexus): void {
    this.#echoes.delete(id);
  }
}
