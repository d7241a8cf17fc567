/**
 * JOB1 of a host's write at the sub side (859–861, 832–839, 851–854, 840, 841), with JOB3 as its
 * messenger. The main side decides its order; this side's copy is written by JOB2 with the data
 * that waits here.
 *
 *   859 reserved? ──yes──▶ 834, 835
 *    ▼
 *   860 excluded? ──yes──▶ 836 standby ──granted──▶ 859
 *    ▼
 *   861 exclusive-sub ─▶ 862 relayed ──"exclusive"─▶ 832, 851, 833 waiting ──freed─▶ 859, ticket
 *                          │  └──"reserved"─▶ 837, 852, 838, 839
 *                          ▼
 *                        853 copying ─▶ 854 copied ─▶ 840, 841
 *
 *   The link or the pair is lost:
 *   relayed, copying, copied ─▶ lost, nobody knows ──this side goes on──▶ done again by itself
 *                                                  └──another does──▶ "unavailable"
 *   standby, waiting ─▶ idle, nothing was done ─▶ again, by what the pair is then
 *
 * In the first two examples the sub side takes no exclusive state and is told of none: 860, 861,
 * 832 and 851 do not occur, and JOB2 takes the state for its write alone.
 *
 * The asynchronous forms tell the host earlier: before the relay in the first two examples
 * [0063] [0069]; in the third when both sides are exclusive, the data following then [0078].
 */
import type { JobStatus } from "../../block/job";
import type { Claim } from "../exclusion";
import type { JobContext } from "./context";
import type { Course, HostJob } from "./host-job";
import type { RelayEnd, RelayOwner } from "./relay-sender";
import { RelaySender } from "./relay-sender";
import { statusOf } from "./relayed-read";

type State = "idle" | "standby" | "relayed" | "waiting" | "copying" | "copied" | "ended";

export class SubWrite implements Course, RelayOwner {
  readonly #context: JobContext;
  readonly #host: HostJob;
  readonly #sender: RelaySender;
  #claim: Claim | null = null;
  #state: State = "idle";
  /** It has been told to stand by once, and the main side keeps the range for it. */
  #hasTicket = false;
  /** The other side does not answer any more. */
  #isLost = false;
  /** The main side has reported JOB4's end. */
  #isReported = false;

  constructor(context: JobContext, host: HostJob) {
    this.#context = context;
    this.#host = host;
    this.#sender = new RelaySender(context, { host, owner: this });
  }

  start(): void {
    const { example, exclusion } = this.#context;
    if (this.#isRefused()) return;
    if (!example.isTentative) this.#host.endEarly(example.subReported);
    // One offered anew waits at the main side, whose copies must not wait for it here meanwhile.
    if (!example.isTentative || this.#host.isEarly) return this.#relay();
    this.#step(860);
    const kind = { isShared: false, isUrgent: this.#hasTicket };
    this.#claim = this.#context.claim(this.#host.job, kind, () => this.#granted());
    if (exclusion.acquire(this.#claim)) return this.#relay();
    this.#state = "standby";
    this.#step(836);
  }

  lost(): void {
    this.#isLost = true;
  }

  leave(then: () => void): void {
    if (this.#state !== "copying" && this.#state !== "copied") this.#giveBack(then);
  }

  standingChanged(): void {
    const { standing, role } = this.#context.pair;
    const isAsBefore = standing === "mirrored" && role === "sub" && !this.#isLost;
    if (!isAsBefore) this.#resolve();
  }

  abort(): boolean {
    if (this.#state !== "standby" && this.#state !== "waiting") return false;
    if (this.#hasTicket || this.#state === "waiting") this.#sender.withdraw();
    this.#state = "ended";
    this.#releaseClaim();
    return true;
  }

  relayEnded(end: RelayEnd): void {
    if (this.#isLost) return;
    switch (end.result) {
      case "done":
        this.#isReported = true;
        // Nothing was to be copied.
        if (this.#state === "relayed") return this.#end("ok");
        return this.#settle();
      case "exclusive":
        return this.#standBy();
      case "reserved":
        this.#step(837);
        return this.#endReserved();
      default:
        return this.#failed(end);
    }
  }

  relayFreed(): void {
    if (this.#state !== "waiting" || this.#isLost) return;
    this.#hasTicket = true;
    this.#state = "idle";
    this.start();
  }

  relayGranted(): void {
    if (this.#state !== "relayed" || this.#isLost) return;
    this.#host.endEarly(this.#context.example.subReported);
    this.#sender.sendData();
  }

  takesCopy(): boolean {
    if (this.#state !== "relayed") return false;
    this.#state = "copying";
    return this.#claim !== null;
  }

  copied(status: JobStatus): void {
    if (this.#state !== "copying") return;
    this.#state = status === "ok" ? "copied" : "relayed";
    if (status === "ok") {
      this.#host.settled();
      this.#releaseClaim();
      this.#step(854);
    }
    if (this.#isLost) this.#resolve();
    else this.#settle();
  }

  copyLost(): void {
    this.#state = "relayed";
  }

  /** Copied here: the host's job ends now, or with the main side's report. */
  #settle(): void {
    const { options, pair } = this.#context;
    if (this.#state !== "copied") return;
    if (options.completeAt === "job-four-end" && !this.#isReported) return;
    if (pair.standing === "mirrored") this.#end("ok");
  }

  #granted(): void {
    this.#state = "idle";
    const { standing, role } = this.#context.pair;
    if (standing !== "mirrored" || role === "main") return this.#again();
    if (!this.#isRefused()) this.#relay();
  }

  /** Somebody else's reservation, as far as this side knows of it, ends it. */
  #isRefused(): boolean {
    const { command, job } = this.#host;
    this.#step(859);
    if (!this.#context.isReserved(job.origin)) return false;
    this.#context.steps(command, 1, this.#context.example.subReserved);
    if (this.#hasTicket) this.#sender.withdraw();
    this.#giveBack(() => this.#host.end("reserved"));
    return true;
  }

  #relay(): void {
    const { command } = this.#host;
    this.#step(861);
    this.#state = "relayed";
    this.#context.steps(command, 1, this.#context.example.asked);
    const isLockOnly = this.#context.example.isTentative && this.#host.mayEndEarly;
    this.#sender.send({ hasTicket: this.#hasTicket, isLockOnly });
  }

  /** Somebody holds exclusive-main: this side gives way before it waits. */
  #standBy(): void {
    this.#step(832);
    this.#state = "waiting";
    this.#step(851);
    this.#releaseClaim();
    this.#step(833);
    const { standing, role } = this.#context.pair;
    if (standing !== "mirrored" || role === "main") this.#resolve();
  }

  #endReserved(): void {
    const { command } = this.#host;
    this.#step(852);
    const steps = this.#context.example.isTentative ? [838, 839] : [707];
    this.#giveBack(() => {
      this.#context.steps(command, 1, steps);
      this.#host.end("reserved");
    });
  }

  #failed(end: RelayEnd): void {
    const { role } = this.#context.pair;
    // It came when the roles had been exchanged: nothing was done, and this side decides now.
    if (end.result === "check" && role === "main") return this.#again();
    this.#host.job.miscompareAt = end.miscompareAt;
    this.#end(statusOf(end));
  }

  /** Without the other side's answer. */
  #resolve(): void {
    const { standing, role } = this.#context.pair;
    switch (this.#state) {
      case "idle":
      case "standby":
      case "waiting":
        return this.#again();
      case "relayed":
        if (standing === "deciding") return;
        if (standing === "alone") return this.#again();
        if (this.#host.isEarly) return this.#resolveEarly();
        // The roles were exchanged, and the main side did not do it before.
        if (!this.#isLost) return role === "main" ? this.#again() : undefined;
        return this.#end(standing === "mirrored" ? "deciding" : "unavailable");
      case "copied":
        if (standing === "deciding") return;
        return this.#end(standing === "blocked" && !this.#host.isEarly ? "unavailable" : "ok");
      default:
    }
  }

  /** The main side does what it was sent whatever it becomes; else it is offered once more. */
  #resolveEarly(): void {
    const { pair, ports } = this.#context;
    const isSub = pair.standing === "mirrored" && pair.role === "sub";
    const isOffered = isSub && !this.#isLost;
    if (isOffered) return;
    const isAtMain = pair.standing === "blocked" && ports.isLinkUp();
    if (isAtMain && !this.#context.example.isTentative) return this.#end("ok");
    if (!isSub) return this.#again();
    this.#end("deciding");
  }

  #end(status: JobStatus): void {
    const { restarted, subReported, subEnded } = this.#context.example;
    this.#giveBack(() => {
      this.#context.steps(this.#host.command, 1, restarted);
      this.#host.ended(subReported, subEnded);
      this.#host.end(status);
    });
  }

  #again(): void {
    this.#giveBack(() => this.#host.again());
  }

  /** Gives back all it has here; `then` when its data is not being sent any more. */
  #giveBack(then: () => void): void {
    this.#state = "ended";
    this.#sender.close();
    this.#releaseClaim();
    this.#sender.whenSent(then);
  }

  #releaseClaim(): void {
    if (this.#claim !== null) this.#context.exclusion.release(this.#claim);
    this.#claim = null;
  }

  #step(step: number): void {
    this.#context.step17(this.#host.command, 1, step);
  }
}
