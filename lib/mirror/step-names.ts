/**
 * The steps of the patent's flowcharts (Figs. 3–7, 11–15, 17), one row per number: whose it is,
 * what it does in a few of the text's own words, and what it carries from where to where. No order
 * is here: what follows what, the jobs decide.
 */
import type { Role } from "./config";
import type { JobNumber } from "./steps";

/** A job, or what is beside the control unit that the step is done at: its host, its volume. */
export type Party = JobNumber | "host" | "volume";

export interface StepName {
  readonly step: number;
  /** Who does it: Fig. 17 names no jobs, and Figs. 19 and 20 have JOB2 and JOB4 do parts of it. */
  readonly jobs: readonly JobNumber[];
  readonly what: string;
  readonly paragraph: string;
  /** null: it stays within its processor. */
  readonly carries: { readonly from: Party; readonly to: Party } | null;
}

type Row = readonly [
  step: number,
  jobs: JobNumber | readonly JobNumber[],
  what: string,
  paragraph: string,
  from?: Party,
  to?: Party,
];

const ROWS: readonly Row[] = [
  [701, 1, "I/O request: command analysis", "0050", "host", 1],
  [702, 1, "is the mirrored state normal?", "0050"],
  [703, 1, "check report: the mirrored state is abnormal", "0050", 1, "host"],
  [704, 1, "I/O request to the communication volume", "0050", 1, 3],
  [705, 1, "standby", "0050"],
  [706, 1, "started again by the end of JOB3", "0050"],
  [707, 1, "end reported", "0050", 1, "host"],
  [708, 2, "command analysis", "0057"],
  [709, 2, "is the mirrored state normal?", "0057"],
  [710, 2, "check report: the mirrored state is abnormal", "0057", 2, 5],
  [711, 2, "command, parameter and data to the subvolume", "0057", 2, "volume"],
  [712, 2, "end reported", "0057", 2, 5],
  [713, 3, "main volume and path information set", "0051"],
  [714, 3, "command issued", "0051", 3, 4],
  [715, 3, "parameter, then data", "0051", 3, 4],
  [716, 3, "standby", "0051"],
  [717, 3, "started again by the end of JOB4", "0052"],
  [718, 3, "end reported", "0052", 3, 1],
  [719, 4, "command analysis", "0053"],
  [720, 4, "command and parameter saved", "0053"],
  [721, 4, "data to the cache 507, from there to the main volume", "0053"],
  [722, 4, "I/O request", "0054", 4, 5],
  [723, 4, "standby", "0054"],
  [724, 4, "started again by the end of JOB5", "0054"],
  [725, 4, "end reported", "0054", 4, 3],
  [726, 5, "subvolume number and path information set", "0055"],
  [727, 5, "command issued", "0055", 5, 2],
  [728, 5, "parameter, data unless it is there", "0055", 5, 2],
  [729, 5, "end reported", "0055", 5, 4],
  [804, 1, "I/O request to another job of the subvolume", "0067", 1, 3],
  [813, 3, "the I/O for the subvolume is passed over", "0067"],
  [814, 3, "main volume information set", "0067"],
  [815, 3, "path information set", "0067"],
  [816, 3, "command issued", "0067", 3, 4],
  [817, 3, "parameter and data", "0067", 3, 4],
  [832, 1, "result: the target volume is exclusive", "0075"],
  [833, 1, "standby", "0075"],
  [834, 1, "reservation conflict reported", "0074", 1, "host"],
  [835, 1, "terminated", "0074"],
  [836, 1, "standby", "0074"],
  [837, 1, "result: the target volume is reserved", "0075"],
  [838, 1, "reservation conflict reported", "0075", 1, "host"],
  [839, 1, "terminated", "0075"],
  [840, 1, "end reported", "0075", 1, "host"],
  [841, 1, "terminated", "0075"],
  [842, [1, 4], "reserved by another host?", "0076"],
  [843, [1, 4], "excluded by another host?", "0076"],
  [844, [1, 4], "exclusive main volume obtained", "0076"],
  [845, 1, "parameter and data to self and target volume", "0076", 1, "volume"],
  [846, 1, "end reported", "0076", 1, "host"],
  [847, 1, "terminated", "0076"],
  [848, 1, "reservation conflict reported", "0076", 1, "host"],
  [849, 1, "terminated", "0076"],
  [850, 1, "standby", "0076"],
  [851, 1, "exclusive subvolume released", "0075"],
  [852, 1, "exclusive subvolume released", "0075"],
  [853, 1, "parameter and data to the self volume", "0075", 1, "volume"],
  [854, [1, 2], "exclusive subvolume reset", "0075"],
  [855, [1, 4], "exclusive main volume reset", "0076"],
  [856, 1, "I/O job started", "0074", "host", 1],
  [857, 1, "command analysis", "0074"],
  [858, 1, "exclusive mode of the self volume?", "0074"],
  [859, 1, "reserved by another host?", "0074"],
  [860, 1, "excluded by another host?", "0074"],
  [861, [1, 2], "exclusive subvolume obtained", "0074"],
  [862, 3, "parameter and data to the target volume", "0075", 3, 4],
];

export const stepNames: readonly StepName[] = ROWS.map(
  ([step, jobs, what, paragraph, from, to]) => ({
    step,
    jobs: typeof jobs === "number" ? [jobs] : jobs,
    what,
    paragraph,
    carries: from === undefined || to === undefined ? null : { from, to },
  }),
);

const byNumber = new Map(stepNames.map((row) => [row.step, row]));

/** null: no flowchart has such a step. */
export function stepName(step: number): StepName | null {
  return byNumber.get(step) ?? null;
}

/** Numerals of Fig. 1, by what a control unit is to the volume: 301 or 302, and what is theirs. */
interface ControlUnit {
  readonly unit: number;
  readonly host: number;
  readonly volume: number;
  /** Its processor for each job. Each unit has one for hosts, a sender and a receiver. [0040] */
  readonly processors: Readonly<Record<JobNumber, number>>;
}

export const controlUnits: Readonly<Record<Role, ControlUnit>> = {
  main: {
    unit: 301,
    host: 101,
    volume: 601,
    processors: { 1: 501, 2: 503, 3: 502, 4: 503, 5: 502 },
  },
  sub: {
    unit: 302,
    host: 102,
    volume: 602,
    processors: { 1: 510, 2: 509, 3: 508, 4: 509, 5: 508 },
  },
};

/** Where JOB3 of the first example runs. [0042] */
export const COMMUNICATION_VOLUME = 603;
