/**
 * Whether a side serves hosts without the other: by itself where its record says that its copy is
 * as new as any, or because an operator says so. A copy that was in no pair proves nothing: the
 * other side may have the data. When it is asked is `pair.ts`'s business.
 */
import type { PairCore } from "./pair-core";
import type { Decision } from "./pair-decision";
import { membersOf, PAIR_ID_LENGTH } from "./pair-record";
import type { PairAnswer } from "./pair-status";

const NOT_PAIRED =
  "there is no pair yet, and the other side may have newer data: start the other side, " +
  "or say `pair alone` here to serve this copy without it";
const NOT_SAVED = "the pair's record cannot be saved";
const UNREACHED = "the other side cannot be reached";

export class PairAlone {
  readonly #core: PairCore;
  /** The other side claims to be the one that may go on alone, too. */
  #isBarred = false;

  constructor(core: PairCore) {
    this.#core = core;
  }

  /** Both sides have told each other what they are. */
  decided(decision: Decision): void {
    this.#isBarred = decision.is === "refused" && !decision.mayGoOn;
  }

  /** Whether it is worth waiting to see who goes on: hosts wait as long. */
  get isCandidate(): boolean {
    const core = this.#core;
    if (!this.#isSurvivor || core.isBroken || core.isDamaged || !core.isConsistent) return false;
    return core.record === null || core.record.members === "both" || core.isAlone;
  }

  /** The other has not been heard for long enough. */
  decide(): void {
    const core = this.#core;
    if (!this.isCandidate) {
      const text = "This side may not go on without the other: hosts are refused";
      core.change({ event: "blocked", standing: "blocked", level: "warn", text });
    } else if (core.record === null) {
      const why = core.problem ?? NOT_PAIRED;
      const text = `Hosts are refused: ${why}`;
      core.change({ event: "blocked", standing: "blocked", level: "warn", text });
    } else {
      this.#goOn("The other side is gone: this side goes on alone and records what it changes");
    }
  }

  /** An operator knows that no other copy is newer. */
  command(): PairAnswer {
    const core = this.#core;
    const refusal = this.#refusal();
    if (refusal !== null) return { ok: false, text: `Nothing was done: ${refusal}.` };
    const text = "As an operator wishes, this side goes on alone and records what it changes";
    if (!this.#goOn(text, core.fields.entropy(PAIR_ID_LENGTH))) {
      return { ok: false, text: `Nothing was done: ${NOT_SAVED}.` };
    }
    core.problem = null;
    return {
      ok: true,
      text: "This side serves its copy alone; a new copy at the other side joins.",
    };
  }

  /** Why hosts are refused while nobody is there to say more: a sentence without its full stop. */
  get problem(): string | null {
    const core = this.#core;
    if (core.problem !== null) return core.problem;
    if (core.standing !== "blocked" || core.fields.link.isUp) return null;
    if (!core.isConsistent) return `${UNREACHED}, and this copy is half of a resync`;
    if (!this.#isSurvivor) return `${UNREACHED}, and ${this.#othersRight}`;
    if (core.record === null) return NOT_PAIRED;
    return `${UNREACHED}, and it went on without this side`;
  }

  get #isSurvivor(): boolean {
    return this.#core.fields.config.survivor === this.#core.side && !this.#isBarred;
  }

  get #othersRight(): string {
    const { survivor } = this.#core.fields.config;
    if (this.#isBarred) return "each side is configured to be the survivor";
    if (survivor === null) return "by the setting survivor neither side goes on alone";
    return `by the setting survivor only side ${survivor} goes on alone`;
  }

  #refusal(): string | null {
    const core = this.#core;
    if (core.isBroken) return core.problem ?? NOT_SAVED;
    if (core.record !== null) return "there is a pair already";
    if (!this.#isSurvivor) return this.#othersRight;
    if (core.fields.link.isUp) {
      return "the other side is there: say `pair create` at the side whose data is to be kept";
    }
    if (core.standing === "deciding") return "the other side is still waited for: ask again soon";
    return null;
  }

  #goOn(text: string, pairId?: Uint8Array): boolean {
    const core = this.#core;
    core.map.pinAll();
    const named = pairId === undefined ? {} : { pairId };
    return core.change({
      event: core.role === "main" || pairId !== undefined ? "lost" : "taken-over",
      record: { ...named, epoch: core.epoch + 1, members: membersOf(core.side), role: "main" },
      standing: "alone",
      level: "warn",
      text,
    });
  }
}
