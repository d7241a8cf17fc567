/**
 * JOB2 at the sub side before there is data: the main side tells of a write. Reads learn what it
 * will change [0061]; in the asynchronous form of the third example this side becomes exclusive for
 * it, so that the main side's host can go on [0077]. The write itself is `copy-receiver.ts`.
 *
 *   told ──exclusive-sub──▶ answered ──the copy takes it over──▶ written
 *     └──────────┴──unlock, or the link or the pair is lost──▶ forgotten
 */
import type { Claim } from "../exclusion";
import type { LinkMessage } from "../messages";
import type { JobContext, Range } from "./context";

type Lock = Extract<LinkMessage, { readonly type: "lock" }>;

export class ToldWrite implements Range {
  readonly lba: number;
  readonly blockCount: number;
  readonly #context: JobContext;
  readonly #copyId: number;
  /** null: none is asked for before the copy, or the copy has it. */
  #claim: Claim | null = null;

  constructor(context: JobContext, { copyId, lba, blockCount }: Lock) {
    this.#context = context;
    this.#copyId = copyId;
    this.lba = lba;
    this.blockCount = blockCount;
  }

  start(): void {
    const { pair, options, exclusion } = this.#context;
    const isSub = pair.standing === "mirrored" && pair.role === "sub";
    // Where it is not, the copy is answered so.
    if (options.acknowledge !== "async-locked" || !isSub) return this.#answer();
    const kind = { isShared: false, isUrgent: true };
    this.#claim = this.#context.claim(this, kind, () => this.#exclusive());
    if (exclusion.acquire(this.#claim)) this.#exclusive();
  }

  /** The exclusive state goes to the copy; null: the copy has to obtain it. */
  takeClaim(): Claim | null {
    if (this.#claim?.state !== "held") return null;
    const claim = this.#claim;
    this.#claim = null;
    return claim;
  }

  forget(): void {
    if (this.#claim !== null) this.#context.exclusion.release(this.#claim);
    this.#claim = null;
  }

  #exclusive(): void {
    this.#context.step17(this.#copyId, 2, 861);
    this.#answer();
  }

  #answer(): void {
    const { volume } = this.#context.ports;
    this.#context.ports.send({ type: "lock-end", volume, copyId: this.#copyId });
  }
}
