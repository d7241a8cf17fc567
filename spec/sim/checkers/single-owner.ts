/**
 * Whether at most one side serves hosts by itself, and none that must not: what their standings
 * allow, and what hosts are told.
 */
import type { Job } from "../../../lib/block/job";
import type { Side } from "../../../lib/mirror/config";
import type { Standing } from "../../../lib/mirror/pair-view";

function keyOf(volume: number, side: Side): number {
  return volume * 2 + side;
}

export class SingleOwner {
  /** By volume and side; a side that is down has none. */
  readonly #standings = new Map<number, Standing>();
  readonly #before = new Map<number, Standing>();

  /** After every turn. A sentence on what may not be, or null. */
  stands(volume: number, side: Side, standing: Standing | null): string | null {
    const key = keyOf(volume, side);
    const before = this.#standings.get(key);
    if (before === undefined) this.#before.delete(key);
    else this.#before.set(key, before);
    if (standing === null) this.#standings.delete(key);
    else this.#standings.set(key, standing);
    const other = this.#standings.get(keyOf(volume, side === 1 ? 2 : 1));
    if (standing === "alone" && other === "alone")
      return `both sides are alone on volume ${volume}`;
    return null;
  }

  /** A side told a host that its job is done, in the turn that `stands` was told of. */
  answered(volume: number, side: Side, job: Job): string | null {
    const key = keyOf(volume, side);
    // A flush is of what was written before: it may be known to be done a little late.
    if (job.op === "flush") return null;
    if (this.#standings.get(key) !== "blocked" || this.#before.get(key) !== "blocked") return null;
    return `side ${side} is blocked on volume ${volume} and ended a ${job.op} well`;
  }
}
