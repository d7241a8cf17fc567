/**
 * The exclusive states of one side's volume [0073]: who works on which blocks. Readers share,
 * writers exclude, and whoever came first goes first, except that what the main side ordered goes
 * before what only waits here. It knows ranges and nothing of jobs, sides or messages.
 *
 *   idle ──acquire──▶ held ──release──▶ idle
 *     └───acquire──▶ waiting ──(a release)──▶ held, `granted` is called
 *                       └────────withdraw──▶ idle
 */
import { assert } from "../base/assert";

export interface ClaimKind {
  /** Whether the work leaves the blocks as they are: such claims never wait for each other. */
  readonly isShared: boolean;
  /** It stands before all that wait and are not urgent. */
  readonly isUrgent: boolean;
}

/** Blocks [start, end) that somebody works on or wants to. */
export class Claim implements ClaimKind {
  readonly start: number;
  readonly end: number;
  readonly isShared: boolean;
  readonly isUrgent: boolean;
  /** Called when it had to wait and is held now; never within `acquire`. */
  readonly granted: () => void;
  state: "idle" | "waiting" | "held" = "idle";
  /** Where it stands among those held. */
  place = -1;

  constructor(
    { start, end }: { start: number; end: number },
    kind: ClaimKind,
    granted: () => void,
  ) {
    this.start = start;
    this.end = end;
    this.isShared = kind.isShared;
    this.isUrgent = kind.isUrgent;
    this.granted = granted;
  }
}

function conflict(a: Claim, b: Claim): boolean {
  return a.start < b.end && b.start < a.end && !(a.isShared && b.isShared);
}

export class Exclusion {
  /** In no order; no Set, which makes garbage under churn. */
  readonly #held: Claim[] = [];
  /** How many of them let nobody in beside them. */
  #exclusiveCount = 0;
  /** Urgent ones first, each kind in the order it came. */
  #waiting: Claim[] = [];
  /** Held already, and not told yet. */
  #toTell: Claim[] = [];
  #isTelling = false;

  get heldCount(): number {
    return this.#held.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** True: held at once. False: it waits, and `granted` will be called unless it is withdrawn. */
  acquire(claim: Claim): boolean {
    assert(claim.state === "idle", "a claim is made once at a time");
    if (!this.isBlocked(claim)) {
      this.#hold(claim);
      return true;
    }
    claim.state = "waiting";
    const after = claim.isUrgent ? this.#waiting.findIndex((other) => !other.isUrgent) : -1;
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, claim);
    return false;
  }

  /** Whether `acquire` would have to wait. */
  isBlocked(claim: Claim): boolean {
    return this.#isHeldAgainst(claim) || this.#isBehind(claim);
  }

  /** Gives a held claim back, or takes one out of the line; an idle one stays as it is. */
  release(claim: Claim): void {
    if (claim.state === "held") this.#letGo(claim);
    else if (claim.state === "waiting") this.#waiting.splice(this.#waiting.indexOf(claim), 1);
    else return;
    claim.state = "idle";
    this.#grant();
  }

  /** No two who exclude each other hold; nobody waits for nothing. */
  invariants(): void {
    const held = this.#held;
    const exclusive = held.filter(({ isShared }) => !isShared);
    assert(exclusive.length === this.#exclusiveCount, "exclusive ones are counted");
    held.forEach((one, index) => {
      assert(one.state === "held" && one.place === index, "who holds knows it");
      const isAlone = held.slice(index + 1).every((other) => !conflict(one, other));
      assert(isAlone, "exclusive ranges do not overlap");
    });
    this.#waiting.forEach((claim, index) => {
      assert(claim.state === "waiting", "who waits knows it");
      const before = [...held, ...this.#waiting.slice(0, index)];
      assert(
        before.some((other) => conflict(other, claim)),
        "who waits, waits for somebody",
      );
    });
  }

  /** Those that share do not look at each other. */
  #isHeldAgainst(claim: Claim): boolean {
    if (claim.isShared && this.#exclusiveCount === 0) return false;
    for (let at = 0; at < this.#held.length; at++) {
      if (conflict(this.#held[at] as Claim, claim)) return true;
    }
    return false;
  }

  #isBehind(claim: Claim): boolean {
    if (this.#waiting.length === 0) return false;
    return this.#waiting.some(
      (earlier) => (earlier.isUrgent || !claim.isUrgent) && conflict(earlier, claim),
    );
  }

  #hold(claim: Claim): void {
    claim.state = "held";
    claim.place = this.#held.length;
    this.#held.push(claim);
    if (!claim.isShared) this.#exclusiveCount++;
  }

  /** The last one takes its place. */
  #letGo(claim: Claim): void {
    if (!claim.isShared) this.#exclusiveCount--;
    const last = this.#held.pop() as Claim;
    if (last === claim) return;
    this.#held[claim.place] = last;
    last.place = claim.place;
  }

  /** Who is told may release in turn: it comes back here, and those granted then are told after. */
  #grant(): void {
    if (this.#waiting.length === 0 && this.#toTell.length === 0) return;
    if (this.#waiting.length > 0) {
      const candidates = this.#waiting;
      this.#waiting = [];
      for (const candidate of candidates) {
        if (this.isBlocked(candidate)) {
          this.#waiting.push(candidate);
          continue;
        }
        this.#hold(candidate);
        this.#toTell.push(candidate);
      }
    }
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let claim = this.#toTell.shift(); claim !== undefined; claim = this.#toTell.shift()) {
      if (claim.state === "held") claim.granted();
    }
    this.#isTelling = false;
  }
}
