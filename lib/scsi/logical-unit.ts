/**
 * One logical unit: it leads each task from its arrival to its end, and offers the commands the
 * verbs of `unit.ts`. Which task may run is the task set's answer, what is refused is the gates',
 * what a command does is the command's. A task ends exactly once, after the last of its jobs.
 * [SAM-5 4.6.19, 5.5]
 */
import { type Sense, Status } from "node-scsi-cdb";
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import type { TraceSink } from "../base/trace";
import type { BlockDevice } from "../block/device";
import { Job } from "../block/job";
import type { CommandTable } from "./command-table";
import type { Execution } from "./execution";
import { type Refusal, passGates } from "./gates";
import { senseOfJob } from "./job-sense";
import { ModePages } from "./mode-pages/mode-pages";
import type { Nexus } from "./nexus";
import { Reservation } from "./reservation";
import type { Task } from "./task";
import { TaskSet } from "./task-set";
import type { TransportServices } from "./transport";
import type { JobRequest, Unit, UnitProfile } from "./unit";
import { UnitAttentions } from "./unit-attention";

/** What a unit is made of. */
export interface UnitParts {
  readonly isVacant: boolean;
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly commands: CommandTable;
  readonly buffers: BufferPool;
  readonly targetLuns: readonly number[];
  readonly trace: TraceSink;
  readonly transport: TransportServices;
}

export class LogicalUnit implements Unit {
  readonly isVacant: boolean;
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly commands: CommandTable;
  readonly buffers: BufferPool;
  readonly targetLuns: readonly number[];
  readonly modePages: ModePages;
  readonly reservation = new Reservation();
  readonly unitAttentions = new UnitAttentions();
  isStopped = false;
  isMediumPresent = true;
  readonly #trace: TraceSink;
  readonly #transport: TransportServices;
  readonly #tasks = new TaskSet();
  /** Above 0 nothing dormant is enabled: tasks are being aborted, or somebody enables already. */
  #holds = 0;

  constructor(parts: UnitParts) {
    this.isVacant = parts.isVacant;
    this.profile = parts.profile;
    this.device = parts.device;
    this.commands = parts.commands;
    this.buffers = parts.buffers;
    this.targetLuns = parts.targetLuns;
    this.modePages = new ModePages(parts.device.can);
    this.#trace = parts.trace;
    this.#transport = parts.transport;
  }

  /** Tasks in the task set. */
  get taskCount(): number {
    return this.#tasks.size;
  }

  get isWriteProtected(): boolean {
    const { profile, device, modePages } = this;
    return profile.readOnly || device.can.readOnly || modePages.isWriteProtected;
  }

  commandReceived(task: Task): void {
    const execution = this.#tasks.add(task);
    if (execution === null) {
      task.status = Status.TASK_SET_FULL;
      this.#transport.sendCommandComplete(task);
    } else if (execution.state === "enabled") {
      this.#admit(execution);
    }
  }

  /** All Data-Out is there; says nothing to a task that has been aborted meanwhile. */
  dataOutReceived(task: Task): void {
    const execution = this.#tasks.get(task);
    if (execution === null) return;
    assert(execution.state === "enabled", "Data-Out is received once");
    this.#execute(execution);
  }

  /** The Data-Out did not come as it should; says nothing to a task that has been aborted. */
  dataOutFailed(task: Task, sense: Sense): void {
    if (this.#tasks.get(task) !== null) this.fail(task, sense);
  }

  /** The tasks in the task set that `isCovered` says yes to, in order of arrival. */
  select(isCovered: (task: Task) => boolean): readonly Execution[] {
    return this.#tasks.select(isCovered);
  }

  /**
   * Aborts tasks of this unit and calls `onEnded` when all of them have ended, also those that
   * were about to. Tasks of another nexus than `by` end with TASK ABORTED if the Control mode page
   * says so (TAS), all others without a word. [SAM-5 5.6, SPC-4 7.5.8]
   */
  abort(covered: readonly Execution[], by: Nexus, onEnded: () => void): void {
    let alive = covered.length;
    if (alive === 0) onEnded();
    const ended = (): void => {
      if (--alive === 0) onEnded();
    };
    for (const execution of covered) execution.onEnded = [...execution.onEnded, ended];
    this.#holds++;
    for (const execution of covered) this.#abort(execution, by);
    this.#holds--;
    this.#advance();
  }

  /**
   * A reset: aborts all tasks, ends the reservation, starts the unit, sets the mode pages back and
   * tells every nexus, also the one that asked for it. [SAM-5 6.3.3]
   */
  reset(attention: Sense, by: Nexus, onEnded: () => void): void {
    this.reservation.reset();
    this.unitAttentions.establishForAll(attention, null);
    this.isStopped = false;
    const all = this.select(() => true);
    this.abort(all, by, onEnded);
    this.modePages.reset();
  }

  nexusEstablished(nexus: Nexus): void {
    this.unitAttentions.nexusEstablished(nexus);
  }

  nexusLost(nexus: Nexus): void {
    this.unitAttentions.nexusLost(nexus);
    this.reservation.nexusLost(nexus);
    const own = this.select((task) => task.nexus.id === nexus.id);
    this.abort(own, nexus, () => {});
  }

  good(task: Task): void {
    const execution = this.#running(task);
    // Blocks that were read to be compared, say, are not for the initiator.
    if (execution.command?.row.direction !== "in") {
      task.dataIn = [];
      task.dataInLength = 0;
    }
    this.#decide(execution, Status.GOOD);
  }

  goodWithData(task: Task, data: Uint8Array, allocationLength: number): void {
    const cut = data.length <= allocationLength ? data : data.subarray(0, allocationLength);
    task.dataIn = [cut];
    task.dataInLength = cut.length;
    this.#decide(this.#running(task), Status.GOOD);
  }

  fail(task: Task, sense: Sense): void {
    const execution = this.#running(task);
    task.sense = sense;
    this.#trace({
      type: "check-condition",
      lun: this.profile.lun,
      command: this.#nameOf(task),
      sense: sense.code.text,
      initiatorName: task.nexus.initiatorName,
    });
    this.#decide(execution, Status.CHECK_CONDITION);
  }

  conflict(task: Task): void {
    const execution = this.#running(task);
    this.#trace({
      type: "reservation-conflict",
      lun: this.profile.lun,
      command: this.#nameOf(task),
      initiatorName: task.nexus.initiatorName,
      holder: this.reservation.holder?.initiatorName ?? "",
    });
    this.#decide(execution, Status.RESERVATION_CONFLICT);
  }

  run(task: Task, request: JobRequest, then: (job: Job) => void): void {
    const execution = this.#running(task);
    const { op, lba, blockCount, fua = false, data = [] } = request;
    const { geometry } = this.device;
    assert(lba + blockCount <= geometry.blockCount, "a job inside the medium");
    const onDone = (done: Job): void => this.#jobDone(execution, done, then);
    const job = new Job({ op, lba, blockCount, fua, data, onDone });
    execution.jobStarted(job);
    this.device.submit(job);
  }

  read(task: Task, lba: number, blockCount: number, then: () => void): void {
    const execution = this.#running(task);
    const { blockSize } = this.device.geometry;
    task.dataInLength += blockCount * blockSize;
    // What the initiator will not take need not be read.
    const isForInitiator = execution.command?.row.direction === "in";
    const taken = isForInitiator ? Math.ceil(task.dataInMax / blockSize) : blockCount;
    const count = Math.min(blockCount, taken);
    if (count === 0) {
      then();
      return;
    }
    const length = count * blockSize;
    const readNow = (): void => {
      const buffer = execution.borrow(this.buffers, length);
      this.run(task, { op: "read", lba, blockCount: count, data: [buffer] }, () => then());
    };
    if (this.buffers.has(length)) {
      readNow();
      return;
    }
    const isInLine = this.buffers.wait(length, () => {
      if (execution.state === "executing") readNow();
    });
    if (!isInLine) this.#decide(execution, Status.BUSY);
  }

  attentionForAll(sense: Sense, except: Nexus | null): void {
    this.unitAttentions.establishForAll(sense, except?.id ?? null);
  }

  /** Leads an enabled task through the gates, and to its Data-Out. */
  #admit(execution: Execution): void {
    const { task } = execution;
    const answer = passGates(task, this);
    if ("refusal" in answer) {
      this.#refuse(task, answer.refusal);
      return;
    }
    const { command, cdb } = answer;
    execution.command = command;
    execution.cdb = cdb;
    task.dataOutLength = command.dataOutLength?.(cdb, this) ?? 0;
    if (Math.min(task.dataOutLength, task.dataOutMax) === 0) this.#execute(execution);
    else this.#transport.receiveDataOut(task);
  }

  #refuse(task: Task, refusal: Refusal): void {
    if (refusal === "reservation-conflict") this.conflict(task);
    else this.fail(task, refusal);
  }

  #execute(execution: Execution): void {
    const { command, cdb, task } = execution;
    assert(command !== null && cdb !== null, "only what has passed the gates is executed");
    execution.state = "executing";
    command.execute(cdb, task, this);
  }

  /** The execution of a task that a verb speaks of. */
  #running(task: Task): Execution {
    const execution = this.#tasks.get(task);
    assert(execution !== null, "the task is in the task set");
    const { state } = execution;
    assert(state === "enabled" || state === "executing", "a task ends once");
    return execution;
  }

  #jobDone(execution: Execution, job: Job, then: (job: Job) => void): void {
    const { task } = execution;
    execution.jobDone(job);
    if (job.status !== "ok" && !task.isAborted) {
      const detail = `${job.op} of ${job.blockCount} at ${job.lba}: ${job.status}`;
      this.#trace({ type: "device-error", lun: this.profile.lun, detail });
    }
    if (execution.state === "decided") {
      if (execution.jobs.length === 0) this.#end(execution);
    } else if (job.status === "ok") {
      then(job);
    } else {
      this.fail(task, senseOfJob(job, job.status));
    }
  }

  /** From here the end of the task is known; it comes when its jobs are done. */
  #decide(execution: Execution, status: Status): void {
    const { task } = execution;
    execution.state = "decided";
    task.status = status;
    if (status !== Status.GOOD) {
      task.dataIn = [];
      task.dataInLength = 0;
    }
    if (execution.jobs.length === 0) this.#end(execution);
  }

  /** Decides the task once more, if need be: what is aborted is not answered. */
  #abort(execution: Execution, by: Nexus): void {
    const { task, state } = execution;
    if (state === "ended" || task.isAborted) return;
    task.isAborted = true;
    const isTold = this.modePages.hasTaskAbortedStatus && task.nexus.id !== by.id;
    task.sense = null;
    this.#decide(execution, isTold ? Status.TASK_ABORTED : Status.GOOD);
    for (const job of execution.jobs) this.device.abort(job);
  }

  #end(execution: Execution): void {
    execution.state = "ended";
    this.#tasks.remove(execution);
    this.#transport.sendCommandComplete(execution.task);
    for (const onEnded of execution.onEnded) onEnded();
    this.#advance();
  }

  /** Enables what may run now; in a loop, for each may end at once and let the next one run. */
  #advance(): void {
    if (this.#holds > 0) return;
    this.#holds++;
    for (;;) {
      const execution = this.#tasks.next();
      if (execution === null) break;
      this.#admit(execution);
    }
    this.#holds--;
  }

  #nameOf(task: Task): string {
    const opcode = task.cdb[0] as number;
    return this.commands.find(task.cdb)?.row.name ?? `operation code ${opcode.toString(16)}h`;
  }
}
