/**
 * What is copied and compared between the two sides of a pair while it is mirrored: the resync's
 * life from its beginning to PAIR, the verification's, and the flushes that let the dirty map
 * forget. Which of it is done is `pair.ts`'s decision.
 */
import type { Lease } from "../base/lease";
import type { PairCore } from "./pair-core";
import { PairFlush } from "./pair-flush";
import type { PairBody, PairMessage } from "./pair-messages";
import { PairResponder } from "./pair-responder";
import type { Progress, VerifyResult } from "./pair-status";
import { Resync } from "./resync";
import { Verify } from "./verify";

export class PairCopying {
  readonly flush: PairFlush;
  readonly responder: PairResponder;
  readonly #core: PairCore;
  /** The copies cannot be made equal: half a sentence. */
  readonly #failed: (why: string) => void;
  #resync: Resync | null = null;
  #verify: Verify | null = null;
  #lastVerify: VerifyResult | null = null;
  /** What to do when the verification has found something. */
  #repair: (() => void) | null = null;
  #nextId = 1;

  constructor(fields: { core: PairCore; failed: (why: string) => void }) {
    this.#core = fields.core;
    this.#failed = fields.failed;
    this.flush = new PairFlush(fields.core);
    this.responder = new PairResponder(fields.core);
  }

  get isVerifying(): boolean {
    return this.#verify !== null;
  }

  get resyncProgress(): Progress | null {
    return this.#resync?.progress() ?? null;
  }

  get verifyProgress(): Progress | null {
    return this.#verify?.progress() ?? null;
  }

  get lastVerify(): VerifyResult | null {
    return this.#lastVerify;
  }

  /** Main, in COPY: copies what may differ, then tells both sides that nothing does. */
  resync(): void {
    const core = this.#core;
    this.stop();
    core.report("info", `Resync of ${core.map.pinnedBytes} bytes begins`);
    const resync = new Resync({ core, firstId: this.#nextId, done: (why) => this.#resynced(why) });
    this.#resync = resync;
    resync.chunks.fill();
  }

  verify(repair: (() => void) | null): void {
    const core = this.#core;
    this.stop();
    this.#repair = repair;
    const verify = new Verify({ core, firstId: this.#nextId, done: (why) => this.#verified(why) });
    this.#verify = verify;
    verify.chunks.fill();
  }

  /** The pair is not mirrored any more, or not as it was. */
  stop(): void {
    if (this.#verify !== null) this.#lastVerify = this.#verify.result;
    const chunks = (this.#resync ?? this.#verify)?.chunks;
    this.#resync = null;
    this.#verify = null;
    if (chunks === undefined) return;
    chunks.stop();
    this.#nextId = chunks.nextId;
  }

  /** Whether the message was one of these; on the main side or on the sub side. */
  receive(message: PairMessage, body: PairBody, lease: Lease | null): boolean {
    const core = this.#core;
    const chunks = (this.#resync ?? this.#verify)?.chunks;
    switch (message) {
      case "compare":
        if (core.isMirroredSub) this.responder.compare(body);
        return true;
      case "chunk":
        // Only a copy that is recorded as half done is ever written to from here. [M4]
        if (core.isMirroredSub && !core.isConsistent) this.responder.write(body, lease);
        return true;
      case "flush":
        if (core.isMirroredSub) this.responder.flush(body);
        return true;
      case "compared":
        chunks?.compared(body);
        return true;
      case "chunk-end":
        chunks?.written(body);
        return true;
      case "flush-end":
        this.flush.ended(body.id, body.flag);
        return true;
      case "complete":
        this.#completed(body);
        return true;
      default:
        return false;
    }
  }

  /** All is equal: what was copied is made stable before anybody relies on it. */
  #resynced(why: string | null): void {
    const resync = this.#resync;
    if (why !== null) return this.#resyncFailed(why);
    // What a write under way leaves behind is dirty, not different: it is mirrored already.
    if (this.#core.map.pinnedCount > 0) return this.resync();
    this.flush.request((isDone) => {
      if (this.#resync !== resync) return;
      if (!isDone) return this.#resyncFailed("the copies could not be flushed");
      this.stop();
      const core = this.#core;
      core.change({
        event: "completed",
        text: "Both copies are equal",
        announce: () => core.send("complete", { epoch: core.epoch }),
      });
    });
  }

  #resyncFailed(why: string): void {
    this.stop();
    this.#failed(why);
  }

  #verified(why: string | null): void {
    const result = this.#verify?.result;
    this.stop();
    if (result === undefined) return;
    const core = this.#core;
    if (why !== null) {
      core.report("error", `Verification ended early: ${why}`);
      return;
    }
    const { differingBytes } = result;
    if (differingBytes === 0) {
      core.report("info", `Verified ${result.comparedBytes} bytes: both copies are equal`);
      return;
    }
    core.report("error", `Verification found ${differingBytes} bytes in chunks that differ`);
    this.#repair?.();
  }

  /** Sub: its copy is as good as the other from here on. */
  #completed(body: PairBody): void {
    const core = this.#core;
    if (!core.isMirroredSub || core.state !== "COPY" || body.epoch !== core.epoch) return;
    // The main side has taken over what this map said, and proven every region of it equal.
    core.map.clearAll();
    const record = { isConsistent: true };
    core.change({ event: "completed", record, text: "Both copies are equal" });
  }
}
