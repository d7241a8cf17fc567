/**
 * A target device with three disks of different kinds on stores in memory, for copies between them:
 * LUN 0 and 1 have blocks of 512 bytes, LUN 2 has blocks of 4096.
 */
import { extendedCopyLid1, receiveCopyStatusLid1, type Sense } from "node-scsi-cdb";
import { BufferPool } from "../../../lib/base/buffer-pool";
import { gather } from "../../../lib/base/bytes";
import { CompletionQueue } from "../../../lib/block/completion-queue";
import type { BlockDevice } from "../../../lib/block/device";
import { Job, type JobStatus } from "../../../lib/block/job";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { LogicalUnit } from "../../../lib/scsi/logical-unit";
import type { Nexus } from "../../../lib/scsi/nexus";
import { TargetDevice } from "../../../lib/scsi/target-device";
import { Task } from "../../../lib/scsi/task";
import {
  IDENTIFICATION_DESCRIPTOR,
  header,
  targetDescriptor,
} from "../../../lib/scsi/third-party-copy/parameter-list";
import {
  blockToBlock,
  blockToBlockWithOffset,
} from "../../../lib/scsi/third-party-copy/segment-descriptor";
import type { UnitProfile } from "../../../lib/scsi/unit";
import { MemoryStore } from "../../../lib/store/memory-store";
import { makeNexus, profile } from "./bench";
import { describeSense } from "./unit";

export const BLOCK_SIZES = [512, 512, 4096] as const;
/** Bytes of each disk. */
export const CAPACITY = 4 << 20;

/** The NAA name of the unit at a LUN. */
export function naaOf(lun: number): Buffer {
  return Buffer.from([0x30, 1, 2, 3, 4, 5, 6, lun]);
}

/** The descriptor of the unit at a LUN, but for what is said otherwise. */
export function target(
  lun: number,
  fields: Parameters<typeof targetDescriptor.encode>[0] = {},
): Uint8Array {
  const designator = Buffer.concat([naaOf(lun)], 20);
  const named = { codeSet: 1, designatorType: 3, designatorLength: 8, designator };
  return targetDescriptor.encode({ type: IDENTIFICATION_DESCRIPTOR, ...named, ...fields });
}

/** A segment of type 02h. */
export function blocks(fields: Parameters<typeof blockToBlock.encode>[0]): Uint8Array {
  return blockToBlock.encode({ type: 0x02, descriptorLength: 24, ...fields });
}

/** A segment of type 0Ah. */
export function bytes(fields: Parameters<typeof blockToBlockWithOffset.encode>[0]): Uint8Array {
  return blockToBlockWithOffset.encode({ type: 0x0a, descriptorLength: 28, ...fields });
}

export function listOf(
  targets: readonly Uint8Array[],
  segments: readonly Uint8Array[],
  fields: Parameters<typeof header.encode>[0] = {},
): Buffer {
  const [targetsLength, segmentsLength] = [targets, segments].map((parts) =>
    parts.reduce((sum, { length }) => sum + length, 0),
  ) as [number, number];
  const head = header.encode({ targetsLength, segmentsLength, ...fields });
  return Buffer.concat([head, ...targets, ...segments]);
}

export interface CopyOutcome {
  readonly status: number;
  readonly sense: Sense | null;
  /** As `describeSense` puts it. */
  readonly text: string | null;
  readonly data: Buffer;
}

export class CopyBench {
  readonly target: TargetDevice;
  readonly buffers: BufferPool;
  readonly nexus = makeNexus("a");
  readonly completions = new CompletionQueue();
  /** One line per job: LUN, op, first block, count. */
  readonly jobs: string[] = [];
  readonly ended: Task[] = [];
  /** How jobs end that are noted so, by their lines. */
  readonly failures = new Map<string, JobStatus>();
  readonly #stores: readonly MemoryStore[];
  #tag = 0;

  constructor(profiles: readonly Partial<UnitProfile>[] = []) {
    const { completions } = this;
    this.#stores = BLOCK_SIZES.map((blockSize) => {
      const geometry = { blockSize, blockCount: CAPACITY / blockSize };
      return new MemoryStore({ geometry, identity: Buffer.alloc(16), completions });
    });
    this.buffers = new BufferPool({ limit: 4 << 20, waitersMax: 4 });
    this.target = new TargetDevice({
      units: this.#stores.map((store, lun) => ({
        profile: { ...profile, lun, naa: naaOf(lun), ...profiles[lun] },
        device: this.#noting(store, lun),
      })),
      commands: diskCommands,
      buffers: this.buffers,
      trace: () => {},
    });
    this.target.attach({
      receiveDataOut: (task) => this.target.dataOutReceived(task),
      sendCommandComplete: (task) => {
        this.ended.push(task);
        task.release?.(task.isAborted ? "dropped" : "sent");
      },
    });
    this.logIn(this.nexus);
  }

  /** Makes a nexus one that has been told of the power on. */
  logIn(nexus: Nexus): Nexus {
    this.target.nexusEstablished(nexus);
    for (const lun of BLOCK_SIZES.keys()) this.unit(lun).unitAttentions.take(nexus.id);
    return nexus;
  }

  unit(lun: number): LogicalUnit {
    return this.target.unitAt(lun) as LogicalUnit;
  }

  /** Sends a command to a unit; nothing is done for it yet. */
  send(cdb: Uint8Array, options: { lun?: number; nexus?: Nexus; dataOut?: Uint8Array } = {}): Task {
    const { lun = 0, nexus = this.nexus, dataOut = new Uint8Array(0) } = options;
    const task = new Task({
      ...{ nexus, lun, tag: ++this.#tag, attribute: "simple", dataInMax: 1 << 20 },
      cdb: Buffer.concat([cdb], 16),
      dataOutMax: dataOut.length,
    });
    task.dataOut = [dataOut];
    this.target.commandReceived(task);
    return task;
  }

  /** Does the next job. */
  step(): void {
    this.completions.run(1);
  }

  /** Runs a command to its end. */
  check(cdb: Uint8Array, options: Parameters<CopyBench["send"]>[1] = {}): CopyOutcome {
    const task = this.send(cdb, options);
    this.completions.run();
    return this.outcomeOf(task);
  }

  copy(
    list: Uint8Array,
    options: Omit<Parameters<CopyBench["send"]>[1], "dataOut"> = {},
  ): CopyOutcome {
    return this.outcomeOf(this.begin(list, options, true));
  }

  /** Sends EXTENDED COPY; does all of it if `isRun`. */
  begin(
    list: Uint8Array,
    options: Omit<Parameters<CopyBench["send"]>[1], "dataOut"> = {},
    isRun = false,
  ): Task {
    const cdb = extendedCopyLid1.encode({ parameterListLength: list.length });
    const task = this.send(cdb, { ...options, dataOut: list });
    if (isRun) this.completions.run();
    return task;
  }

  /** RECEIVE COPY STATUS in hexadecimal from COPY COMMAND STATUS on, or its sense. */
  status(listIdentifier: number, nexus = this.nexus): string | null {
    const cdb = receiveCopyStatusLid1.encode({ listIdentifier, allocationLength: 512 });
    const { text, data } = this.outcomeOf(this.send(cdb, { nexus }));
    return text ?? data.subarray(4).toString("hex");
  }

  outcomeOf(task: Task): CopyOutcome {
    if (!this.ended.includes(task)) throw new Error("the task has not ended");
    const { status, sense } = task;
    const text = sense === null ? null : describeSense(sense);
    return { status, sense, text, data: Buffer.from(gather(task.dataIn)) };
  }

  /** Bytes `start`…`end` of a disk. */
  bytes(lun: number, start = 0, end = CAPACITY): Buffer {
    const data = Buffer.alloc(CAPACITY);
    this.#do(lun, "read", data);
    return data.subarray(start, end);
  }

  /** Writes a disk from its start. */
  fill(lun: number, data: Buffer): void {
    this.#do(lun, "write", data);
  }

  #do(lun: number, op: "read" | "write", data: Buffer): void {
    const blockCount = data.length / (BLOCK_SIZES[lun] as number);
    const job = new Job({ op, lba: 0, blockCount, data: [data], onDone: () => {} });
    this.#stores[lun]?.submit(job);
    this.completions.run();
  }

  #noting(store: MemoryStore, lun: number): BlockDevice {
    return {
      geometry: store.geometry,
      can: store.can,
      identity: store.identity,
      submit: (job) => {
        const line = `${lun} ${job.op} ${job.lba}+${job.blockCount}`;
        this.jobs.push(line);
        const failure = this.failures.get(line);
        if (failure === undefined) store.submit(job);
        else this.completions.push(job, failure);
      },
      abort: (job) => {
        this.jobs.push(`${lun} abort`);
        store.abort(job);
      },
    };
  }
}
