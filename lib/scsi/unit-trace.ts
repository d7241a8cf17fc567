/**
 * What a logical unit tells of the tasks that do not end well: the events of `base/trace.ts`, put
 * together in one place. It decides nothing.
 */
import type { Sense } from "node-scsi-cdb";
import type { TraceSink } from "../base/trace";
import type { Job, JobStatus } from "../block/job";
import type { CommandTable } from "./command-table";
import type { Task } from "./task";

/** What is wrong with a device; other failures are the pair's or the initiator's affair. */
const DEVICE_ERRORS: ReadonlySet<JobStatus> = new Set([
  "medium-error",
  "no-space",
  "not-ready",
  "aborted",
]);

export class UnitTrace {
  readonly #lun: number;
  readonly #commands: CommandTable;
  readonly #sink: TraceSink;

  constructor(fields: { lun: number; commands: CommandTable; sink: TraceSink }) {
    this.#lun = fields.lun;
    this.#commands = fields.commands;
    this.#sink = fields.sink;
  }

  checkCondition(task: Task, sense: Sense): void {
    this.#sink({
      type: "check-condition",
      lun: this.#lun,
      command: this.#nameOf(task),
      sense: sense.code.text,
      initiatorName: task.nexus.initiatorName,
    });
  }

  conflict(task: Task, holder: string): void {
    this.#sink({
      type: "reservation-conflict",
      lun: this.#lun,
      command: this.#nameOf(task),
      initiatorName: task.nexus.initiatorName,
      holder,
    });
  }

  /** Says nothing of a job that failed for another's sake than the device's. */
  jobFailed(job: Job): void {
    if (!DEVICE_ERRORS.has(job.status)) return;
    const detail = `${job.op} of ${job.blockCount} at ${job.lba}: ${job.status}`;
    this.#sink({ type: "device-error", lun: this.#lun, detail });
  }

  #nameOf(task: Task): string {
    const opcode = task.cdb[0] as number;
    const command = this.#commands.find(task.cdb);
    return command?.row.name ?? `operation code ${opcode.toString(16)}h`;
  }
}
