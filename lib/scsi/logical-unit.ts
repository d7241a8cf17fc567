/**
 * One logical unit: it leads each task from its arrival to its end, and offers the commands the
 * verbs of `unit.ts`. Which task may run is the task set's answer, what is refused is the gates',
 * what a command does is the command's. A task ends exactly once, after the last of its jobs.
 * [SAM-5 4.6.19, 5.5]
 */
import { type Sense, Status } from "node-scsi-cdb";
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import type { BlockDevice } from "../block/device";
import type { Job } from "../block/job";
import { AcaConditions } from "./aca";
import type { TargetPortGroups } from "./alua";
import type { CommandTable } from "./command-table";
import { abortExecution, terminateExecution } from "./early-end";
import type { Abortion, Execution } from "./execution";
import { type Refusal, passGates } from "./gates";
import { senseOfJob } from "./job-sense";
import { MediumRemoval } from "./medium-removal";
import { ModePages } from "./mode-pages/mode-pages";
import type { Nexus } from "./nexus";
import { OperationWork } from "./operations/operation-work";
import { UnitOperation } from "./operations/unit-operation";
import { Proposals } from "./proposals";
import { Reservation } from "./reservation";
import type { Task } from "./task";
import { TaskBlocks } from "./task-blocks";
import { TaskSets } from "./task-sets";
import { TestBuffers } from "./test-buffers";
import { CopyOperations } from "./third-party-copy/copy-operations";
import type { TransportServices } from "./transport";
import type { JobRequest, Unit, UnitProfile } from "./unit";
import { type ActionAnswer, type UnitAction, decodeAnswer, encodeAction } from "./unit-action";
import { UnitAttentions } from "./unit-attention";
import { UnitKeeper } from "./unit-keeper";
import type { UnitParts } from "./unit-parts";
import { UnitRecords } from "./unit-records";
import type { UnitShare } from "./unit-share";
import { UnitTrace } from "./unit-trace";

export class LogicalUnit implements Unit {
  readonly isVacant: boolean;
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly commands: CommandTable;
  readonly buffers: BufferPool;
  readonly targetUnits: readonly Unit[];
  readonly access: TargetPortGroups;
  readonly modePages: ModePages;
  readonly reservation = new Reservation();
  readonly unitAttentions = new UnitAttentions();
  readonly testBuffers = new TestBuffers();
  readonly records: UnitRecords;
  readonly keeper: UnitKeeper;
  readonly copies = new CopyOperations();
  readonly aca = new AcaConditions();
  readonly removal = new MediumRemoval();
  readonly operation: UnitOperation;
  readonly work: OperationWork;
  isStopped = false;
  isMediumPresent = true;
  /** Counts the actions that aborted tasks: an action proposed before one of them is void after. */
  generation = 0;
  readonly #share: UnitShare;
  readonly #trace: UnitTrace;
  readonly #transport: TransportServices;
  readonly #tasks: TaskSets;
  readonly #proposals: Proposals;
  readonly #blocks: TaskBlocks;
  /** Above 0 nothing dormant is enabled: tasks are being aborted, or somebody enables already. */
  #holds = 0;

  constructor(parts: UnitParts) {
    this.isVacant = parts.isVacant;
    this.profile = parts.profile;
    this.device = parts.device;
    this.commands = parts.commands;
    this.buffers = parts.buffers;
    this.targetUnits = parts.targetUnits;
    this.access = parts.access;
    const { areAsymmetric: isAsymmetric } = parts.access;
    this.modePages = new ModePages({ ...parts.device.can, isAsymmetric });
    this.records = new UnitRecords(parts.device, parts.calendar);
    this.#share = parts.share;
    const { profile, commands, trace: sink } = parts;
    this.#trace = new UnitTrace({ lun: profile.lun, commands, sink });
    this.#transport = parts.transport;
    this.operation = new UnitOperation(parts.device.geometry);
    this.work = new OperationWork(this, parts.isOwnPort);
    this.#blocks = new TaskBlocks({
      ...{ device: parts.device, buffers: parts.buffers },
      ended: (execution, job, then) => this.#jobDone(execution, job, then),
      full: (execution) => this.decide(execution, Status.BUSY),
    });
    this.#tasks = new TaskSets({
      isOnePerNexus: () => this.modePages.hasTaskSetPerNexus,
      isBlocked: (execution) => this.isBlocked(execution),
    });
    this.#proposals = new Proposals(this);
    this.keeper = new UnitKeeper(parts.memory);
    this.keeper.recall(this);
    this.work.begin();
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
    const isLetIn = this.aca.areAny && this.aca.concerns(task.nexus.name);
    const refusal = isLetIn ? this.#acaRefusalOf(task) : null;
    const execution = refusal === null ? this.#tasks.add(task, isLetIn) : null;
    if (execution === null) {
      task.status = refusal ?? Status.TASK_SET_FULL;
      this.#complete(task);
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
   * were about to. [SAM-5 5.6, SPC-4 7.5.8]
   */
  abort(covered: readonly Execution[], how: Abortion, onEnded: () => void): void {
    this.#endAll(covered, (execution) => abortExecution(this, execution, how), onEnded);
  }

  /** Ends tasks with a sense; else the same. What they have proposed has no effect any more. */
  terminate(covered: readonly Execution[], sense: Sense, onEnded: () => void): void {
    this.#endAll(covered, (execution) => terminateExecution(this, execution, sense), onEnded);
  }

  #endAll(
    covered: readonly Execution[],
    end: (execution: Execution) => void,
    onEnded: () => void,
  ): void {
    let alive = covered.length;
    if (alive === 0) onEnded();
    const ended = (): void => {
      if (--alive === 0) onEnded();
    };
    for (const execution of covered) execution.onEnded = [...execution.onEnded, ended];
    this.#holds++;
    for (const execution of covered) end(execution);
    this.#holds--;
    this.#advance();
  }

  /** Whether an ACA condition keeps the task from going on. [SAM-5 8.5] */
  isBlocked({ task, passesAca, isTerminated }: Execution): boolean {
    if (!this.aca.areAny || passesAca || task.isAborted || isTerminated) return false;
    return this.aca.concerns(task.nexus.name);
  }

  /** A condition has ended, or another has come: those go on that nothing blocks any more. */
  acaChanged(): void {
    for (const execution of this.select(() => true)) {
      if (this.isBlocked(execution)) continue;
      execution.resume();
      this.endIfOver(execution);
    }
    this.#advance();
  }

  /** Has an action applied at all controllers of the unit; `done` as `UnitShare.propose` has it. */
  propose(action: UnitAction, done: (answer: ActionAnswer | "unavailable") => void): void {
    assert(!this.isVacant, "where no unit is, nothing is shared");
    this.#share.propose(this.profile.lun, encodeAction(action), (answer) =>
      done(answer === "unavailable" ? answer : decodeAnswer(answer)),
    );
  }

  nexusEstablished(nexus: Nexus): void {
    this.unitAttentions.nexusEstablished(nexus);
  }

  nexusLost(nexus: Nexus): void {
    this.unitAttentions.nexusLost(nexus);
    this.#blocks.nexusLost(nexus);
    this.testBuffers.nexusLost(nexus);
    this.copies.nexusLost(nexus);
    const own = this.select((task) => task.nexus.id === nexus.id);
    // What it proposed last may be a reservation that no replica has yet, or a prevention.
    const { name } = nexus;
    const holds = this.reservation.holdsSpc2(name) || this.removal.isPreventedBy(name);
    const mayHold = holds || this.aca.isFaulted(name) || own.some((one) => one.isProposed);
    this.abort(own, { by: nexus.name, isTold: false, isOrdered: false }, () => {});
    if (mayHold) this.propose({ type: "nexus-lost", nexus }, () => {});
  }

  good(task: Task): void {
    const execution = this.#running(task);
    // Blocks that were read to be compared, say, are not for the initiator.
    if (execution.command?.row.direction !== "in") {
      task.dataIn = [];
      task.dataInLength = 0;
    }
    this.decide(execution, Status.GOOD);
  }

  goodWithData(task: Task, data: Uint8Array, allocationLength: number): void {
    const cut = data.length <= allocationLength ? data : data.subarray(0, allocationLength);
    task.dataIn = [cut];
    task.dataInLength = cut.length;
    this.decide(this.#running(task), Status.GOOD);
  }

  fail(task: Task, sense: Sense): void {
    const execution = this.#running(task);
    task.sense = sense;
    this.#trace.checkCondition(task, sense);
    this.decide(execution, Status.CHECK_CONDITION);
  }

  conflict(task: Task): void {
    const execution = this.#running(task);
    this.#trace.conflict(task, this.reservation.holderText);
    this.decide(execution, Status.RESERVATION_CONFLICT);
  }

  run(task: Task, request: JobRequest, then: (job: Job) => void): void {
    this.#blocks.run(this.#running(task), request, then);
  }

  runAt(task: Task, at: Unit, request: JobRequest, done: (job: Job) => void): void {
    const execution = this.#running(task);
    this.#blocks.runAt(execution, at, request, (job) => {
      if (execution.state !== "decided") done(job);
      else this.endIfOver(execution);
    });
  }

  read(task: Task, lba: number, blockCount: number, then: () => void): void {
    this.#blocks.read(this.#running(task), lba, blockCount, then);
  }

  borrow(task: Task, length: number, then: (buffer: Uint8Array) => void): void {
    this.#blocks.borrow(this.#running(task), length, then);
  }

  endWithOperation(task: Task): void {
    const execution = this.#running(task);
    this.work.whenOver((failure) => {
      if (execution.state !== "executing") return;
      if (failure === null) this.good(task);
      else this.fail(task, failure);
    });
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
    task.dataOutLength = command.dataOutLength?.(cdb, this, task) ?? 0;
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
    if (this.isBlocked(execution)) {
      execution.hold(() => this.#execute(execution));
      return;
    }
    execution.state = "executing";
    if (command.apply === undefined) command.execute(cdb, task, this);
    else if (command.prepare === undefined) this.#proposals.command(execution);
    else command.prepare(cdb, task, this, () => this.#proposals.command(execution));
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
    execution.jobDone(job);
    if (job.status !== "ok" && !execution.task.isAborted) this.#jobFailed(execution, job);
    this.#afterJob(execution, job, then);
  }

  #afterJob(execution: Execution, job: Job, then: (job: Job) => void): void {
    if (execution.state === "decided") {
      this.endIfOver(execution);
    } else if (this.isBlocked(execution)) {
      execution.hold(() => this.#afterJob(execution, job, then));
    } else if (job.status === "ok") {
      then(job);
    } else if (job.status === "reserved") {
      this.conflict(execution.task);
    } else {
      this.fail(execution.task, senseOfJob(job, job.status));
    }
  }

  #jobFailed({ command }: Execution, job: Job): void {
    this.records.counters.jobFailed(job, command?.row);
    this.#trace.jobFailed(job);
  }

  /** From here the end of the task is known; it comes when its jobs are done. */
  decide(execution: Execution, status: Status): void {
    const { task } = execution;
    execution.state = "decided";
    task.status = status;
    if (status !== Status.GOOD) {
      task.dataIn = [];
      task.dataInLength = 0;
    }
    if (status === Status.CHECK_CONDITION) this.#proposals.checkCondition(execution);
    this.endIfOver(execution);
  }

  /** The end of a task comes when nothing is under way for it, and no ACA condition blocks it. */
  endIfOver(execution: Execution): void {
    if (execution.isOver && !this.isBlocked(execution)) this.#end(execution);
  }

  #end(execution: Execution): void {
    execution.state = "ended";
    this.#tasks.remove(execution);
    this.#complete(execution.task);
    for (const onEnded of execution.onEnded) onEnded();
    this.#advance();
  }

  #complete(task: Task): void {
    if (task.status !== Status.GOOD && this.modePages.remembersStatus) {
      this.unitAttentions.statusReturned(task);
    }
    this.#transport.sendCommandComplete(task);
  }

  /** The status of a new task that an ACA condition concerns; null: it may enter all the same. */
  #acaRefusalOf(task: Task): Status | null {
    const refusal = this.aca.refusalOf(task);
    if (refusal !== null || task.attribute !== "aca") return refusal;
    const { name } = task.nexus;
    const others = this.select(
      ({ attribute, nexus }) => attribute === "aca" && nexus.name === name,
    );
    return this.modePages.refusesAca || others.length > 0 ? Status.ACA_ACTIVE : null;
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
}
