/**
 * What is copied and compared between the two sides of a pair while it is mirrored: the resync's
 * life from its beginning to PAIR, the verification's, and the flushes that let the dirty map
 * forget. The sub side knows of it what the main side tells. Which of it is done is `pair.ts`'s
 * decision.
 */
import type { Lease } from "../base/lease";
import { TimerTable } from "../base/timer-table";
import type { PairChunks } from "./pair-chunks";
import type { PairCore } from "./pair-core";
import { PairFlush } from "./pair-flush";
import type { PairBody, PairMessage } from "./pair-messages";
import { decodeProgress, encodeProgress, NOTHING_COPIED } from "./pair-progress";
import type { CopyingView } from "./pair-progress";
import { PairResponder } from "./pair-responder";
import type { Progress, VerifyResult } from "./pair-status";
import { Resync } from "./resync";
import { Verify } from "./verify";

/** How often the sub side is told how far it is. */
const TELL_MS = 500;

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
  /** Sub: what the main side told last. */
  #told: CopyingView = NOTHING_COPIED;
  #nextId = 1;
  readonly #timers = new TimerTable<"tell">();

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
    return this.#resync?.progress() ?? this.#told.resync;
  }

  get verifyProgress(): Progress | null {
    return this.#verify?.progress() ?? this.#told.verify;
  }

  get lastVerify(): VerifyResult | null {
    return this.#lastVerify;
  }

  time(): void {
    while (this.#timers.expired(this.#core.nowMs) !== null) this.#tell();
    this.#chunks?.time();
  }

  nextDeadline(): number {
    return Math.min(this.#timers.next(), this.#chunks?.nextDeadline() ?? Infinity);
  }

  /** Main, in COPY: copies what may differ, then tells both sides that nothing does. */
  resync(): void {
    const core = this.#core;
    this.stop();
    core.report("info", `Resync of ${core.map.pinnedBytes} bytes begins`);
    const resync = new Resync({ core, firstId: this.#nextId, done: (why) => this.#resynced(why) });
    this.#resync = resync;
    this.#tell();
    resync.chunks.fill();
  }

  verify(repair: (() => void) | null): void {
    const core = this.#core;
    this.stop();
    this.#lastVerify = null;
    this.#repair = repair;
    const verify = new Verify({ core, firstId: this.#nextId, done: (why) => this.#verified(why) });
    this.#verify = verify;
    this.#tell();
    verify.chunks.fill();
  }

  /** The pair is not mirrored any more, or not as it was. */
  stop(): void {
    const wasTold = this.#told;
    this.#told = NOTHING_COPIED;
    if (wasTold.verify !== null) this.#lastVerify = wasTold.result;
    if (this.#end()) this.#tell();
  }

  get #chunks(): PairChunks | null {
    return (this.#resync ?? this.#verify)?.chunks ?? null;
  }

  /** Whether there was something to end. */
  #end(): boolean {
    const chunks = this.#chunks;
    if (this.#verify !== null) this.#lastVerify = this.#verify.result;
    this.#resync = null;
    this.#verify = null;
    if (chunks === null) return false;
    chunks.stop();
    this.#nextId = chunks.nextId;
    return true;
  }

  /** Main: the other side's operator sees it, too. */
  #tell(): void {
    const core = this.#core;
    const { resyncProgress: resync, verifyProgress: verify } = this;
    const result = this.#verify?.result ?? this.#lastVerify;
    if (core.isMirroredMain) {
      core.send("progress", { data: encodeProgress({ resync, verify, result }) });
    }
    if (this.#chunks === null) this.#timers.clear("tell");
    else this.#timers.set("tell", core.nowMs + TELL_MS);
  }

  /** Sub. */
  #learn(body: PairBody): void {
    const view = decodeProgress(body.data);
    if (view === null || !this.#core.isMirroredSub) return;
    this.#told = view;
    this.#lastVerify = view.verify === null ? view.result : null;
  }

  /** Whether the message was one of these; on the main side or on the sub side. */
  receive(message: PairMessage, body: PairBody, lease: Lease | null): boolean {
    const core = this.#core;
    const chunks = this.#chunks;
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
      case "progress":
        this.#learn(body);
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
    this.#end();
    if (result === undefined) return;
    this.#report(why, result);
    if (why === null && result.differingBytes > 0) this.#repair?.();
    // Behind the beginning of the repair: who is told of differences knows that it is under way.
    this.#tell();
  }

  #report(why: string | null, { comparedBytes, differingBytes }: VerifyResult): void {
    const core = this.#core;
    if (why !== null) return core.report("error", `Verification ended early: ${why}`);
    if (differingBytes === 0) {
      return core.report("info", `Verified ${comparedBytes} bytes: both copies are equal`);
    }
    core.report("error", `Verification found ${differingBytes} bytes in chunks that differ`);
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
