/**
 * One write under its exclusive state at the side that orders: to this side's copy and to the other
 * (845), and the books of what differs kept around it. Who holds the exclusive state, and for whom,
 * is its owner's business; the state is held until `done`, so until both copies are written. A
 * flush goes the same way without the books.
 *
 *   own write ∥ copy       a host's command of this side
 *   own write → copy       one relayed by the sub side: it may end its host's job with the copy
 *   tell → own write ∥ copy     where the sub side is told first [0061]
 *   own write              alone
 */
import type { JobStatus } from "../../block/job";
import type { CopyOutcome, RelayedFrom } from "./copy-sender";
import { CopySender } from "./copy-sender";
import type { JobContext, Work } from "./context";
import { changes } from "./context";

export class OrderedWrite {
  readonly #context: JobContext;
  readonly #command: number;
  readonly #work: Work;
  readonly #relayed: RelayedFrom | null;
  readonly #done: (status: JobStatus) => void;
  #isWriting = false;
  #own: JobStatus | null = null;
  #copy: CopyOutcome | null = null;
  #sender: CopySender | null = null;

  /** `done` comes once; "unavailable": nobody knows, or nothing was written. */
  constructor(
    context: JobContext,
    fields: {
      command: number;
      work: Work;
      relayed: RelayedFrom | null;
      done: (status: JobStatus) => void;
    },
  ) {
    this.#context = context;
    this.#command = fields.command;
    this.#work = fields.work;
    this.#relayed = fields.relayed;
    this.#done = fields.done;
  }

  start(): void {
    const { pair, options } = this.#context;
    const { op, lba, blockCount } = this.#work;
    if (changes(op) && !pair.opened(lba, blockCount)) return this.#done("unavailable");
    if (pair.standing !== "mirrored") {
      this.#copy = "alone";
      return this.#writeOwn();
    }
    const sender = new CopySender(this.#context, {
      command: this.#command,
      work: this.#work,
      relayed: this.#relayed,
      done: (outcome) => this.#copied(outcome),
    });
    this.#sender = sender;
    if (this.#relayed !== null) return this.#writeOwn();
    if (options.directRead === "overlap-test" && changes(op)) {
      return sender.tell(() => this.#writeBoth());
    }
    this.#writeBoth();
  }

  #writeBoth(): void {
    this.#sender?.send();
    this.#writeOwn();
  }

  #writeOwn(): void {
    this.#isWriting = true;
    this.#context.submit(this.#work, ({ status }) => this.#written(status));
  }

  #written(status: JobStatus): void {
    this.#own = status;
    if (this.#relayed !== null && this.#copy === null) return this.#copyRelayed();
    this.#settle();
  }

  /** The sub side's command is on this copy: now on the other, unless it failed here. */
  #copyRelayed(): void {
    if (this.#own === "ok") return this.#sender?.send();
    this.#copy = "alone";
    this.#settle();
  }

  #copied(outcome: CopyOutcome): void {
    this.#copy = outcome;
    if (this.#isWriting) return this.#settle();
    // The sub side was told and no more.
    if (outcome === "alone") return this.#writeOwn();
    this.#context.pair.closed(this.#work.lba, this.#work.blockCount);
    this.#done("unavailable");
  }

  #settle(): void {
    const { pair } = this.#context;
    const { op, lba, blockCount } = this.#work;
    if (this.#own === null || this.#copy === null) return;
    const isOnBoth = this.#own === "ok" && this.#copy === "copied";
    if (changes(op)) {
      if (isOnBoth) pair.closed(lba, blockCount);
      else if (this.#sender === null) pair.endedAlone(lba, blockCount);
      else pair.diverged(lba, blockCount);
    }
    if (this.#own !== "ok") return this.#done(this.#own);
    switch (this.#copy) {
      case "copied":
        return this.#done("ok");
      case "alone":
        return this.#done(this.#withoutOther());
      case "blocked":
        return this.#done("unavailable");
      default:
        return this.#failedThere(this.#copy);
    }
  }

  /** The pair has been told that the copies differ: how the job ends is its decision. (A10, A15) */
  #failedThere(failure: "check" | "medium-error" | "no-space"): void {
    const { pair } = this.#context;
    if (pair.standing === "mirrored") {
      return this.#done(failure === "check" ? "unavailable" : failure);
    }
    this.#context.whenDecided(() => {
      const isOrdering = pair.standing === "alone" || pair.role === "main";
      const isAllowed = pair.standing !== "blocked" && isOrdering;
      this.#done(isAllowed ? this.#withoutOther() : "unavailable");
    });
  }

  /** Written here, and not at the other side that took part when it began. */
  #withoutOther(): JobStatus {
    const wasAlone = this.#sender === null;
    return wasAlone || this.#context.options.onMirrorLoss === "go-on" ? "ok" : "unavailable";
  }
}
