/**
 * Who is main and what is copied, decided from what both sides say of themselves. A pure function
 * that gives both sides the same answer; it never guesses which data to keep: what it cannot know
 * it refuses with a sentence.
 */
import type { Side } from "./config";
import type { PairRecord } from "./pair-record";
import { membersOf } from "./pair-record";

/** What one side says of itself when the link comes up, or when an operator wishes something. */
export interface Descriptor {
  readonly side: Side;
  readonly firstMain: Side;
  readonly survivor: Side | null;
  /** The options that both sides must have alike, in a few words. */
  readonly options: string;
  readonly blockSize: number;
  readonly blockCount: number;
  /** Nothing has ever been written to this copy. */
  readonly isNew: boolean;
  /** There is a record and it cannot be read. */
  readonly isDamaged: boolean;
  readonly record: PairRecord | null;
  /** What an operator asked of this side just now. */
  readonly wish: DescriptorWish;
  /** Whose copy is kept, for a wish that says so; null: not said. */
  readonly wishSource: Side | null;
}

export type DescriptorWish = "none" | "create" | "resync";

export type Decision =
  /** `mayGoOn`: whether a survivor is one; false when both sides say that they are. */
  | { readonly is: "refused"; readonly why: string; readonly mayGoOn: boolean }
  /** Split by an operator: `main` goes on alone until somebody asks for a resync. */
  | { readonly is: "suspended"; readonly main: Side; readonly epoch: number }
  | {
      readonly is: "join";
      readonly main: Side;
      readonly epoch: number;
      /** The pair's name is drawn anew. */
      readonly isNewPair: boolean;
      /** none: both copies are new; all: everything; map: what either map says. */
      readonly copy: "none" | "all" | "map";
    };

/** Both descriptors of `decide`, by side. */
interface Both {
  readonly first: Descriptor;
  readonly second: Descriptor;
}

type Source =
  | { readonly main: Side; readonly copy: "none" | "all" | "map"; readonly isNewPair: boolean }
  | { readonly why: string };

const CREATE = "say `pair create` at the side whose data is to be kept";
const RESYNC = "say `pair resync` with the side whose changes are to be kept";

/** The same on both sides, whichever descriptor is `mine`. */
export function decide(mine: Descriptor, theirs: Descriptor): Decision {
  if (mine.side === theirs.side) {
    const why = `both sides are configured as side ${mine.side}`;
    return { is: "refused", why, mayGoOn: false };
  }
  const [first, second] = mine.side === 1 ? [mine, theirs] : [theirs, mine];
  const both = { first, second };
  const difference = differenceOf(both);
  if (difference !== null) {
    return { is: "refused", why: difference, mayGoOn: first.survivor === second.survivor };
  }
  const epochs = [first, second].map((side) => side.record?.epoch ?? 0);
  const epoch = Math.max(...epochs) + 1;
  const wished = wishOf(both);
  if (wished === "conflict") {
    return refused("each side has been asked to keep its own copy: ask one side only");
  }
  if (wished?.wish === "create") {
    return { is: "join", main: wished.source, epoch, isNewPair: true, copy: "all" };
  }
  const a = pairOf(first);
  const b = pairOf(second);
  if (a === null || b === null || !a.pairId.every((byte, at) => byte === b.pairId[at])) {
    const source = unpaired(both);
    if ("why" in source) return refused(source.why);
    return { is: "join", ...source, epoch };
  }
  const source = pairedSource(a, b, wished?.source ?? null);
  if ("why" in source) return refused(source.why);
  const main = source.main === 1 ? a : b;
  const isSplit = main.state === "PSUS" && isAlone(main, source.main);
  if (isSplit && wished === null) return { is: "suspended", main: source.main, epoch: main.epoch };
  return { is: "join", ...source, epoch };
}

function refused(why: string): Decision {
  return { is: "refused", why, mayGoOn: true };
}

/** What is configured differently and must not be. */
function differenceOf({ first, second }: Both): string | null {
  if (first.firstMain !== second.firstMain) return "the sides are configured for different mains";
  if (first.survivor !== second.survivor) {
    return "the sides are configured for different survivors";
  }
  if (first.options !== second.options) {
    return `the sides are configured differently (${first.options}; ${second.options})`;
  }
  if (first.blockSize !== second.blockSize || first.blockCount !== second.blockCount) {
    const size = (of: Descriptor): string => `${of.blockCount} blocks of ${of.blockSize} bytes`;
    return `the copies differ in size (${size(first)}, ${size(second)}): give both the same`;
  }
  return null;
}

function wishOf({
  first,
  second,
}: Both):
  | { readonly wish: "create"; readonly source: Side }
  | { readonly wish: "resync"; readonly source: Side | null }
  | "conflict"
  | null {
  const wishing = [first, second].filter((side) => side.wish !== "none");
  const [one, other] = wishing;
  if (one === undefined) return null;
  const sourceOf = (of: Descriptor): Side | null =>
    of.wishSource ?? (of.wish === "create" ? of.side : null);
  const source = sourceOf(one) ?? (other === undefined ? null : sourceOf(other));
  if (other !== undefined) {
    const theirs = sourceOf(other);
    if (one.wish !== other.wish || (theirs !== null && theirs !== source)) return "conflict";
  }
  return one.wish === "create"
    ? { wish: "create", source: source ?? one.side }
    : { wish: "resync", source };
}

/** A side's record, unless its pair was never made. */
function pairOf(of: Descriptor): PairRecord | null {
  return of.isDamaged ? null : of.record;
}

function isAlone(record: PairRecord, side: Side): boolean {
  return record.members === membersOf(side);
}

/** The sides have no pair in common. */
function unpaired({ first, second }: Both): Source {
  const damaged = [first, second].find((side) => side.isDamaged);
  if (damaged !== undefined) {
    return { why: `what side ${damaged.side} knew of its pair cannot be read: ${CREATE}` };
  }
  const isPaired = ({ record }: Descriptor): boolean =>
    record !== null && (record.epoch > 0 || !record.isConsistent);
  if (isPaired(first) && isPaired(second)) {
    return { why: `the sides belong to different pairs: ${CREATE}` };
  }
  if (isPaired(first)) return replaced(first, second);
  if (isPaired(second)) return replaced(second, first);
  if (first.isNew && second.isNew) {
    return { main: first.firstMain, copy: "none", isNewPair: true };
  }
  if (first.isNew) return { main: 2, copy: "all", isNewPair: true };
  if (second.isNew) return { main: 1, copy: "all", isNewPair: true };
  return { why: `both sides have data and were never a pair: ${CREATE}` };
}

/** `kept` was in a pair, `other` was not or has a new disk. */
function replaced(kept: Descriptor, other: Descriptor): Source {
  const record = kept.record as PairRecord;
  if (!other.isNew) {
    return { why: `side ${other.side} has data that is of no pair: ${CREATE}` };
  }
  if (!record.isConsistent) {
    return { why: `side ${kept.side} has half a copy and side ${other.side} none: ${CREATE}` };
  }
  // The other side's lost disk may have had newer data than this copy.
  const mayBeStale = !isAlone(record, kept.side) && kept.survivor === other.side;
  const wasLeft = record.members === membersOf(other.side) || record.state === "SSUS";
  if (mayBeStale || wasLeft) {
    return { why: `side ${kept.side} may lack what the lost copy had: ${CREATE}` };
  }
  return { main: kept.side, copy: "all", isNewPair: false };
}

function fromMap(main: Side): Source {
  return { main, copy: "map", isNewPair: false };
}

/** The sides are one pair: `a` is what side 1 recorded, `b` side 2. */
function pairedSource(a: PairRecord, b: PairRecord, wished: Side | null): Source {
  if (!a.isConsistent && !b.isConsistent) {
    return { why: `both copies are halves of a resync: ${CREATE}` };
  }
  if (!a.isConsistent || !b.isConsistent) {
    const main = a.isConsistent ? 1 : 2;
    if (wished === null || wished === main) return fromMap(main);
    return { why: `side ${wished} has half a copy and cannot be kept` };
  }
  if (wished !== null) return fromMap(wished);
  const [aAlone, bAlone] = [isAlone(a, 1), isAlone(b, 2)];
  if (aAlone && bAlone) return { why: `both sides went on alone: ${RESYNC}` };
  if (aAlone || bAlone) {
    const [alone, other] = aAlone ? [a, b] : [b, a];
    if (alone.epoch >= other.epoch) return fromMap(aAlone ? 1 : 2);
    return { why: `it is not known which side has the newest data: ${RESYNC}` };
  }
  if (a.epoch !== b.epoch) {
    // Between the two sides' records of a new epoch: whoever has the newer knows who is main.
    const main = a.epoch > b.epoch === ((a.epoch > b.epoch ? a : b).role === "main") ? 1 : 2;
    return fromMap(main);
  }
  if (a.role === b.role) return { why: `it is not known which side is main: ${RESYNC}` };
  return fromMap(a.role === "main" ? 1 : 2);
}
