/**
 * What one side remembers of its jobs' steps: a ring that is written on hot paths and read when
 * somebody asks. What the numbers mean is `step-names.ts`; how two sides' memories are put together
 * is `step-merge.ts`.
 */
import { assert } from "../base/assert";
import { limits } from "../base/limits";
import type { Side } from "./config";
import type { JobNumber, StepSink } from "./steps";

/** One step that happened: a plain value, the same before and after JSON. */
export interface StepRow {
  /** By the clock of the side that did it: the clocks of two sides may differ. */
  readonly timeMs: number;
  /** Counts the steps of that side: its own order, also within one millisecond. */
  readonly sequence: number;
  readonly side: Side;
  readonly volume: number;
  readonly command: number;
  readonly job: JobNumber;
  readonly step: number;
}

/** A command's steps in the order in which they happened. */
export interface CommandSteps {
  readonly command: number;
  readonly rows: readonly StepRow[];
}

export class StepLog {
  /** Keeps one step: overwrites the oldest when full, and allocates nothing. */
  readonly sink: StepSink;
  readonly #side: Side;
  readonly #capacity: number;
  readonly #timesMs: Float64Array;
  readonly #commands: Float64Array;
  readonly #volumes: Uint32Array;
  readonly #steps: Uint16Array;
  readonly #jobs: Uint8Array;
  #nowMs = 0;
  /** Steps since the start: the next one's sequence. */
  #count = 0;

  /** `capacity`: steps, at most `limits.stepRecordsMax`. */
  constructor({ side, capacity }: { side: Side; capacity: number }) {
    assert(capacity > 0 && capacity <= limits.stepRecordsMax, "a step log's size is in its bounds");
    this.#side = side;
    this.#capacity = capacity;
    this.#timesMs = new Float64Array(capacity);
    this.#commands = new Float64Array(capacity);
    this.#volumes = new Uint32Array(capacity);
    this.#steps = new Uint16Array(capacity);
    this.#jobs = new Uint8Array(capacity);
    this.sink = (volume, command, job, step) => {
      const at = this.#count++ % capacity;
      this.#timesMs[at] = this.#nowMs;
      this.#commands[at] = command;
      this.#volumes[at] = volume;
      this.#steps[at] = step;
      this.#jobs[at] = job;
    };
  }

  /** Before each turn: its time. A turn has only one. */
  at(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Numbers of the last commands that something happened to, the latest first. */
  numbers(last: number): number[] {
    const found = new Set<number>();
    for (let sequence = this.#count - 1; sequence >= this.#oldest; sequence--) {
      if (found.size >= last) break;
      found.add(this.#commands[sequence % this.#capacity] as number);
    }
    return [...found];
  }

  /** What is kept, the oldest first: all of it, or what belongs to some commands. */
  rows(ofCommands?: Iterable<number>): StepRow[] {
    const wanted = ofCommands === undefined ? null : new Set(ofCommands);
    const rows: StepRow[] = [];
    for (let sequence = this.#oldest; sequence < this.#count; sequence++) {
      const command = this.#commands[sequence % this.#capacity] as number;
      if (wanted === null || wanted.has(command)) rows.push(this.#row(sequence));
    }
    return rows;
  }

  /** The last commands as this side saw them, the one that began first at the front. */
  commands(last: number): CommandSteps[] {
    return commandsOf(this.rows(this.numbers(last)));
  }

  get #oldest(): number {
    return Math.max(0, this.#count - this.#capacity);
  }

  #row(sequence: number): StepRow {
    const at = sequence % this.#capacity;
    return {
      timeMs: this.#timesMs[at] as number,
      sequence,
      side: this.#side,
      volume: this.#volumes[at] as number,
      command: this.#commands[at] as number,
      job: this.#jobs[at] as JobNumber,
      step: this.#steps[at] as number,
    };
  }
}

/** One side's rows by command, in that side's own order. */
export function commandsOf(rows: readonly StepRow[]): CommandSteps[] {
  const found = new Map<number, StepRow[]>();
  for (const row of [...rows].sort((a, b) => a.sequence - b.sequence)) {
    const known = found.get(row.command);
    if (known === undefined) found.set(row.command, [row]);
    else known.push(row);
  }
  return [...found].map(([command, ofCommand]) => ({ command, rows: ofCommand }));
}

/** Rows out of what JSON.parse gave; null: it is not a side's rows. */
export function stepRowsFrom(value: unknown): StepRow[] | null {
  if (!Array.isArray(value) || value.length > limits.stepRecordsMax) return null;
  const rows: StepRow[] = [];
  for (const item of value as unknown[]) {
    const row = stepRowFrom(item);
    if (row === null) return null;
    rows.push(row);
  }
  return rows;
}

function stepRowFrom(value: unknown): StepRow | null {
  if (typeof value !== "object" || value === null) return null;
  const { timeMs, sequence, side, volume, command, job, step } = value as Record<string, unknown>;
  const isRow =
    Number.isFinite(timeMs) &&
    (side === 1 || side === 2) &&
    isCount(sequence) &&
    isCount(volume) &&
    isCount(command) &&
    isCount(step) &&
    isJob(job);
  if (!isRow) return null;
  return { timeMs: timeMs as number, sequence, side, volume, command, job, step };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isJob(value: unknown): value is JobNumber {
  return isCount(value) && value >= 1 && value <= 5;
}
