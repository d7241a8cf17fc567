/**
 * JOB2 at the sub side: does what the main side ordered to this side's copy and reports the end
 * (708–712). Nothing that comes this way is ever relayed again: there is no loop. [0049]
 *
 *   begun ──exclusive-sub is held here──▶ standby ──it is released──▶ writing ──▶ ended   (845)
 *     └───────────────────────────────────────────────────────────────▲
 *   standby ──the link or the pair is lost──▶ ended, nothing was written
 *
 * A write that the main side told of has exclusive-sub here already, where that comes first
 * [0077]: `told-write.ts`.
 */
import type { Lease } from "../../base/lease";
import { type JobStatus, readsFirst } from "../../block/job";
import type { Claim } from "../exclusion";
import type { JobResult, LinkMessage } from "../messages";
import type { JobContext, Work } from "./context";
import { changes, resultOf } from "./context";
import type { RelaySender } from "./relay-sender";

export type CopyMessage = Extract<LinkMessage, { readonly type: "copy" }>;

export class CopyReceiver {
  readonly #context: JobContext;
  readonly #message: CopyMessage;
  readonly #lease: Lease | null;
  readonly #session: number;
  readonly #number: number;
  /** For the trace: the relayed command's number, or the copy's. */
  readonly #command: number;
  /** The command of this side's host that it ends, if it does. */
  readonly #relay: RelaySender | null;
  #claim: Claim | null = null;
  #isStandby = false;

  constructor(context: JobContext, message: CopyMessage, lease: Lease | null) {
    this.#context = context;
    this.#message = message;
    this.#lease = lease;
    this.#session = context.session;
    this.#number = context.nextCopy();
    this.#command = message.relayId === 0 ? message.copyId : message.relayId;
    this.#relay = context.relays.get(message.relayId) ?? null;
  }

  start(): void {
    const { pair } = this.#context;
    const { isOmitted, op } = this.#message;
    this.#context.steps(this.#command, 2, [708, 709]);
    if (pair.standing !== "mirrored" || pair.role === "main") {
      this.#context.step(this.#command, 2, 710);
      return this.#answer("check");
    }
    const data = this.#data();
    if (data === null) return this.#answer("need-data");
    const work: Work = isOmitted ? { ...this.#message, data } : this.#message;
    const isCopy = op !== "read" && !readsFirst(op);
    if (!isCopy || !this.#context.fits(work)) {
      return this.#context.ports.drop("a copy does not fit the volume");
    }
    if (!isOmitted) this.#lease?.hold();
    this.#context.receivedCopies.set(this.#number, this);
    if (op === "flush" || (this.#relay?.takesCopy() ?? false)) return this.#write(work);
    this.#claim = this.#context.told.get(this.#message.copyId)?.takeClaim() ?? null;
    if (this.#claim !== null) return this.#write(work);
    this.#claim = this.#context.claim(work, { isShared: false, isUrgent: true }, () => {
      this.#isStandby = false;
      this.#writeExclusively(work);
    });
    this.#isStandby = !this.#context.exclusion.acquire(this.#claim);
    if (!this.#isStandby) this.#writeExclusively(work);
  }

  /** No answer is wanted any more: what has not begun does not begin. */
  lost(): void {
    if (!this.#isStandby) return;
    this.#isStandby = false;
    this.#forget();
    this.#relay?.copyLost();
  }

  /** The data: in the message, or the relayed command's own. null: it has to be sent. */
  #data(): readonly Uint8Array[] | null {
    const { isOmitted, data, checksum, op } = this.#message;
    if (!isOmitted) return data;
    if (this.#relay === null || op !== this.#relay.job.op) return null;
    return this.#relay.dataFor(checksum);
  }

  /** This side's host has exclusive-sub by its JOB1; another's command has it from here. [0077] */
  #writeExclusively(work: Work): void {
    if (this.#relay === null) this.#context.step17(this.#command, 2, 861);
    this.#write(work);
  }

  #write(work: Work): void {
    this.#context.step(this.#command, 2, 711);
    if (this.#relay !== null) this.#context.step17(this.#command, 1, 853);
    this.#context.submit(work, (job) => this.#written(job.status));
  }

  #written(status: JobStatus): void {
    const { op } = this.#message;
    const isAnswered = this.#session === this.#context.session;
    if (changes(op)) {
      if (status === "ok") this.#context.markFresh(this.#message);
      else this.#context.markStale(this.#message);
    }
    this.#context.told.delete(this.#message.copyId);
    this.#forget();
    if (isAnswered) {
      this.#context.step(this.#command, 2, 712);
      this.#answer(resultOf(status));
    }
    if (this.#relay === null && this.#claim !== null) {
      this.#context.step17(this.#command, 2, 854);
    }
    this.#relay?.copied(status);
  }

  #forget(): void {
    this.#context.receivedCopies.delete(this.#number);
    if (!this.#message.isOmitted) this.#lease?.release();
    if (this.#claim !== null) this.#context.exclusion.release(this.#claim);
  }

  #answer(result: JobResult): void {
    const { volume } = this.#context.ports;
    this.#context.ports.send({
      type: "copy-end",
      volume,
      copyId: this.#message.copyId,
      result,
    });
  }
}
