/**
 * A host's read of this side's own copy, sharing its range with other reads and never with a write
 * under way [0079, row R4]. Whether what it read is the newest is asked after it has been read.
 *
 *   idle ──▶ standby ──▶ reading ──▶ ended
 */
import type { Job, JobStatus } from "../../block/job";
import type { Claim } from "../exclusion";
import type { JobContext } from "./context";
import type { Course, HostJob } from "./host-job";

export class LocalRead implements Course {
  readonly #context: JobContext;
  readonly #host: HostJob;
  readonly #claim: Claim;
  #reading: Job | null = null;

  constructor(context: JobContext, host: HostJob) {
    this.#context = context;
    this.#host = host;
    const kind = { isShared: true, isUrgent: false };
    this.#claim = context.claim(host.job, kind, () => this.#granted());
  }

  start(): void {
    if (this.#context.exclusion.acquire(this.#claim)) this.#read();
  }

  lost(): void {
    // It asked nobody.
  }

  standingChanged(): void {
    if (this.#claim.state !== "waiting") return;
    this.#context.exclusion.release(this.#claim);
    this.#host.again();
  }

  abort(): boolean {
    if (this.#reading !== null) {
      this.#context.ports.device.abort(this.#reading);
      return false;
    }
    this.#context.exclusion.release(this.#claim);
    return true;
  }

  /** Much may have come between: it is asked again where to read. */
  #granted(): void {
    const { standing } = this.#context.pair;
    const isAllowed = standing === "mirrored" || standing === "alone";
    if (isAllowed && this.#context.mayReadHere(this.#host.job)) return this.#read();
    this.#context.exclusion.release(this.#claim);
    this.#host.again();
  }

  #read(): void {
    const { job } = this.#host;
    this.#reading = this.#context.submit(job, ({ status }) => this.#ended(status));
  }

  #ended(status: JobStatus): void {
    const { pair, ports, example, isOrdering } = this.#context;
    this.#context.exclusion.release(this.#claim);
    if (status !== "ok") return this.#host.end(status);
    if (!pair.mayRead(ports.nowMs())) {
      return this.#host.end(pair.standing === "blocked" ? "unavailable" : "deciding");
    }
    if (isOrdering) this.#host.ended(example.mainReported, example.mainEnded);
    else this.#host.ended(example.subReported, example.subEnded);
    this.#host.end("ok");
  }
}
