/** A target device with fake commands on held devices, and a transport that notes what it is told. */
import { BufferPool } from "../../../lib/base/buffer-pool";
import type { TraceEvent } from "../../../lib/base/trace";
import type { TargetPortGroups } from "../../../lib/scsi/alua";
import type { Command } from "../../../lib/scsi/command";
import type { LogicalUnit } from "../../../lib/scsi/logical-unit";
import { type Nexus, nexusName } from "../../../lib/scsi/nexus";
import { TargetDevice } from "../../../lib/scsi/target-device";
import { Task, type TaskAttribute } from "../../../lib/scsi/task";
import type { TaskManagementFunction, TaskManagementResponse } from "../../../lib/scsi/transport";
import type { UnitProfile } from "../../../lib/scsi/unit";
import type { UnitShare } from "../../../lib/scsi/unit-share";
import { fakeCommands } from "./fake-commands";
import { HeldDevice } from "./held-device";

export const profile: UnitProfile = {
  lun: 0,
  targetName: "iqn.2026-11.io.twinlun:spec",
  vendor: "SPEC",
  product: "DISK",
  revision: "1",
  serial: "0001",
  naa: new Uint8Array(8),
  removable: true,
  readOnly: false,
  thin: false,
  physicalBlockExponent: 0,
};

/** A CDB with an LBA and a block count where the fake commands have them. */
export function cdb(opcode: number, lba = 0, blockCount = 0): Buffer {
  const bytes = Buffer.alloc(16);
  bytes[0] = opcode;
  if (lba > 0) bytes.writeUInt32BE(lba, 2);
  if (blockCount > 0) bytes.writeUInt16BE(blockCount, 7);
  return bytes;
}

let nexusCount = 0;

export function makeNexus(initiator: string, relativeTargetPort = 1): Nexus {
  const initiatorName = `iqn.2000-01.spec:${initiator}`;
  const initiatorPort = `${initiatorName},i,0x000000000001`;
  const name = nexusName(initiatorPort, relativeTargetPort);
  return { id: ++nexusCount, name, initiatorName, initiatorPort, relativeTargetPort };
}

export class Bench {
  readonly device: HeldDevice;
  readonly buffers: BufferPool;
  readonly target: TargetDevice;
  readonly unit: LogicalUnit;
  /** Tasks ended, in order. */
  readonly ended: Task[] = [];
  /** Tasks whose Data-Out was asked for. */
  readonly receiving: Task[] = [];
  readonly traced: TraceEvent[] = [];
  /** Additional Response Information of the last function that had any, in hexadecimal. */
  information: string | null = null;
  /** Called from within the transport when a task has ended. */
  onEnded: (task: Task) => void = () => {};
  readonly #relativeTargetPort: number;
  #tag = 0;
  #nowMs = 0;

  constructor(
    options: {
      device?: HeldDevice;
      profile?: Partial<UnitProfile>;
      commands?: readonly Command[];
      payloadMax?: number;
      /** The port that its nexuses come in by. */
      relativeTargetPort?: number;
      /** Who orders actions; asked for each bench, as controllers have one each. */
      share?: UnitShare;
      access?: () => TargetPortGroups;
    } = {},
  ) {
    this.#relativeTargetPort = options.relativeTargetPort ?? 1;
    this.device = options.device ?? new HeldDevice();
    this.buffers = new BufferPool({ limit: options.payloadMax ?? 1 << 20, waitersMax: 4 });
    this.target = new TargetDevice({
      units: [0, 5].map((lun) => ({
        profile: { ...profile, lun, ...options.profile },
        device: this.device,
        ...(options.access === undefined ? {} : { access: options.access() }),
      })),
      ...(options.share === undefined
        ? {}
        : { share: options.share, ports: [this.#relativeTargetPort] }),
      commands: options.commands ?? fakeCommands,
      buffers: this.buffers,
      trace: (event) => this.traced.push(event),
    });
    this.unit = this.target.unitAt(0) as LogicalUnit;
    this.target.attach({
      receiveDataOut: (task) => this.receiving.push(task),
      sendCommandComplete: (task) => {
        this.ended.push(task);
        task.release?.(task.isAborted ? "dropped" : "sent");
        this.onEnded(task);
      },
    });
  }

  /** A nexus, told of the power on already unless `isNew`. */
  nexus(name: string, isNew = false): Nexus {
    const nexus = makeNexus(name, this.#relativeTargetPort);
    this.target.nexusEstablished(nexus);
    if (!isNew) for (const lun of [0, 5]) this.target.unitAt(lun)?.unitAttentions.take(nexus.id);
    return nexus;
  }

  /** Sends a command and returns its task. */
  send(
    nexus: Nexus,
    bytes: Uint8Array,
    fields: { lun?: number | null; attribute?: TaskAttribute; dataInMax?: number } = {},
  ): Task {
    const task = new Task({
      nexus,
      lun: fields.lun === undefined ? 0 : fields.lun,
      tag: ++this.#tag,
      attribute: fields.attribute ?? "simple",
      cdb: bytes,
      dataInMax: fields.dataInMax ?? 1 << 20,
      dataOutMax: 1 << 20,
    });
    this.target.commandReceived(task);
    return task;
  }

  /** Brings all the Data-Out of a task: zeros unless given. */
  bring(task: Task, data?: Uint8Array): void {
    task.dataOut = [data ?? Buffer.alloc(Math.min(task.dataOutLength, task.dataOutMax))];
    this.target.dataOutReceived(task);
  }

  /** The time of the next deadline comes, if there is one. */
  tick(): void {
    const deadlineMs = this.target.nextDeadline();
    if (deadlineMs === Infinity) return;
    this.#nowMs = Math.max(this.#nowMs, deadlineMs);
    this.target.time(this.#nowMs);
  }

  /** Ends all jobs, also those of what is done to a medium, until there is nothing left to do. */
  settle(): void {
    this.device.finishAll();
    while (this.target.nextDeadline() < Infinity) {
      this.tick();
      this.device.finishAll();
    }
  }

  /** Sends a task management function; the list gets its response, once it is there. */
  manage(
    nexus: Nexus,
    name: TaskManagementFunction,
    fields: { lun?: number | null; referencedTag?: number } = {},
  ): TaskManagementResponse[] {
    const responses: TaskManagementResponse[] = [];
    this.target.taskManagementReceived({
      function: name,
      nexus,
      lun: fields.lun === undefined ? 0 : fields.lun,
      referencedTag: fields.referencedTag ?? 0,
      onDone: (response, information) => {
        responses.push(response);
        if (information !== undefined) this.information = Buffer.from(information).toString("hex");
      },
    });
    return responses;
  }
}
