/**
 * A device server of a few lines: a disk of 512-byte blocks in memory that knows TEST UNIT READY,
 * READ (10) and WRITE (10), and can be told to keep tasks waiting. No gates, no task set.
 */
import { LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE, type Sense, Status } from "node-scsi-cdb";
import { BufferPool } from "../../../lib/base/buffer-pool";
import { gather, getU16, getU32, lengthOf } from "../../../lib/base/bytes";
import type { Nexus } from "../../../lib/scsi/nexus";
import type { Task } from "../../../lib/scsi/task";
import type { DeviceServer, TaskManagement, TransportServices } from "../../../lib/scsi/transport";

export const BLOCK = 512;
const BLOCKS = 4096;

export class FakeDevice implements DeviceServer {
  readonly bytes = Buffer.alloc(BLOCKS * BLOCK);
  /** Tasks not yet ended, in order of arrival. */
  readonly tasks: Task[] = [];
  /** Tags of all tasks in order of arrival. */
  readonly arrived: number[] = [];
  readonly managed: TaskManagement[] = [];
  readonly nexuses: Nexus[] = [];
  /** What was borrowed and not yet given back. */
  borrowed = 0;
  readonly releases: string[] = [];
  /** What is read goes out in payload buffers; else in views of the disk. */
  isLending = false;
  readonly #pool = new BufferPool({ limit: BLOCKS * BLOCK, waitersMax: 1 });
  /** Tasks wait for `finish`. */
  isSlow = false;
  hasTaskAbortedStatus = false;
  transport: TransportServices | null = null;

  nexusEstablished(nexus: Nexus): void {
    this.nexuses.push(nexus);
  }

  nexusLost(nexus: Nexus): void {
    this.nexuses.splice(this.nexuses.indexOf(nexus), 1);
    for (const task of this.tasks.filter((one) => one.nexus === nexus)) this.abort(task);
  }

  commandReceived(task: Task): void {
    this.arrived.push(task.tag);
    this.tasks.push(task);
    if (task.cdb[0] === 0x2a) {
      task.dataOutLength = getU16(task.cdb, 7) * BLOCK;
      if (Math.min(task.dataOutLength, task.dataOutMax) > 0) {
        this.transport?.receiveDataOut(task);
        return;
      }
    }
    if (!this.isSlow) this.finish(task);
  }

  dataOutReceived(task: Task): void {
    if (!this.isSlow) this.finish(task);
  }

  dataOutFailed(task: Task, sense: Sense): void {
    task.status = Status.CHECK_CONDITION;
    task.sense = sense;
    this.#end(task);
  }

  taskManagementReceived(request: TaskManagement): void {
    this.managed.push(request);
    const covered = this.tasks.filter((task) =>
      request.function === "abort-task"
        ? task.nexus === request.nexus && task.tag === request.referencedTag
        : request.function.startsWith("target") || task.lun === request.lun,
    );
    const isTask = request.function === "abort-task";
    for (const task of covered) this.abort(task);
    request.onDone(isTask && covered.length === 0 ? "task-does-not-exist" : "function-complete");
  }

  abort(task: Task): void {
    task.isAborted = true;
    task.status = this.hasTaskAbortedStatus ? Status.TASK_ABORTED : Status.GOOD;
    this.#end(task);
  }

  /** Does what the CDB says and ends the task. */
  finish(task: Task): void {
    const at = getU32(task.cdb, 2) * BLOCK;
    const length = getU16(task.cdb, 7) * BLOCK;
    if (at + length > this.bytes.length) {
      task.status = Status.CHECK_CONDITION;
      task.sense = { code: LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE };
    } else if (task.cdb[0] === 0x28) {
      task.dataIn = [this.#lend(task, this.bytes.subarray(at, at + length))];
      task.dataInLength = length;
    } else if (task.cdb[0] === 0x2a) {
      this.bytes.set(gather(task.dataOut).subarray(0, lengthOf(task.dataOut)), at);
    }
    this.#end(task);
  }

  #lend(task: Task, data: Uint8Array): Uint8Array {
    if (!this.isLending) return data;
    task.borrowed = this.#pool.take(data.length);
    task.borrowed.set(data);
    return task.borrowed;
  }

  #end(task: Task): void {
    this.tasks.splice(this.tasks.indexOf(task), 1);
    this.borrowed++;
    task.release = (how) => {
      this.borrowed--;
      this.releases.push(how);
      if (task.borrowed === null) return;
      if (how === "sent") this.#pool.give(task.borrowed);
      else this.#pool.forget(task.borrowed);
    };
    this.transport?.sendCommandComplete(task);
  }
}
