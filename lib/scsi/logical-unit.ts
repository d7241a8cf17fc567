/**
 * One logical unit: it leads each task from its arrival to its end, and offers the commands the
 * verbs of `unit.ts`. Which task may run is the task set's answer, what is refused is the gates',
 * what a command does is the command's. A task ends exactly once, after the last of its jobs.
 * [SAM-5 4.6.19, 5.5]
 */
import {
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE,
  type Sense,
  Status,
} from "node-scsi-cdb";
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import { gather } from "../base/bytes";
import type { BlockDevice } from "../block/device";
import type { Job } from "../block/job";
import type { TargetPortGroups } from "./alua";
import type { CommandTable } from "./command-table";
import type { Abortion, Execution } from "./execution";
import { type Refusal, passGates } from "./gates";
import { senseOfJob } from "./job-sense";
import { MediumRemoval } from "./medium-removal";
import { ModePages } from "./mode-pages/mode-pages";
import type { Nexus } from "./nexus";
import { OperationWork } from "./operations/operation-work";
import { UnitOperation } from "./operations/unit-operation";
import { Reservation } from "./reservation";
import type { Task } from "./task";
import { TaskBlocks } from "./task-blocks";
import { TaskSet } from "./task-set";
import type { TransportServices } from "./transport";
import type { JobRequest, Unit, UnitProfile } from "./unit";
import type { UnitParts } from "./unit-parts";
import { type ActionAnswer, type UnitAction, decodeAnswer, encodeAction } from "./unit-action";
import { UnitAttentions } from "./unit-attention";
import type { UnitShare } from "./unit-share";
import { UnitTrace } from "./unit-trace";

const UNAVAILABLE: Sense = { code: LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE };

export class LogicalUnit implements Unit {
  readonly isVacant: boolean;
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly commands: CommandTable;
  readonly buffers: BufferPool;
  readonly targetLuns: readonly number[];
  readonly access: TargetPortGroups;
  readonly modePages: ModePages;
  readonly reservation = new Reservation();
  readonly unitAttentions = new UnitAttentions();
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
  readonly #tasks = new TaskSet();
  readonly #blocks: TaskBlocks;
  /** Above 0 nothing dormant is enabled: tasks are being aborted, or somebody enables already. */
  #holds = 0;

  constructor(parts: UnitParts) {
    this.isVacant = parts.isVacant;
    this.profile = parts.profile;
    this.device = parts.device;
    this.commands = parts.commands;
    this.buffers = parts.buffers;
    this.targetLuns = parts.targetLuns;
    this.access = parts.access;
    this.modePages = new ModePages(parts.device.can);
    this.#share = parts.share;
    const { profile, commands, trace: sink } = parts;
    this.#trace = new UnitTrace({ lun: profile.lun, commands, sink });
    this.#transport = parts.transport;
    this.operation = new UnitOperation(parts.device.geometry);
    this.work = new OperationWork(this, parts.isOwnPort);
    this.#blocks = new TaskBlocks({
      ...{ device: parts.device, buffers: parts.buffers },
      ended: (execution, job, then) => this.#jobDone(execution, job, then),
      full: (execution) => this.#decide(execution, Status.BUSY),
    });
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
   * were about to. [SAM-5 5.6, SPC-4 7.5.8]
   */
  abort(covered: readonly Execution[], how: Abortion, onEnded: () => void): void {
    this.#endAll(covered, (execution) => this.#abort(execution, how), onEnded);
  }

  /** Ends tasks with a sense; else the same. What they have proposed has no effect any more. */
  terminate(covered: readonly Execution[], sense: Sense, onEnded: () => void): void {
    this.#endAll(covered, (execution) => this.#terminate(execution, sense), onEnded);
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
    const own = this.select((task) => task.nexus.id === nexus.id);
    // What it proposed last may be a reservation that no replica has yet, or a prevention.
    const { name } = nexus;
    const holds = this.reservation.holdsSpc2(name) || this.removal.isPreventedBy(name);
    const mayHold = holds || own.some((one) => one.isProposed);
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
    this.#trace.checkCondition(task, sense);
    this.#decide(execution, Status.CHECK_CONDITION);
  }

  conflict(task: Task): void {
    const execution = this.#running(task);
    this.#trace.conflict(task, this.reservation.holderText);
    this.#decide(execution, Status.RESERVATION_CONFLICT);
  }

  run(task: Task, request: JobRequest, then: (job: Job) => void): void {
    this.#blocks.run(this.#running(task), request, then);
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
    execution.state = "executing";
    if (command.apply === undefined) command.execute(cdb, task, this);
    else if (command.prepare === undefined) this.#propose(execution);
    else command.prepare(cdb, task, this, () => this.#propose(execution));
  }

  /** The task has done all that comes before its action. */
  #propose(execution: Execution): void {
    const { command, task } = execution;
    assert(command !== null, "only what has passed the gates is proposed");
    const { nexus, tag } = task;
    const { generation } = this;
    const cdb = task.cdb.subarray(0, command.row.length);
    const data = gather(task.dataOut).subarray(0, task.dataOutLength);
    execution.isProposed = true;
    this.propose({ type: "command", nexus, tag, generation, cdb, data }, (answer) =>
      this.#answered(execution, { generation, answer }),
    );
  }

  #answered(
    execution: Execution,
    { generation, answer }: { generation: number; answer: ActionAnswer | "unavailable" },
  ): void {
    // An action that came first may have ended the task.
    if (!execution.isProposed) return;
    execution.isProposed = false;
    const { command, cdb, task } = execution;
    if (execution.state === "decided") {
      if (execution.isOver) this.#end(execution);
    } else if (answer === "good") {
      assert(command?.apply !== undefined && cdb !== null, "what is proposed can be applied");
      if (command.conclude === undefined) this.good(task);
      else command.conclude(cdb, task, this);
    } else if (answer === "conflict") {
      this.conflict(task);
    } else if (answer === "void") {
      // Tasks of others were aborted meanwhile. Unless nobody here knows of it, another try is new.
      if (generation === this.generation) this.#decide(execution, Status.BUSY);
      else this.#propose(execution);
    } else {
      this.fail(task, answer === "unavailable" ? UNAVAILABLE : answer);
    }
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
    if (job.status !== "ok" && !task.isAborted) this.#trace.jobFailed(job);
    if (execution.state === "decided") {
      if (execution.isOver) this.#end(execution);
    } else if (job.status === "ok") {
      then(job);
    } else if (job.status === "reserved") {
      this.conflict(task);
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
    if (execution.isOver) this.#end(execution);
  }

  /** Decides the task once more, if need be: what is aborted is not answered. */
  #abort(execution: Execution, { by, isTold, isOrdered }: Abortion): void {
    const { task } = execution;
    if (execution.state === "ended") return;
    if (isOrdered) execution.isProposed = false;
    if (task.isAborted) {
      if (execution.isOver) this.#end(execution);
      return;
    }
    task.isAborted = true;
    task.sense = null;
    const isOthers = task.nexus.name !== by;
    this.#decide(execution, isTold && isOthers ? Status.TASK_ABORTED : Status.GOOD);
    for (const job of execution.jobs) this.device.abort(job);
  }

  /** Says so to an initiator that has not aborted the task. */
  #terminate(execution: Execution, sense: Sense): void {
    if (execution.state === "ended") return;
    execution.isProposed = false;
    if (execution.state === "decided") {
      if (execution.isOver) this.#end(execution);
      return;
    }
    const { task, jobs } = execution;
    this.fail(task, sense);
    for (const job of jobs) this.device.abort(job);
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
}
