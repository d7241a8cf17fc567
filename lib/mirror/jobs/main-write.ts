/**
 * JOB1 of a host's write at the side that orders (842–850, 855, 846, 847).
 *
 *   842 reserved? ──yes──▶ 848, 849
 *    │▲
 *    ▼└───────granted────────┐
 *   843 excluded? ──yes──▶ 850 standby
 *    └─▶ 844 exclusive-main ──▶ 845 both copies ──▶ 855, 846, 847
 */
import type { Job, JobStatus } from "../../block/job";
import type { Claim } from "../exclusion";
import { startOrdered } from "./read-first";
import type { JobContext } from "./context";
import type { Course, HostJob } from "./host-job";

export class MainWrite implements Course {
  readonly #context: JobContext;
  readonly #host: HostJob;
  readonly #claim: Claim;

  constructor(context: JobContext, host: HostJob) {
    this.#context = context;
    this.#host = host;
    const kind = { isShared: false, isUrgent: false };
    this.#claim = context.claim(host.job, kind, () => this.#granted());
  }

  start(): void {
    if (this.#isRefused()) return;
    this.#context.step17(this.#host.command, 1, 843);
    if (this.#context.exclusion.acquire(this.#claim)) return this.#write();
    this.#context.step17(this.#host.command, 1, 850);
  }

  lost(): void {
    // Its copy is told by itself; where it stands by, `standingChanged` follows.
  }

  standingChanged(): void {
    if (this.#claim.state !== "waiting") return;
    this.#context.exclusion.release(this.#claim);
    this.#host.again();
  }

  abort(): boolean {
    if (this.#claim.state !== "waiting") return false;
    this.#context.exclusion.release(this.#claim);
    return true;
  }

  /** It goes on from the reservation test: one may have come while it stood by. */
  #granted(): void {
    const { standing } = this.#context.pair;
    const isAllowed = standing === "mirrored" || standing === "alone";
    if (!isAllowed || !this.#context.isOrdering) {
      this.#context.exclusion.release(this.#claim);
      return this.#host.again();
    }
    if (!this.#isRefused()) this.#write();
  }

  /** Somebody else's reservation ends it. */
  #isRefused(): boolean {
    const { command, job } = this.#host;
    this.#context.step17(command, 1, 842);
    if (!this.#context.isReserved(job.origin)) return false;
    this.#context.exclusion.release(this.#claim);
    this.#context.steps(command, 1, this.#context.example.mainReserved);
    this.#host.end("reserved");
    return true;
  }

  #write(): void {
    const { command, job } = this.#host;
    this.#context.step17(command, 1, 844);
    this.#context.step17(command, 1, 845);
    const { mainReported } = this.#context.example;
    const endEarly = (): Job => {
      this.#host.endEarly(mainReported);
      return this.#host.job;
    };
    startOrdered(this.#context, {
      command,
      work: job,
      relayed: null,
      endEarly: this.#mayEndEarly() ? endEarly : null,
      done: (status, miscompareAt = 0) => this.#written(status, miscompareAt),
    });
  }

  /** In the third example: in the others the main side's hosts wait for both copies. [0077] */
  #mayEndEarly(): boolean {
    return this.#context.options.acknowledge === "async-locked" && this.#host.mayEndEarly;
  }

  #written(status: JobStatus, miscompareAt: number): void {
    const { command, job } = this.#host;
    const { mainReported, mainEnded } = this.#context.example;
    this.#context.exclusion.release(this.#claim);
    this.#context.step17(command, 1, 855);
    this.#host.ended(mainReported, mainEnded);
    job.miscompareAt = miscompareAt;
    this.#host.end(status);
  }
}
