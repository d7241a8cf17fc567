/**
 * One write under its exclusive state at the side that orders: to this side's copy and to the other
 * (845), and the books of what differs kept around it. Who holds the exclusive state, and for whom,
 * is its owner's business; the state is held until `done`, so until both copies are written. A
 * flush goes the same way without the books.
 *
 *   own write ∥ copy            a host's command of this side
 *   tell → own write ∥ copy     where the sub side is told first [0061]
 *   tell → own write → copy     where it is exclusive first, and the host ends with the own write
 *                               [0077]
 *   own write → copy            one that the sub side relayed: the copy may end its host's job
 *   own write                   alone
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
  readonly endEarly?: () => Work;
  /** Comes once; "unavailable": nobody knows, or nothing was written. */
  readonly done: (status: JobStatus) => void;
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
    if (relayed !== null) return this.#writeOwn();
    const isOverlapTested = this.#context.options.directRead === "overlap-test";
    const isTold = this.#isEarly || (isOverlapTested && changes(op));
    if (isTold) sender.tell(this.#work, () => this.#write());
    else this.#write();
  }

  get #isEarly(): boolean {
    return this.#fields.endEarly !== undefined;
  }

  #write(): void {
    if (!this.#isEarly) this.#sender?.send(this.#work);
    this.#writeOwn();
  }

  #writeOwn(): void {
    this.#isWriting = true;
    this.#context.submit(this.#work, ({ status }) => this.#written(status));
  }

  #written(status: JobStatus): void {
    this.#own = status;
    const isCopiedNext = this.#isEarly || this.#fields.relayed !== null;
    if (isCopiedNext && this.#copy === null) return this.#copyNext();
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
      else if (this.#sender === null) pair.endedAlone(lba, blockCount);
      else if (this.#isOtherBetter) pair.failedHere(lba, blockCount);
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
  get #isOtherBetter(): boolean {
    const isGoodThere = this.#copy === "copied" || this.#copy === "alone";
    return this.#own === "medium-error" && isGoodThere;
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
