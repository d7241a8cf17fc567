/**
 * Bytes as a socket with few buffers of its own would give them: as soon as nobody holds them and
 * their turn is over, something else stands there. Who looks too late sees it.
 */
import type { Lease } from "../../../lib/base/lease";

const POISON = 0xee;

export class PoisonedChunk implements Lease {
  /** Chunks that somebody still holds. */
  static heldCount = 0;
  readonly chunk: Buffer;
  #holds = 1;

  constructor(bytes: Uint8Array) {
    this.chunk = Buffer.from(bytes);
    PoisonedChunk.heldCount++;
  }

  hold(): void {
    if (this.#holds === 0) throw new Error("held after its end");
    this.#holds++;
  }

  /** The one who made it releases it once, when the turn is over. */
  release(): void {
    if (this.#holds === 0) throw new Error("released more often than held");
    if (--this.#holds > 0) return;
    this.chunk.fill(POISON);
    PoisonedChunk.heldCount--;
  }
}
