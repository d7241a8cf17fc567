/**
 * JOB5 at the main side: sends one ordered write (or flush) to the sub side and waits for the end
 * that JOB2 reports there (726–729). It does not write the main side's copy: `ordered-write.ts`.
 *
 *   idle ──tell──▶ telling ──lock-end──▶ told ──send──▶ sent ──copy-end──▶ ended
 *     └──────────────────────send─────────────────────▶ ▲ │
 *                                     need-data ────────┘ │
 *   telling, told, sent ──the link or the pair is lost──▶ lost ──the pair has decided──▶ again
 *                                                                   or, without it, ended
 */
import { assert } from "../../base/assert";
import type { JobResult } from "../messages";
import type { JobContext, Work } from "./context";

/**
 * `alone`: this side goes on without the other, which has it or not; `blocked`: the other may go on
 * without this one; `check`: it refused, its pair is abnormal. (710)
 */
export type CopyOutcome = "copied" | "alone" | "blocked" | "check" | "medium-error" | "no-space";

/** A command's data is with the sub side already. [0056] [0058] [0070] */
export interface RelayedFrom {
  readonly relayId: number;
  /** Of the data that is copied, by which the other side knows it; 0: it has not been made. */
  readonly checksum: number;
  readonly isOmitted: boolean;
}

export class CopySender {
  readonly #context: JobContext;
  readonly #command: number;
  readonly #relayed: RelayedFrom | null;
  readonly #done: (outcome: CopyOutcome) => void;
  /** In which the relayed command came; in another its data is not there any more. */
  readonly #session: number;
  #state: "idle" | "telling" | "told" | "sent" | "lost" | "ended" = "idle";
  /** What was going on when it was lost. */
  #lostIn: "telling" | "told" | "sent" = "sent";
  #work: Work | null = null;
  #copyId = 0;
  #whenTold: (() => void) | null = null;
  /** Messages whose data the link has not let go of. */
  #unsent = 0;
  #outcome: CopyOutcome | null = null;

  /** `done` comes once, when the data is not needed any more either. */
  constructor(
    context: JobContext,
    fields: {
      command: number;
      relayed: RelayedFrom | null;
      done: (outcome: CopyOutcome) => void;
    },
  ) {
    this.#context = context;
    this.#command = fields.command;
    this.#relayed = fields.relayed;
    this.#done = fields.done;
    this.#session = context.session;
  }

  /** The sub side knows of it, and is exclusive for it where that is asked for first. */
  get isTold(): boolean {
    return this.#state === "told";
  }

  /** Tells the sub side of the write first; `then` comes when it knows. [0061] [0077] */
  tell(work: Work, then: () => void): void {
    this.#state = "telling";
    this.#work = work;
    this.#whenTold = then;
    this.#register();
    this.#sendLock();
  }

  lockEnded(): void {
    if (this.#state !== "telling") return;
    this.#state = "told";
    const then = this.#whenTold;
    this.#whenTold = null;
    then?.();
  }

  /** The same work as was told of; its data may lie somewhere else now. */
  send(work: Work): void {
    this.#work = work;
    if (this.#copyId === 0) this.#register();
    if (this.#context.pair.standing !== "mirrored" || this.#state === "lost") {
      this.#state = "lost";
      this.#lostIn = "sent";
      return this.resolve();
    }
    this.#context.steps(this.#command, 5, [726, 727]);
    this.#transfer(this.#relayed?.isOmitted ?? false);
    this.#context.step(this.#command, 5, 728);
  }

  /** The write will not be: what was told is taken back. */
  withdraw(): void {
    this.#context.copies.delete(this.#copyId);
    if (this.#state === "told") {
      const { volume } = this.#context.ports;
      this.#context.ports.send({ type: "unlock", volume, copyId: this.#copyId });
    }
    this.#state = "ended";
  }

  /** JOB2's end. (712) */
  ended(result: JobResult): void {
    if (this.#state !== "sent") return;
    switch (result) {
      case "done":
        return this.#end("copied");
      case "need-data":
        return this.#transfer(false);
      case "check":
      case "medium-error":
      case "no-space":
        return this.#end(result);
      default:
        this.#context.ports.drop(`a copy ended as "${result}", which no copy does`);
    }
  }

  /** No answer to what was sent will come. */
  lost(): void {
    if (this.#state !== "telling" && this.#state !== "told" && this.#state !== "sent") return;
    this.#lostIn = this.#state;
    this.#state = "lost";
  }

  /** The pair has decided: again to the other side, or without it. */
  resolve(): void {
    if (this.#state !== "lost") return;
    const { pair } = this.#context;
    if (pair.standing === "deciding") return;
    if (pair.standing !== "mirrored") return this.#end(pair.standing);
    if (pair.role === "sub") return this.#end("blocked");
    this.#context.copies.delete(this.#copyId);
    this.#register();
    if (this.#lostIn === "sent") return this.#transfer(false);
    // A resync has the range next, so that nobody reads there before: it need not know any more.
    if (this.#lostIn === "told") {
      this.#state = "idle";
      return;
    }
    this.#state = "telling";
    this.#sendLock();
  }

  /** The first copy of this side's own command goes by its number: JOB2's steps are of it. */
  #register(): void {
    const isFirst = this.#copyId === 0 && this.#relayed === null;
    this.#copyId = isFirst ? this.#command : this.#context.nextNumber();
    this.#context.copies.set(this.#copyId, this);
  }

  #known(): Work {
    assert(this.#work !== null, "work is known before it is told of or sent");
    return this.#work;
  }

  #sendLock(): void {
    const { lba, blockCount } = this.#known();
    const { volume } = this.#context.ports;
    this.#context.ports.send({ type: "lock", volume, copyId: this.#copyId, lba, blockCount });
  }

  #transfer(mayOmit: boolean): void {
    const { volume } = this.#context.ports;
    const { op, lba, blockCount, fua, data } = this.#known();
    const isOfSession = this.#session === this.#context.session;
    const isOmitted = mayOmit && isOfSession;
    this.#state = "sent";
    this.#unsent++;
    this.#context.ports.send(
      {
        type: "copy",
        volume,
        copyId: this.#copyId,
        relayId: isOfSession ? (this.#relayed?.relayId ?? 0) : 0,
        isOmitted,
        op,
        lba,
        blockCount,
        fua,
        checksum: this.#relayed?.checksum ?? 0,
        data: isOmitted ? [] : data,
      },
      () => {
        this.#unsent--;
        this.#report();
      },
    );
  }

  #end(outcome: CopyOutcome): void {
    assert(this.#state !== "ended", "a copy ends once");
    this.#context.copies.delete(this.#copyId);
    this.#state = "ended";
    this.#outcome = outcome;
    this.#context.step(this.#command, 5, 729);
    this.#report();
  }

  #report(): void {
    if (this.#outcome !== null && this.#unsent === 0) {
      const outcome = this.#outcome;
      this.#outcome = null;
      this.#done(outcome);
    }
  }
}
