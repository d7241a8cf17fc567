/**
 * Bytes as a socket gives them: valid for the turn, and longer only while they are held. Nobody
 * else's business is what becomes of them then, so it becomes something else. [invariant 13]
 */
import type { Lease } from "../../lib/base/lease";

const GONE = 0xdb;

export class ReceivedBytes implements Lease {
  readonly chunk: Buffer;
  readonly #onGone: () => void;
  #holds = 1;

  constructor(bytes: Uint8Array, onGone: () => void) {
    this.chunk = Buffer.from(bytes);
    this.#onGone = onGone;
  }

  hold(): void {
    if (this.#holds === 0) throw new Error("bytes that are gone were held");
    this.#holds++;
  }

  /** Also called at the end of the turn they came in. */
  release(): void {
    if (this.#holds === 0) throw new Error("a lease was released more often than held");
    this.#holds--;
    if (this.#holds > 0) return;
    this.chunk.fill(GONE);
    this.#onGone();
  }
}
