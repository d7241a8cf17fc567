/**
 * The seam between a pair's life (`pair.ts`: who is main, what may be done, what differs) and its
 * traffic (`volume.ts`: the jobs).
 */
import type { Role } from "./config";

/**
 * mirrored: both copies take part, the main side orders;
 * alone: this side only, and it records what it changes;
 * deciding: host jobs wait;
 * blocked: host jobs are refused, the other side may be changing its copy.
 */
export type Standing = "mirrored" | "alone" | "deciding" | "blocked";

/** What the traffic may know of the pair, and must tell it. */
export interface PairView {
  readonly role: Role;
  readonly standing: Standing;
  /** Whether this side's copy is as good as the other: false on the target of a resync. */
  readonly isConsistent: boolean;
  /**
   * Whether what is read here at `nowMs` is the newest, asked after the data has been read: on the
   * sub side while its lease lasts, and so on a main side that the other may go on without.
   */
  mayRead(nowMs: number): boolean;
  /**
   * Before the main side (or one that is alone) writes: the range may differ from now on. False: it
   * could not be recorded, do not write.
   */
  opened(lba: number, blockCount: number): boolean;
  /** Both copies have what was written: once for each `opened`, or one of the two below. */
  closed(lba: number, blockCount: number): void;
  /**
   * It began when there was one copy, whatever there is now: it counts as different since `opened`,
   * and a resync waits for its range.
   */
  endedAlone(lba: number, blockCount: number): void;
  /**
   * The other copy does not have it, or nobody knows, though it took part when this began. It may
   * end the mirrored state before it returns; the host is answered as the new standing has it.
   */
  diverged(lba: number, blockCount: number): void;
  /** As `diverged`, where it is this copy that could not be written: the other is better. */
  failedHere(lba: number, blockCount: number): void;
}

/** What the pair may ask of the traffic. */
export interface VolumeTraffic {
  /**
   * `standing`, `role` or `isConsistent` changed, or a `quiesce` is over: jobs that waited go on or
   * are refused; jobs under way end as the new standing has it.
   */
  standingChanged(): void;
  /**
   * Calls `then` when no host job and no action is under way on either side; new ones wait until
   * the next `standingChanged`. Only the main side asks.
   */
  quiesce(then: () => void): void;
  /**
   * Calls `then` when nothing that anybody has done to this side's copy is under way at its device:
   * before a resync overwrites it. Asked of a side that is blocked or was the sub one.
   */
  whenIdle(then: () => void): void;
  /**
   * This side is about to be the sub one of a pair: writes that its hosts were told to be done, and
   * that the main side may lack, go there before its hosts may write; or, where that side has gone
   * on without them, they are given up.
   */
  offerEarly(isWelcome: boolean): void;
  /**
   * Holds a range as the resync does, exclusive among all writes of both sides, and calls `then`
   * with what gives it back. Only the main side asks.
   */
  holdRange(lba: number, blockCount: number, then: (release: () => void) => void): void;
}
