/**
 * What an operator may ask of a pair and is told about it, and what hosts are told of the two
 * paths. Values and pure functions; the pair's life itself is `pair.ts`.
 */
import type { MirrorOptions, Role, Side } from "./config";
import type { PairState } from "./pair-state";
import type { Standing } from "./pair-view";

/** What an operator can ask for; at either side, unless it says otherwise. */
export type PairCommand =
  /** Makes a pair and copies everything; what `source` (null: this side) has is kept. */
  | { readonly type: "create"; readonly source: Side | null }
  /** This side serves its copy, which was in no pair, without the other side's. */
  | { readonly type: "alone" }
  /** The main side goes on alone and records what it changes; the other stays as it is. */
  | { readonly type: "split" }
  /** Ends a split, or copies what is known to differ; `source` decides when both changed. */
  | { readonly type: "resync"; readonly source: Side | null }
  /** Compares both copies in the background; `isRepairing`: resyncs what differs at its end. */
  | { readonly type: "verify"; readonly isRepairing: boolean }
  /** Exchanges the roles of main and sub. [0082] */
  | { readonly type: "swap" };

export interface PairAnswer {
  readonly ok: boolean;
  /** A sentence: what happens now, or why nothing does. */
  readonly text: string;
}

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly bytesPerS: number;
  /** Infinity while nothing is known of the rate. */
  readonly secondsLeft: number;
}

export interface VerifyResult {
  readonly isComplete: boolean;
  readonly comparedBytes: number;
  readonly differingBytes: number;
  /** The first ranges that differ, at most `limits.verifyRangesMax`. */
  readonly ranges: readonly { readonly lba: number; readonly blockCount: number }[];
}

export interface VolumeStatus {
  readonly number: number;
  readonly side: Side;
  readonly role: Role;
  readonly state: PairState;
  readonly standing: Standing;
  readonly isConsistent: boolean;
  readonly isLinked: boolean;
  /** 32 hexadecimal digits; empty: no pair. */
  readonly pairId: string;
  readonly epoch: number;
  /** Bytes of regions that differ or may; those only just written to are not counted. */
  readonly differingBytes: number;
  readonly resync: Progress | null;
  readonly verify: Progress | null;
  readonly lastVerify: VerifyResult | null;
  /** A sentence on what keeps the pair from being mirrored; null: nothing does. */
  readonly problem: string | null;
}

/** The asymmetric access states of SPC-5 that a side's ports can have. */
export type AccessState =
  "active-optimized" | "active-non-optimized" | "unavailable" | "transitioning" | "standby";

/** What both sides' ports report; both sides compute the same while they are mirrored. */
export function accessStatesOf(of: {
  side: Side;
  role: Role;
  state: PairState;
  standing: Standing;
  example: MirrorOptions["example"];
}): ReadonlyMap<Side, AccessState> {
  const other: Side = of.side === 1 ? 2 : 1;
  const both = (own: AccessState, theirs: AccessState): ReadonlyMap<Side, AccessState> => {
    const [first, second] = of.side === 1 ? [own, theirs] : [theirs, own];
    return new Map<Side, AccessState>([
      [1, first],
      [2, second],
    ]);
  };
  switch (of.standing) {
    case "deciding":
      return both("transitioning", "transitioning");
    case "alone":
      return both("active-optimized", "unavailable");
    case "blocked":
      return both("unavailable", "active-optimized");
    case "mirrored": {
      const main = of.role === "main" ? of.side : other;
      const isSymmetric = of.state === "PAIR" && of.example === "symmetric";
      const sub = isSymmetric ? "active-optimized" : "active-non-optimized";
      return main === of.side ? both("active-optimized", sub) : both(sub, "active-optimized");
    }
  }
}
