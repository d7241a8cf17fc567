/**
 * One write under its exclusive state at the side that orders: to this side's copy, then to the
 * other (845), and the books of what differs kept around it. Who holds the exclusive state, and for
 * whom, is its owner's business; the state is held until `done`, so until both copies are written.
 *
 *   own write → copy            what a host finds at the other side this copy has, also when this
 *                               process ends and begins again
 *   tell → own write → copy     where the sub side is told first [0061], or is exclusive first and
 *                               the host ends with the own write [0077]
 *   own write                   alone
 *   own flush ∥ flush there     a flush changes nothing, and has no books
 */
import type { JobStatus } from "../../block/job";
import type { CopyOutcome, RelayedFrom } from "./copy-sender";
import { CopySender } from "./copy-sender";
import type { JobContext, Work } from "./context";
import { changes } from "./context";

export interface OrderedFields {
  readonly command: number;
  readonly work: Work;
  readonly relayed: RelayedFrom | null;
  /**
   * The host may end when the other side is exclusive and this copy is written: ends it, and
   * returns the work to go on with.
   */
  readonly endEarly: (() => Work) | null;
  /**
   * Comes once; "unavailable": nobody knows, or nothing was written; `miscompareAt` comes with
   * "miscompare" alone.
   */
  readonly done: (status: JobStatus, miscompareAt?: number) => void;
}

export class OrderedWrite {
  readonly #context: JobContext;
  readonly #fields: OrderedFields;
  #work: Work;
  #isWriting = false;
  #own: JobStatus | null = null;
  #copy: CopyOutcome | null = null;
  #sender: CopySender | null = null;

  constructor(context: JobContext, fields: OrderedFields) {
    this.#context = context;
    this.#fields = fields;
    this.#work = fields.work;
  }

  start(): void {
    const { pair } = this.#context;
    const { op, lba, blockCount } = this.#work;
    if (changes(op) && !pair.opened(lba, blockCount)) return this.#fields.done("unavailable");
    if (pair.standing !== "mirrored") {
      this.#copy = "alone";
      return this.#writeOwn();
    }
    const { command, relayed } = this.#fields;
    const sender = new CopySender(this.#context, {
      command,
      relayed,
      done: (outcome) => this.#copied(outcome),
    });
    this.#sender = sender;
    if (!changes(op)) sender.send(this.#work);
    if (this.#isToldFirst()) return sender.tell(this.#work, () => this.#writeOwn());
    this.#writeOwn();
  }

  #isToldFirst(): boolean {
    const { relayed, endEarly } = this.#fields;
    if (relayed !== null || !changes(this.#work.op)) return false;
    return endEarly !== null || this.#context.options.directRead === "overlap-test";
  }

  #writeOwn(): void {
    this.#isWriting = true;
    this.#context.submit(this.#work, ({ status }) => this.#written(status));
  }

  #written(status: JobStatus): void {
    this.#own = status;
    if (changes(this.#work.op) && this.#copy === null) return this.#copyNext();
    this.#settle();
  }

  /** It is on this copy: now on the other, unless it failed here. */
  #copyNext(): void {
    if (this.#own !== "ok") {
      this.#sender?.withdraw();
      this.#copy = "alone";
      return this.#settle();
    }
    if (this.#sender?.isTold === true) this.#work = this.#fields.endEarly?.() ?? this.#work;
    this.#sender?.send(this.#work);
  }

  #copied(outcome: CopyOutcome): void {
    this.#copy = outcome;
    if (this.#isWriting) return this.#settle();
    // The sub side was told and no more.
    if (outcome === "alone") return this.#writeOwn();
    this.#context.pair.closed(this.#work.lba, this.#work.blockCount);
    this.#fields.done("unavailable");
  }

  #settle(): void {
    const { pair } = this.#context;
    const { op, lba, blockCount } = this.#work;
    const { done } = this.#fields;
    if (this.#own === null || this.#copy === null) return;
    const isOnBoth = this.#own === "ok" && this.#copy === "copied";
    if (changes(op)) {
      if (isOnBoth) pair.closed(lba, blockCount);
      else if (this.#isOtherBetter()) pair.failedHere(lba, blockCount);
      else if (this.#copy === "alone") pair.endedAlone(lba, blockCount);
      else pair.diverged(lba, blockCount);
    }
    if (this.#own !== "ok") return done(pair.standing === "blocked" ? "unavailable" : this.#own);
    switch (this.#copy) {
      case "copied":
        // The other side may have gone on meanwhile.
        return done(pair.standing === "blocked" ? "unavailable" : "ok");
      case "alone":
        return done(this.#withoutOther());
      case "blocked":
        return done("unavailable");
      default:
        return this.#failedThere(this.#copy);
    }
  }

  /** It failed here and not there, where it is written or has never been begun. */
  #isOtherBetter(): boolean {
    const isGoodThere = this.#copy === "copied" || this.#copy === "alone";
    return this.#sender !== null && this.#own === "medium-error" && isGoodThere;
  }

  /** The pair has been told that the copies differ: how the job ends is its decision. (A10, A15) */
  #failedThere(failure: "check" | "medium-error" | "no-space"): void {
    const { pair } = this.#context;
    const { done } = this.#fields;
    if (pair.standing === "mirrored") {
      return done(failure === "check" ? "unavailable" : failure);
    }
    this.#context.whenDecided(() => {
      const isOrdering = pair.standing === "alone" || pair.role === "main";
      const isAllowed = pair.standing !== "blocked" && isOrdering;
      done(isAllowed ? this.#withoutOther() : "unavailable");
    });
  }

  /** Written here, and not at the other side that took part when it began. */
  #withoutOther(): JobStatus {
    const wasAlone = this.#sender === null;
    return wasAlone || this.#context.options.onMirrorLoss === "go-on" ? "ok" : "unavailable";
  }
}
