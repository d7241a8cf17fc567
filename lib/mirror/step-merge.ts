/**
 * Two sides' steps of the same commands in one order. Each side's own order is kept, and a cause
 * comes before its effect on the other side, whatever the two clocks say; what neither rule
 * decides, time does. It knows which step causes which, and nothing else of their meaning.
 *
 *   side 2   701 … 714 715 716              708 … 712               717 718 706 707
 *                       └──▶719               ▲    └──▶729           ▲
 *   side 1                  719 … 727 728 ────┘        729 724 725 ──┘
 */
import type { CommandSteps, StepRow } from "./step-log";
import { commandsOf } from "./step-log";
import { sideOf } from "./steps";

/** The first, second … of the causes comes before the first, second … of the effects. */
interface Crossing {
  readonly causes: readonly number[];
  readonly effects: readonly number[];
}

const CROSSINGS: readonly Crossing[] = [
  // JOB3 → JOB4: the command; parameter and data.
  { causes: [714, 816, 862], effects: [719] },
  { causes: [715, 817], effects: [719] },
  // JOB5 → JOB2: the command; parameter and data.
  { causes: [727], effects: [708] },
  { causes: [728], effects: [708] },
  // JOB2 → JOB5: its end.
  { causes: [710, 712], effects: [729] },
  // JOB1 → JOB2: exclusive at both sides, also where that comes before the copy. [0077]
  { causes: [845], effects: [861] },
  { causes: [861], effects: [846] },
  // JOB4 → JOB1: exclusive at both sides, where the host is told of the end then. [0078]
  { causes: [844], effects: [840] },
  // JOB4 → JOB3, or JOB1 of Fig. 17: its end.
  { causes: [725], effects: [717, 832, 837, 840] },
];

/** The first step of a command at a side, if the ring has not lost it. */
const OPENINGS: readonly number[] = [701, 856, 719, 708];

/** Where a host is told of the end before the copy, it waits for nothing. [0078] */
const EARLY_END = 840;
const COPIED = 854;

interface Cause {
  readonly cause: StepRow;
  readonly effect: StepRow;
}

interface Meeting {
  readonly command: number;
  readonly first: readonly StepRow[];
  readonly second: readonly StepRow[];
  readonly causes: readonly Cause[];
}

/**
 * All commands of two sides, the one that began first at the front; times are by the clock of side
 * 1. Either list may be empty: what the other side did is not known then.
 */
export function mergeSteps(
  ofSide1: readonly StepRow[],
  ofSide2: readonly StepRow[],
): CommandSteps[] {
  const meetings = meetingsOf(ofSide1, ofSide2);
  const aheadMs = clockDifference(meetings);
  return meetings
    .map((meeting) => ({ command: meeting.command, rows: interleave(meeting, aheadMs) }))
    .sort((a, b) => startOf(a) - startOf(b) || a.command - b.command);
}

function meetingsOf(ofSide1: readonly StepRow[], ofSide2: readonly StepRow[]): Meeting[] {
  const firsts = byCommand(ofSide1);
  const seconds = byCommand(ofSide2);
  return [...new Set([...firsts.keys(), ...seconds.keys()])].map((command) => {
    const first = firsts.get(command) ?? [];
    const second = seconds.get(command) ?? [];
    const causes = [...causesBetween(first, second), ...causesBetween(second, first)];
    return { command, first, second, causes };
  });
}

function byCommand(rows: readonly StepRow[]): Map<number, readonly StepRow[]> {
  return new Map(commandsOf(rows).map(({ command, rows: ofCommand }) => [command, ofCommand]));
}

function causesBetween(from: readonly StepRow[], to: readonly StepRow[]): Cause[] {
  const copiedAt = to.map(({ step }) => step).lastIndexOf(COPIED);
  return CROSSINGS.flatMap((crossing) => {
    const causes = from.filter(({ step }) => crossing.causes.includes(step));
    if (causes.length === 0) return [];
    const effects = to.filter(
      ({ step }, index) =>
        crossing.effects.includes(step) && !(step === EARLY_END && index < copiedAt),
    );
    // A transfer that was asked for again ("need-data") is one step of JOB5 and two of JOB2.
    return effects.map((effect, index) => ({
      cause: causes[Math.min(index, causes.length - 1)] as StepRow,
      effect,
    }));
  });
}

/**
 * How much the clock of side 2 is ahead of that of side 1: no effect may come before its cause, in
 * either direction. Clocks that may be the same are taken for the same.
 */
function clockDifference(meetings: readonly Meeting[]): number {
  let leastMs = -Infinity;
  let mostMs = Infinity;
  for (const { first, second, causes } of meetings) {
    if (!isWhole(first) || !isWhole(second)) continue;
    for (const { cause, effect } of causes) {
      if (cause.side === 1) mostMs = Math.min(mostMs, effect.timeMs - cause.timeMs);
      else leastMs = Math.max(leastMs, cause.timeMs - effect.timeMs);
    }
  }
  if (leastMs <= 0 && mostMs >= 0) return 0;
  if (leastMs === -Infinity) return mostMs;
  if (mostMs === Infinity) return leastMs;
  return (leastMs + mostMs) / 2;
}

function isWhole(rows: readonly StepRow[]): boolean {
  const [opening] = rows;
  return opening === undefined || OPENINGS.includes(opening.step);
}

function interleave(meeting: Meeting, aheadMs: number): StepRow[] {
  const { command, first, second, causes } = meeting;
  const causesOf = new Map<StepRow, StepRow[]>();
  for (const { cause, effect } of causes) {
    causesOf.set(effect, [...(causesOf.get(effect) ?? []), cause]);
  }
  const taken = new Set<StepRow>();
  const isFree = (row: StepRow): boolean =>
    (causesOf.get(row) ?? []).every((cause) => taken.has(cause));
  const onOneClock = (row: StepRow): number => row.timeMs - (row.side === 2 ? aheadMs : 0);
  const merged: StepRow[] = [];
  let [firstAt, secondAt] = [0, 0];
  let isOnFirst = sideOf(command) === 1;
  while (merged.length < first.length + second.length) {
    const [one, other] = [first[firstAt], second[secondAt]];
    isOnFirst = choose(one, other, { isFree, onOneClock, isOnFirst });
    const row = (isOnFirst ? one : other) as StepRow;
    if (isOnFirst) firstAt++;
    else secondAt++;
    taken.add(row);
    merged.push({ ...row, timeMs: onOneClock(row) });
  }
  return merged;
}

/** Whether the next step is the one of side 1; of two at the same time, the same side goes on. */
function choose(
  one: StepRow | undefined,
  other: StepRow | undefined,
  by: {
    isFree: (row: StepRow) => boolean;
    onOneClock: (row: StepRow) => number;
    isOnFirst: boolean;
  },
): boolean {
  if (one === undefined || other === undefined) return other === undefined;
  const isOneFree = by.isFree(one);
  // Neither: a ring has lost steps, and the wrong ones were taken for a pair.
  if (isOneFree !== by.isFree(other)) return isOneFree;
  const differenceMs = by.onOneClock(one) - by.onOneClock(other);
  return differenceMs === 0 ? by.isOnFirst : differenceMs < 0;
}

function startOf({ rows }: CommandSteps): number {
  return rows[0]?.timeMs ?? 0;
}
