/**
 * The patent's sequence figures written down by hand, as [side, job, step] in the order of the text.
 * Host 101 is at side 1, host 102 at side 2.
 */
import type { Side } from "../../../lib/mirror/config";
import type { StepRow } from "../../../lib/mirror/step-log";
import { commandNumber } from "../../../lib/mirror/steps";
import type { JobNumber } from "../../../lib/mirror/steps";

export interface Figure {
  readonly command: number;
  /** `side:job:step step …`, one string for each time a side goes on. */
  readonly runs: readonly string[];
}

const RELAYED = "1:4:719 720 721 722 723";
const COPIED = ["1:5:726 727 728", "2:2:708 709 711 712", "1:5:729"];

/** [0059] [0060] */
export const FIG_8: Figure = {
  command: commandNumber(2, 1),
  runs: [
    ...["2:1:701 702 704 705", "2:3:713 714 715 716", RELAYED, ...COPIED],
    ...["1:4:724 725", "2:3:717 718", "2:1:706 707"],
  ],
};

/** [0063] [0064]: the end is reported before JOB3 is asked. */
export const FIG_9: Figure = {
  command: commandNumber(2, 1),
  runs: [
    ...["2:1:701 702 707 704 705", "2:3:713 714 715 716", RELAYED, ...COPIED],
    ...["1:4:724 725", "2:3:717 718", "2:1:706"],
  ],
};

/** [0066]–[0068]: JOB3 runs in 602. */
export const FIG_16: Figure = {
  command: commandNumber(2, 1),
  runs: [
    ...["2:1:701 702 804 705", "2:3:813 814 815 816 817 716", RELAYED, ...COPIED],
    ...["1:4:724 725", "2:3:717 718", "2:1:706 707"],
  ],
};

/** [0077]: A 856, B 844, C 727 and 861, D 728, E 845 and 711. */
export const FIG_19: Figure = {
  command: commandNumber(1, 1),
  runs: [
    ...["1:1:856 857 858 842 843 844 845", "1:5:726 727 728", "2:2:708 709 861 711 712 854"],
    ...["1:5:729", "1:1:855 846 847"],
  ],
};

/** [0078]: A 856, C 862 and 844, D 862, E 721 and 853; exclusive-sub before the question. */
export const FIG_20: Figure = {
  command: commandNumber(2, 1),
  runs: [
    ...["2:1:856 857 858 859 860 861", "2:3:862", "1:4:719 720 721 842 843 844 722 723"],
    ...["1:5:726 727 728", "2:2:708 709 711", "2:1:853", "2:2:712", "2:1:854"],
    ...["1:5:729", "1:4:724 855 725", "2:1:840 841"],
  ],
};

/** Numbers each side's rows from `from`, and gives each run a millisecond. */
export function figureRows(figure: Figure, { from = 0, startMs = 0 } = {}): StepRow[] {
  const sequences = { 1: from, 2: from };
  return figure.runs.flatMap((run, index) => {
    const [side, job, steps] = run.split(":");
    const at = Number(side) as Side;
    return (steps ?? "").split(" ").map((step) => ({
      timeMs: startMs + index,
      sequence: sequences[at]++,
      side: at,
      volume: 0,
      command: figure.command,
      job: Number(job) as JobNumber,
      step: Number(step),
    }));
  });
}

export function ofSide(rows: readonly StepRow[], side: Side): StepRow[] {
  return rows.filter((row) => row.side === side);
}

export function stepsOf(rows: readonly StepRow[]): number[] {
  return rows.map(({ step }) => step);
}
