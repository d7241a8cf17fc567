/**
 * A read of the sub side's host that the main side performs: by rule, because it overlaps a write
 * under way [0061], or because this side's copy is not as good as the other.
 */
import { lengthOf, scatterInto } from "../../base/bytes";
import type { JobStatus } from "../../block/job";
import type { JobContext } from "./context";
import type { Course, HostJob } from "./host-job";
import type { RelayEnd, RelayOwner } from "./relay-sender";
import { RelaySender } from "./relay-sender";

export class RelayedRead implements Course, RelayOwner {
  readonly #context: JobContext;
  readonly #host: HostJob;
  readonly #sender: RelaySender;
  #isLost = false;

  constructor(context: JobContext, host: HostJob) {
    this.#context = context;
    this.#host = host;
    this.#sender = new RelaySender(context, { host, owner: this });
  }

  start(): void {
    this.#context.steps(this.#host.command, 1, this.#context.example.asked);
    this.#sender.send({ hasTicket: false });
  }

  /** Nothing has happened by it: it is simply done again when the pair has decided. */
  lost(): void {
    this.#isLost = true;
  }

  standingChanged(): void {
    const { standing, role } = this.#context.pair;
    if (standing === "mirrored" && role === "sub" && !this.#isLost) return;
    this.#sender.close();
    this.#host.again();
  }

  /** The answer comes soon; until then data may come for the job's buffers. */
  abort(): boolean {
    return false;
  }

  relayEnded(end: RelayEnd): void {
    if (this.#isLost) return;
    this.#sender.close();
    const { job, command } = this.#host;
    if (end.result !== "done") return this.#host.end(statusOf(end));
    if (lengthOf(end.data) !== lengthOf(job.data)) {
      this.#host.end("deciding");
      return this.#context.ports.drop("a relayed read brought another amount of data");
    }
    scatterInto(end.data, job.data);
    const { restarted, subReported, subEnded } = this.#context.example;
    this.#context.steps(command, 1, restarted);
    this.#host.ended(subReported, subEnded);
    this.#host.end("ok");
  }

  relayFreed(): void {
    // Reads are not told to stand by.
  }

  takesCopy(): boolean {
    return false;
  }

  copied(): void {
    // A read changes nothing.
  }

  copyLost(): void {
    // No copy is of it.
  }
}

/** How a relayed job ends by what the main side says of it, if not well. */
export function statusOf(end: RelayEnd): JobStatus {
  switch (end.result) {
    case "reserved":
    case "miscompare":
    case "medium-error":
    case "no-space":
      return end.result;
    default:
      return "deciding";
  }
}
