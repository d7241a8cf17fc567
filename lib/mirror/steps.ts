/**
 * The steps of the patent's jobs as they happen, by their numbers (701–729, 804, 813–817, 832–862).
 * A command has one number on both sides, so that its way can be put together again.
 */

/** JOB1 … JOB5. */
export type JobNumber = 1 | 2 | 3 | 4 | 5;

/**
 * `command` is unique over both sides: see `commandNumber`. Called on hot paths: takes no object.
 */
export type StepSink = (volume: number, command: number, job: JobNumber, step: number) => void;

const PER_SIDE = 2 ** 48;

/** The number of the `count`-th command that came to a side. */
export function commandNumber(side: 1 | 2, count: number): number {
  return side * PER_SIDE + count;
}

export function sideOf(command: number): 1 | 2 {
  return command >= 2 * PER_SIDE ? 2 : 1;
}
