/**
 * A host's flush: both copies have to be on stable storage before it ends (A20). It has no range,
 * so it waits for nobody but those writes of this side that ended before both copies had them; all
 * others that ended before it came are on both already.
 */
import type { JobStatus } from "../../block/job";
import type { JobContext } from "./context";
import type { Course, HostJob } from "./host-job";
import { OrderedWrite } from "./ordered-write";
import type { RelayEnd, RelayOwner } from "./relay-sender";
import { RelaySender } from "./relay-sender";
import { statusOf } from "./relayed-read";

/** At the side that orders: here, and by JOB5 and JOB2 at the other. */
export class MainFlush implements Course {
  readonly #context: JobContext;
  readonly #host: HostJob;

  constructor(context: JobContext, host: HostJob) {
    this.#context = context;
    this.#host = host;
  }

  start(): void {
    this.#context.early.whenSettled(() => this.#flush());
  }

  /** The pair may have become another while it waited. */
  #flush(): void {
    const { command, job } = this.#host;
    const { pair, isOrdering } = this.#context;
    const isAllowed = pair.standing === "mirrored" || pair.standing === "alone";
    if (!isAllowed || !isOrdering) return this.#host.again();
    new OrderedWrite(this.#context, {
      command,
      work: job,
      relayed: null,
      endEarly: null,
      done: (status) => {
        const { mainReported, mainEnded } = this.#context.example;
        this.#host.ended(mainReported, mainEnded);
        this.#host.end(status);
      },
    }).start();
  }

  lost(): void {
    // Its copy is told by itself.
  }

  standingChanged(): void {
    // So too.
  }

  abort(): boolean {
    return false;
  }
}

/** At the sub side: here, and by JOB3 and JOB4 at the main. */
export class SubFlush implements Course, RelayOwner {
  readonly #context: JobContext;
  readonly #host: HostJob;
  readonly #sender: RelaySender;
  #own: JobStatus | null = null;
  #other: JobStatus | null = null;
  /** No answer will come: again, by what the pair is then. */
  #isLost = false;
  /** The other side has been asked. */
  #isBegun = false;

  constructor(context: JobContext, host: HostJob) {
    this.#context = context;
    this.#host = host;
    this.#sender = new RelaySender(context, { host, owner: this });
  }

  start(): void {
    this.#context.early.whenSettled(() => this.#flush());
  }

  /** The pair may have become another while it waited. */
  #flush(): void {
    const { standing, role } = this.#context.pair;
    if (standing !== "mirrored" || role === "main") return this.#host.again();
    this.#isBegun = true;
    const { op, lba, blockCount, fua, data } = this.#host.job;
    this.#context.steps(this.#host.command, 1, this.#context.example.asked);
    this.#sender.send({ hasTicket: false });
    this.#context.submit({ op, lba, blockCount, fua, data }, ({ status }) => {
      this.#own = status;
      this.#settle();
    });
  }

  lost(): void {
    this.#isLost = this.#isBegun && this.#other === null;
  }

  standingChanged(): void {
    if (!this.#isBegun) return;
    const { standing, role } = this.#context.pair;
    if (this.#other === null && (standing !== "mirrored" || role === "main")) this.#isLost = true;
    this.#settle();
  }

  abort(): boolean {
    return false;
  }

  relayEnded(end: RelayEnd): void {
    if (this.#isLost) return;
    this.#sender.close();
    this.#other = end.result === "done" ? "ok" : statusOf(end);
    this.#settle();
  }

  relayFreed(): void {
    // A flush is not told to stand by.
  }

  takesCopy(): boolean {
    return false;
  }

  copied(): void {
    // A flush changes nothing.
  }

  copyLost(): void {
    // No copy is of it.
  }

  #settle(): void {
    if (this.#own === null) return;
    if (this.#other === null && this.#isLost) {
      this.#sender.close();
      return this.#host.again();
    }
    if (this.#other === null) return;
    const { restarted, subReported, subEnded } = this.#context.example;
    this.#context.steps(this.#host.command, 1, restarted);
    this.#host.ended(subReported, subEnded);
    this.#host.end(this.#own === "ok" ? this.#other : this.#own);
  }
}
