/**
 * How the tasks of one logical unit get at blocks: the jobs done for them, and the buffers of the
 * pool they read into. What a job's end means for its task is the logical unit's affair.
 */
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import type { BlockDevice } from "../block/device";
import { Job } from "../block/job";
import type { Execution } from "./execution";
import type { Nexus } from "./nexus";
import { Origins } from "./origins";
import type { JobRequest, Unit } from "./unit";

export interface TaskBlocksPorts {
  readonly device: BlockDevice;
  readonly buffers: BufferPool;
  /** A job of the task has ended; `then` is what the task does if it ended well. */
  ended(execution: Execution, job: Job, then: (job: Job) => void): void;
  /** Too many wait for room in the pool. */
  full(execution: Execution): void;
}

export class TaskBlocks {
  readonly #ports: TaskBlocksPorts;
  readonly #origins = new Origins();

  constructor(ports: TaskBlocksPorts) {
    this.#ports = ports;
  }

  nexusLost(nexus: Nexus): void {
    this.#origins.nexusLost(nexus);
  }

  /** As `Unit.run`. */
  run(execution: Execution, request: JobRequest, then: (job: Job) => void): void {
    const { op, lba, blockCount, fua = false, data = [] } = request;
    const { device } = this.#ports;
    assert(lba + blockCount <= device.geometry.blockCount, "a job inside the medium");
    const onDone = (done: Job): void => this.#ports.ended(execution, done, then);
    const access = execution.command?.writes === true ? "write" : "read";
    const origin = this.#origins.of(execution.task.nexus, access);
    const job = new Job({ op, lba, blockCount, fua, data, origin, onDone });
    execution.jobStarted(job);
    device.submit(job);
  }

  /** As `Unit.runAt`, but that `done` comes however the task stands. */
  runAt(execution: Execution, at: Unit, request: JobRequest, done: (job: Job) => void): void {
    const { op, lba, blockCount, fua = false, data = [] } = request;
    assert(lba + blockCount <= at.device.geometry.blockCount, "a job inside the medium");
    const onDone = (job: Job): void => {
      execution.jobDone(job);
      done(job);
    };
    const origin = this.#origins.of(execution.task.nexus, op === "read" ? "read" : "write");
    const job = new Job({ op, lba, blockCount, fua, data, origin, onDone });
    execution.jobStarted(job, at.device);
    at.device.submit(job);
  }

  /** As `Unit.read`. */
  read(execution: Execution, lba: number, blockCount: number, then: () => void): void {
    const { task } = execution;
    const { buffers, device } = this.#ports;
    const { blockSize } = device.geometry;
    task.dataInLength += blockCount * blockSize;
    // What the initiator will not take need not be read.
    const isForInitiator = execution.command?.row.direction === "in";
    const taken = isForInitiator ? Math.ceil(task.dataInMax / blockSize) : blockCount;
    const count = Math.min(blockCount, taken);
    if (count === 0) {
      then();
      return;
    }
    const range = { lba, blockCount: count };
    const length = count * blockSize;
    if (buffers.has(length)) this.#readNow(execution, range, then);
    else this.#whenRoom(execution, length, () => this.#readNow(execution, range, then));
  }

  /** As `Unit.borrow`. */
  borrow(execution: Execution, length: number, then: (buffer: Uint8Array) => void): void {
    const { buffers } = this.#ports;
    const take = (): void => then(execution.borrow(buffers, length));
    if (buffers.has(length)) take();
    else this.#whenRoom(execution, length, take);
  }

  #whenRoom(execution: Execution, length: number, then: () => void): void {
    const isInLine = this.#ports.buffers.wait(length, () => {
      if (execution.state === "executing") then();
    });
    if (!isInLine) this.#ports.full(execution);
  }

  #readNow(
    execution: Execution,
    range: { lba: number; blockCount: number },
    then: () => void,
  ): void {
    const { lba, blockCount } = range;
    const { buffers, device } = this.#ports;
    const buffer = execution.borrow(buffers, blockCount * device.geometry.blockSize);
    this.run(execution, { op: "read", lba, blockCount, data: [buffer] }, then);
  }
}
