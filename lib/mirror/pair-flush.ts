/**
 * Flushes of both copies: what they cover may be taken out of the dirty map, since not even a loss
 * of power on one side makes the copies differ there. Only the main side asks for them.
 */
import type { Job } from "../block/job";
import type { PairCore } from "./pair-core";

type Then = (isDone: boolean) => void;

export class PairFlush {
  readonly #core: PairCore;
  #id = 0;
  /** Who waits for the flush under way; null: none is. */
  #current: Then[] | null = null;
  /** Who came after it began: it does not cover what they ask for. */
  #next: Then[] = [];
  /** Parts of the flush under way that have not ended: this side's, the other's. */
  #open = 0;
  #hasFailed = false;

  constructor(core: PairCore) {
    this.#core = core;
  }

  get isIdle(): boolean {
    return this.#current === null;
  }

  request(then: Then): void {
    this.#next.push(then);
    if (this.#current === null) this.#begin();
  }

  /** The other side's answer. */
  ended(id: number, isDone: boolean): void {
    if (id === this.#id && this.#current !== null) this.#endOne(isDone);
  }

  /** The link is gone: nobody knows what the other side has done. */
  cancel(): void {
    const waiting = [...(this.#current ?? []), ...this.#next];
    this.#core.map.unsettle();
    this.#id++;
    this.#current = null;
    this.#next = [];
    for (const then of waiting) then(false);
  }

  #begin(): void {
    const id = ++this.#id;
    this.#current = this.#next;
    this.#next = [];
    this.#open = 2;
    this.#hasFailed = false;
    this.#core.map.settle();
    this.#core.send("flush", { id });
    const onDone = (job: Job): void => this.ended(id, job.status === "ok");
    this.#core.submit({ op: "flush", lba: 0, blockCount: 0, data: [] }, onDone);
  }

  #endOne(isDone: boolean): void {
    if (!isDone) this.#hasFailed = true;
    this.#open--;
    if (this.#open > 0) return;
    if (this.#hasFailed) this.#core.map.unsettle();
    else this.#core.map.settled();
    const waiting = this.#current ?? [];
    this.#current = null;
    for (const then of waiting) then(!this.#hasFailed);
    if (this.#current === null && this.#next.length > 0) this.#begin();
  }
}
