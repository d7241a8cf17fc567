/**
 * A real target device with the disk commands on a store in memory: `check` sends one CDB and says
 * what came of it. Jobs are noted, and a store can pretend to have a volatile cache.
 */
import type { Sense } from "node-scsi-cdb";
import { BufferPool } from "../../../lib/base/buffer-pool";
import { gather } from "../../../lib/base/bytes";
import { CompletionQueue } from "../../../lib/block/completion-queue";
import type { BlockDevice, Capabilities, Geometry } from "../../../lib/block/device";
import type { Job, JobOp, JobStatus } from "../../../lib/block/job";
import type { TargetPortGroups } from "../../../lib/scsi/alua";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { LogicalUnit } from "../../../lib/scsi/logical-unit";
import { type Nexus, nexusName } from "../../../lib/scsi/nexus";
import { TargetDevice } from "../../../lib/scsi/target-device";
import { Task } from "../../../lib/scsi/task";
import type { UnitProfile } from "../../../lib/scsi/unit";
import type { UnitMemory } from "../../../lib/scsi/unit-memory";
import { MemoryStore } from "../../../lib/store/memory-store";

export const BLOCK = 512;
export const BLOCK_COUNT = 1000;

const profile: UnitProfile = {
  lun: 0,
  targetName: "iqn.2026-11.io.twinlun:spec",
  vendor: "TWINLUN",
  product: "DISK",
  revision: "0001",
  serial: "A1B2C3",
  naa: Buffer.from("3fedcba987654321", "hex"),
  removable: false,
  readOnly: false,
  thin: true,
  physicalBlockExponent: 0,
};

/** What became of a command. */
export interface Outcome {
  readonly status: number;
  /** As `describeSense` puts it; null without sense. */
  readonly sense: string | null;
  readonly data: Buffer;
  readonly task: Task;
}

/** `key/asc/ascq` in hexadecimal, and where: `5/24/00 cdb 1.7` is byte 1, bit 7 of the CDB. */
export function describeSense({ code, field }: Sense): string {
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  const text = `${code.key.toString(16)}/${hex(code.asc)}/${hex(code.ascq)}`;
  return field === undefined ? text : `${text} ${field.in} ${field.byte}.${field.bit}`;
}

export interface SpecUnitOptions {
  readonly profile?: Partial<UnitProfile>;
  readonly can?: Partial<Capabilities>;
  readonly geometry?: Partial<Geometry>;
  /** Of the unit that `check` asks. */
  readonly access?: TargetPortGroups;
  readonly memory?: UnitMemory;
  readonly calendar?: () => number;
  /** How a job ends in place of being done; null: it is done. */
  readonly fail?: (job: Job) => JobStatus | null;
}

export interface SendOptions {
  readonly dataOut?: Uint8Array;
  readonly dataInMax?: number;
  readonly nexus?: Nexus;
  readonly lun?: number | null;
}

export class SpecUnit {
  readonly unit: LogicalUnit;
  readonly store: MemoryStore;
  /** One line per job submitted: op, first block, count, and whether it must be stable. */
  readonly jobs: string[] = [];
  /** What the store fails to do from now on. */
  readonly broken = new Set<JobOp>();
  /** Jobs that wait for `release`. */
  readonly #held: Job[] = [];
  #heldOp: JobOp | null = null;
  /** The nexus that `check` uses unless told otherwise. */
  readonly nexus: Nexus;
  readonly target: TargetDevice;
  /** The unit's clock, which `advance` moves. */
  nowMs = 0;
  readonly #fail: (job: Job) => JobStatus | null;
  readonly #completions = new CompletionQueue();
  readonly #ended = new Set<Task>();
  readonly #dataOut = new Map<Task, Uint8Array>();
  /** The Data-Out of the task that runs. */
  #borrowed = Buffer.alloc(0);
  #nexusCount = 0;
  #lastTag = 0;

  constructor(options: SpecUnitOptions = {}) {
    const geometry = { blockSize: BLOCK, blockCount: BLOCK_COUNT, ...options.geometry };
    const identity = Buffer.alloc(16);
    this.#fail = options.fail ?? (() => null);
    this.store = new MemoryStore({ geometry, identity, completions: this.#completions });
    const device: BlockDevice = {
      geometry,
      identity,
      can: { ...this.store.can, ...options.can },
      submit: (job) => this.#submit(job),
      abort: (job) => this.store.abort(job),
    };
    this.target = new TargetDevice({
      units: [0, 300].map((lun) => ({
        profile: { ...profile, ...options.profile, lun },
        device,
        ...(options.access === undefined ? {} : { access: options.access }),
        ...(options.memory === undefined || lun !== 0 ? {} : { memory: options.memory }),
      })),
      commands: diskCommands,
      calendar: options.calendar ?? (() => 0),
      buffers: new BufferPool({ limit: 16 << 20, waitersMax: 4 }),
      trace: () => {},
    });
    this.target.attach({
      receiveDataOut: (task) => this.#receive(task),
      sendCommandComplete: (task) => void this.#ended.add(task),
    });
    this.unit = this.target.unitAt(0) as LogicalUnit;
    this.nexus = this.login();
  }

  /** A new nexus, told of the power on already. */
  login(): Nexus {
    const id = ++this.#nexusCount;
    const initiatorName = `iqn.2000-01.spec:${id}`;
    const initiatorPort = `${initiatorName},i,0x000000000001`;
    const relativeTargetPort = 2;
    const name = nexusName(initiatorPort, relativeTargetPort);
    const nexus: Nexus = { id, name, initiatorName, initiatorPort, relativeTargetPort };
    this.target.nexusEstablished(nexus);
    this.unit.unitAttentions.take(id);
    return nexus;
  }

  /** The end of the process is near. */
  stop(): void {
    this.target.stop();
  }

  /** The store takes jobs of one kind and does not do them, until they are released. */
  hold(op: JobOp): void {
    this.#heldOp = op;
  }

  release(): void {
    this.#heldOp = null;
    for (const job of this.#held.splice(0)) this.store.submit(job);
    this.settle();
  }

  /** Has the unit's own jobs done, as far as they go now. */
  settle(): void {
    this.#completions.run();
  }

  /** Runs a CDB to its end. The initiator expects as much as it sends, or takes up to 1 MiB. */
  check(cdb: Uint8Array, options: SendOptions = {}): Outcome {
    const task = this.send(cdb, options);
    if (!this.#ended.has(task)) this.finish();
    const outcome = this.outcomeOf(task);
    if (outcome === null) throw new Error("the task has not ended");
    return outcome;
  }

  /** Sends a CDB, and performs the jobs it has at once. */
  send(cdb: Uint8Array, options: SendOptions = {}): Task {
    const dataOut = options.dataOut ?? Buffer.alloc(0);
    const task = new Task({
      nexus: options.nexus ?? this.nexus,
      lun: options.lun === undefined ? 0 : options.lun,
      tag: ++this.#lastTag,
      attribute: "simple",
      cdb: Buffer.concat([cdb], Math.max(16, cdb.length)),
      dataInMax: options.dataInMax ?? 1 << 20,
      dataOutMax: dataOut.length,
    });
    this.#dataOut.set(task, dataOut);
    this.target.commandReceived(task);
    this.#completions.run();
    return task;
  }

  /** What became of a task; null: it has not ended. */
  outcomeOf(task: Task): Outcome | null {
    if (!this.#ended.delete(task)) return null;
    const sense = task.sense === null ? null : describeSense(task.sense);
    const data = Buffer.from(gather(task.dataIn));
    task.release?.("sent");
    // A task's bytes are valid until it has ended: from here on something else stands there.
    task.cdb.fill(0xee);
    this.#borrowed.fill(0xee);
    return { status: task.status, sense, data, task };
  }

  /** Lets time pass, and what is done to the medium go on. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.target.nextDeadline() <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.target.nextDeadline());
      this.target.time(this.nowMs);
      this.#completions.run();
    }
    this.nowMs = endMs;
  }

  /** Until nothing is done to the medium any more. */
  finish(): void {
    while (this.target.nextDeadline() < Infinity) {
      this.advance(Math.max(0, this.target.nextDeadline() - this.nowMs));
    }
  }

  #submit(job: Job): void {
    const stable = job.fua ? " fua" : "";
    this.jobs.push(`${job.op} ${job.lba}+${job.blockCount}${stable}`);
    const failure = this.#fail(job);
    if (failure !== null) this.#completions.push(job, failure);
    else if (this.#heldOp === job.op) this.#held.push(job);
    else if (this.broken.has(job.op)) this.#completions.push(job, "medium-error");
    else this.store.submit(job);
  }

  #receive(task: Task): void {
    const length = Math.min(task.dataOutLength, task.dataOutMax);
    const bytes = Buffer.from(this.#dataOut.get(task) as Uint8Array).subarray(0, length);
    // What is long in two pieces at an odd place, as PDUs may cut it.
    task.dataOut = length > 300 ? [bytes.subarray(0, 300), bytes.subarray(300)] : [bytes];
    this.#borrowed = bytes;
    this.target.dataOutReceived(task);
  }
}
