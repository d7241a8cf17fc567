/**
 * What the two sides do together to leave the mirrored state, or to exchange roles in it. One at a
 * time; the main side begins, the other records first, so that a loss in between leaves nobody who
 * could go on with old data.
 */
import type { PairCore } from "./pair-core";
import type { PairFlush } from "./pair-flush";
import type { PairBody } from "./pair-messages";
import { membersOf } from "./pair-record";
import type { PairAnswer } from "./pair-status";

type Done = (answer: PairAnswer) => void;

interface Operation {
  readonly type: "split" | "fault" | "swap";
  readonly id: number;
  readonly done: Done;
  /** Why, for a fault. */
  readonly why: string;
}

export class PairOperations {
  readonly #core: PairCore;
  readonly #flush: PairFlush;
  /** Called when the pair has left the mirrored state, on either side. */
  readonly #parted: () => void;
  #nextId = 1;
  #current: Operation | null = null;

  constructor(fields: { core: PairCore; flush: PairFlush; parted: () => void }) {
    this.#core = fields.core;
    this.#flush = fields.flush;
    this.#parted = fields.parted;
  }

  get isIdle(): boolean {
    return this.#current === null;
  }

  /** Main: goes on alone, with both copies equal at one moment. */
  split(done: Done): void {
    const operation = this.#start("split", done);
    this.#core.fields.traffic().quiesce(() => {
      if (this.#current === operation) this.#leave(operation);
    });
  }

  /** Main: the copies cannot be kept equal, so it goes on alone. Nothing is waited for. */
  fault(why: string): void {
    if (this.#current !== null) this.#end({ ok: false, text: `The pair was suspended: ${why}.` });
    const operation = this.#start("fault", () => undefined, why);
    // Hosts wait until the other side has stopped answering them.
    this.#core.change({
      standing: "deciding",
      level: "warn",
      text: `The copies may differ: ${why}`,
    });
    this.#leave(operation);
  }

  /**
   * Main: the other copy is the better one, so that side goes on alone. This one records that it
   * may not before the other learns of it.
   */
  handOver(why: string): void {
    const core = this.#core;
    if (this.#current !== null) this.#end({ ok: false, text: `The pair was suspended: ${why}.` });
    const epoch = core.epoch + 1;
    const isSaved = core.change({
      event: "dropped",
      record: { epoch, members: membersOf(core.peer), role: "sub" },
      standing: "blocked",
      level: "error",
      text: `Suspended: side ${core.peer} is to go on alone (${why})`,
      announce: () => core.send("take-over", { epoch }),
    });
    if (isSaved) core.problem = why;
    this.#parted();
  }

  /** Main: makes everything stable, then hands its role over. */
  swap(done: Done): void {
    const operation = this.#start("swap", done);
    this.#core.fields.traffic().quiesce(() => {
      if (this.#current !== operation) return;
      this.#core.map.cool();
      this.#flush.request((isDone) => {
        if (this.#current !== operation) return;
        if (isDone) this.#core.send("swap", { id: operation.id, epoch: this.#core.epoch + 1 });
        else this.#refuse("the copies could not be flushed");
      });
    });
  }

  /** The link is gone; the standing is its owner's business now. */
  cancel(): void {
    if (this.#current !== null) this.#end({ ok: false, text: "The link went down meanwhile." });
  }

  /** Sub. */
  receiveLeave(body: PairBody): void {
    const core = this.#core;
    // Also of a side that has stopped meanwhile: the other waits for an answer.
    const isLeft = core.isMirroredSub || (core.standing === "blocked" && core.role === "sub");
    if (!isLeft || body.epoch < core.epoch) return;
    const text = body.flag
      ? `Suspended: side ${core.peer} goes on alone`
      : `Split: side ${core.peer} goes on alone, this copy stays as it is`;
    const isSaved = core.change({
      event: body.flag ? "dropped" : "left",
      record: { epoch: body.epoch, members: membersOf(core.peer) },
      standing: "blocked",
      level: body.flag ? "warn" : "info",
      text,
    });
    core.send("left", { id: body.id, flag: isSaved });
    this.#parted();
  }

  /** Main. */
  receiveLeft(body: PairBody): void {
    const operation = this.#answered(body);
    if (operation === null || operation.type === "swap") return;
    const core = this.#core;
    // A survivor need not fear what the other side does not remember.
    if (!body.flag && core.fields.config.survivor !== core.side) {
      core.change({ event: "blocked", standing: "blocked", level: "error", text: CANNOT_RECORD });
      this.#end({ ok: false, text: `${CANNOT_RECORD}.` });
      return this.#parted();
    }
    const isFault = operation.type === "fault";
    const split = `Split: side ${core.side} goes on alone and records what it changes`;
    const isSaved = core.change({
      event: isFault ? "failed" : "split",
      record: { epoch: core.epoch + 1, members: membersOf(core.side) },
      standing: "alone",
      level: isFault ? "warn" : "info",
      text: isFault ? `Suspended: this side goes on alone (${operation.why})` : split,
    });
    if (isFault) core.problem = operation.why;
    this.#end(isSaved ? { ok: true, text: `${split}.` } : { ok: false, text: `${NOT_SAVED}.` });
    this.#parted();
  }

  /** Sub, and main from here on. */
  receiveTakeOver(body: PairBody): void {
    const core = this.#core;
    if (!core.isMirroredSub || core.state !== "PAIR" || body.epoch !== core.epoch + 1) return;
    core.map.pinAll();
    core.change({
      event: "taken-over",
      record: { epoch: body.epoch, members: membersOf(core.side), role: "main" },
      standing: "alone",
      level: "warn",
      text: `Side ${core.peer}'s copy fails: this side goes on alone and records what it changes`,
    });
    this.#parted();
  }

  /** Sub, and main from here on. */
  receiveSwap(body: PairBody): void {
    const core = this.#core;
    if (!core.isMirroredSub || core.state !== "PAIR" || body.epoch !== core.epoch + 1) return;
    const isSaved = core.change({
      event: "swapped",
      record: { epoch: body.epoch, role: "main" },
      text: "Roles exchanged: this side is main",
      announce: () => core.send("swapped", { id: body.id, flag: true }),
    });
    if (!isSaved) core.send("swapped", { id: body.id, flag: false });
  }

  /** Main, and sub from here on. */
  receiveSwapped(body: PairBody): void {
    const operation = this.#answered(body);
    if (operation === null || operation.type !== "swap") return;
    if (!body.flag) return this.#refuse("the other side could not record it");
    // One that was asked for behind the swap: who is main has not answered it, and never will.
    this.#flush.cancel();
    const isSaved = this.#core.change({
      event: "swapped",
      record: { epoch: this.#core.epoch + 1, role: "sub" },
      text: "Roles exchanged: this side is sub",
    });
    const text = `Roles exchanged: side ${this.#core.peer} is main now.`;
    this.#end(isSaved ? { ok: true, text } : { ok: false, text: `${NOT_SAVED}.` });
  }

  #start(type: Operation["type"], done: Done, why = ""): Operation {
    const operation = { type, id: this.#nextId++, done, why };
    this.#current = operation;
    return operation;
  }

  #leave({ id, type }: Operation): void {
    this.#core.send("leave", { id, epoch: this.#core.epoch + 1, flag: type === "fault" });
  }

  #answered(body: PairBody): Operation | null {
    return this.#current?.id === body.id ? this.#current : null;
  }

  /** Hosts go on as before. */
  #refuse(why: string): void {
    this.#core.fields.traffic().standingChanged();
    this.#end({ ok: false, text: `Nothing was changed: ${why}.` });
  }

  #end(answer: PairAnswer): void {
    const operation = this.#current;
    this.#current = null;
    operation?.done(answer);
  }
}

const NOT_SAVED = "The pair's record could not be saved";
const CANNOT_RECORD = "The other side cannot record that it was left, so neither goes on";
