/**
 * The states of one side of a pair and what leads from one to another, as one pure table; also
 * which commands a state allows. It decides nothing and keeps nothing: `pair.ts` does.
 *
 *              founded, paired        completed          split ┌──────┐
 *   ┌──────┐ ─────────────────► ┌──────┐ ◄──── ┌──────┐ ─────► │ PSUS │ main, alone
 *   │ SMPL │                    │ PAIR │       │ COPY │  left  ├──────┤
 *   └──────┘ ── joined ───┐     └──────┘ ────► └──────┘ ─────► │ SSUS │ sub, blocked
 *                         └──────── joined ──────► ▲           ├──────┤
 *        lost, failed, blocked, dropped: PSUE      │           │ PSUE │ after a failure
 *        taken-over: SSWS                          │           ├──────┤
 *                                                  └─ joined ─ │ SSWS │ sub, alone
 *                                                              └──────┘
 */

/** The names that storage administrators know. */
export type PairState =
  /** No pair. */
  | "SMPL"
  /** One side's copy is being made equal to the other's. */
  | "COPY"
  | "PAIR"
  /** Split: this side goes on alone. */
  | "PSUS"
  /** Suspended by a failure: alone, or blocked. */
  | "PSUE"
  /** Split: this side is left as it is. */
  | "SSUS"
  /** The sub side goes on alone. */
  | "SSWS";

/** Facts: they have happened and cannot be refused, only be impossible. */
export type PairEvent =
  /** A pair's name has been given; the other side does not have it yet. */
  | "founded"
  /** A pair begins with equal copies. */
  | "paired"
  | "joined"
  | "completed"
  /** The other side is gone and the main side goes on. */
  | "lost"
  /** The other side is gone and the sub side goes on. */
  | "taken-over"
  /** The other side is gone and this one may not go on. */
  | "blocked"
  /** An operator split the pair: at the side that goes on, at the other. */
  | "split"
  | "left"
  /** The copies could not be kept equal: at the side that goes on, at the other. */
  | "failed"
  | "dropped"
  | "swapped";

export const PAIR_STATES = ["SMPL", "COPY", "PAIR", "PSUS", "PSUE", "SSUS", "SSWS"] as const;

type Row = Readonly<Partial<Record<PairEvent, PairState>>>;

/** (state, event) → state. What is not listed cannot happen. */
export const TRANSITIONS: Readonly<Record<PairState, Row>> = {
  SMPL: {
    founded: "SMPL",
    paired: "PAIR",
    joined: "COPY",
    lost: "PSUE",
    "taken-over": "SSWS",
    blocked: "SMPL",
    dropped: "PSUE",
  },
  COPY: {
    founded: "COPY",
    joined: "COPY",
    completed: "PAIR",
    lost: "PSUE",
    blocked: "PSUE",
    split: "PSUS",
    left: "SSUS",
    failed: "PSUE",
    dropped: "PSUE",
  },
  PAIR: {
    founded: "PAIR",
    joined: "COPY",
    lost: "PSUE",
    "taken-over": "SSWS",
    blocked: "PSUE",
    split: "PSUS",
    left: "SSUS",
    failed: "PSUE",
    dropped: "PSUE",
    swapped: "PAIR",
  },
  PSUS: { founded: "PSUS", joined: "COPY", left: "SSUS", dropped: "PSUE", blocked: "PSUS" },
  PSUE: {
    founded: "PSUE",
    joined: "COPY",
    lost: "PSUE",
    "taken-over": "SSWS",
    left: "SSUS",
    dropped: "PSUE",
    blocked: "PSUE",
  },
  SSUS: { founded: "SSUS", joined: "COPY", left: "SSUS", dropped: "SSUS", blocked: "SSUS" },
  SSWS: { founded: "SSWS", joined: "COPY", left: "SSUS", dropped: "PSUE", blocked: "SSWS" },
};

/** The state after an event; null: it cannot happen in this state. */
export function after(state: PairState, event: PairEvent): PairState | null {
  return TRANSITIONS[state][event] ?? null;
}

/** Wishes: an operator's, which a state may refuse. */
export type PairWish = "create" | "alone" | "split" | "resync" | "verify" | "swap";

const IS_NONE = "there is no pair: make one with `pair create`";
const IS_COPYING = "the copies are being made equal: wait until the state is PAIR";
const IS_SUSPENDED = "the pair is suspended: end that with `pair resync`";
const IS_PAIRED = "there is a pair already";

const SUSPENDED = {
  alone: IS_PAIRED,
  split: IS_SUSPENDED,
  verify: IS_SUSPENDED,
  swap: IS_SUSPENDED,
} as const;

/** Why a state refuses a wish; a wish that is not listed is allowed. */
export const REFUSALS: Readonly<Record<PairState, Readonly<Partial<Record<PairWish, string>>>>> = {
  SMPL: { split: IS_NONE, resync: IS_NONE, verify: IS_NONE, swap: IS_NONE },
  COPY: {
    create: IS_PAIRED,
    alone: IS_PAIRED,
    resync: IS_COPYING,
    verify: IS_COPYING,
    swap: IS_COPYING,
  },
  PAIR: { create: IS_PAIRED, alone: IS_PAIRED },
  PSUS: SUSPENDED,
  PSUE: SUSPENDED,
  SSUS: SUSPENDED,
  SSWS: SUSPENDED,
};

/** A sentence without its full stop, or null when the state allows the wish. */
export function refusalOf(state: PairState, wish: PairWish): string | null {
  return REFUSALS[state][wish] ?? null;
}
