/**
 * The SCSI target device: its logical units by LUN, and the way of each task, nexus and task
 * management function to them. A LUN without a unit is a unit too, a vacant one on which only the
 * commands run that tell so; hence a target with no unit at all answers INQUIRY and REPORT LUNS.
 * [SAM-5 4.6.4, 5.11]
 */
import type { Sense } from "node-scsi-cdb";
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import type { TraceSink } from "../base/trace";
import type { BlockDevice } from "../block/device";
import type { Command } from "./command";
import { CommandTable } from "./command-table";
import { LogicalUnit } from "./logical-unit";
import type { Nexus } from "./nexus";
import type { Task } from "./task";
import { manageTasks } from "./task-management";
import type { DeviceServer, TaskManagement, TransportServices } from "./transport";
import type { UnitProfile } from "./unit";

export interface TargetDeviceOptions {
  readonly units: readonly { readonly profile: UnitProfile; readonly device: BlockDevice }[];
  readonly commands: readonly Command[];
  readonly buffers: BufferPool;
  readonly trace: TraceSink;
}

/** What stands at a LUN without a unit; its names are those of the target's first unit, if any. */
const NO_PROFILE: UnitProfile = {
  lun: 0,
  vendor: "TWINLUN",
  product: "TARGET",
  revision: "1",
  serial: "",
  naa: new Uint8Array(8),
  removable: false,
  readOnly: true,
  thin: false,
  physicalBlockExponent: 0,
};

const NO_DEVICE: BlockDevice = {
  geometry: { blockSize: 512, blockCount: 0 },
  can: { volatileCache: false, unmap: false, readOnly: true },
  identity: new Uint8Array(16),
  submit: () => assert(false, "a vacant LUN has no blocks"),
  abort: () => assert(false, "a vacant LUN has no blocks"),
};

export class TargetDevice implements DeviceServer {
  readonly #units = new Map<number, LogicalUnit>();
  readonly #vacant: LogicalUnit;
  readonly #trace: TraceSink;
  #transport: TransportServices | null = null;

  constructor(options: TargetDeviceOptions) {
    const { buffers, trace } = options;
    const commands = new CommandTable(options.commands);
    const targetLuns = options.units.map(({ profile }) => profile.lun).sort((a, b) => a - b);
    const transport: TransportServices = {
      receiveDataOut: (task) => this.#attached().receiveDataOut(task),
      sendCommandComplete: (task) => this.#attached().sendCommandComplete(task),
    };
    const shared = { commands, buffers, trace, targetLuns, transport };
    for (const { profile, device } of options.units) {
      assert(!this.#units.has(profile.lun), "one unit at a LUN");
      const unit = new LogicalUnit({ ...shared, isVacant: false, profile, device });
      this.#units.set(profile.lun, unit);
    }
    const profile = { ...NO_PROFILE, ...options.units[0]?.profile };
    this.#vacant = new LogicalUnit({ ...shared, isVacant: true, profile, device: NO_DEVICE });
    this.#trace = trace;
  }

  /** Says who sends what the tasks become. Once, before anything is received. */
  attach(transport: TransportServices): void {
    assert(this.#transport === null, "a target device has one transport");
    this.#transport = transport;
  }

  /** The unit at a LUN, for those who look from outside. */
  unitAt(lun: number): LogicalUnit | null {
    return this.#units.get(lun) ?? null;
  }

  nexusEstablished(nexus: Nexus): void {
    for (const unit of this.#units.values()) unit.nexusEstablished(nexus);
  }

  nexusLost(nexus: Nexus): void {
    for (const unit of this.#units.values()) unit.nexusLost(nexus);
    this.#vacant.nexusLost(nexus);
  }

  commandReceived(task: Task): void {
    this.#unitOf(task).commandReceived(task);
  }

  dataOutReceived(task: Task): void {
    this.#unitOf(task).dataOutReceived(task);
  }

  dataOutFailed(task: Task, sense: Sense): void {
    this.#unitOf(task).dataOutFailed(task, sense);
  }

  taskManagementReceived(request: TaskManagement): void {
    this.#trace({
      type: "task-management",
      lun: request.lun ?? 0,
      function: request.function,
      initiatorName: request.nexus.initiatorName,
    });
    manageTasks(request, this.#units);
  }

  #unitOf(task: Task): LogicalUnit {
    const unit = task.lun === null ? undefined : this.#units.get(task.lun);
    return unit ?? this.#vacant;
  }

  #attached(): TransportServices {
    assert(this.#transport !== null, "a transport is attached first");
    return this.#transport;
  }
}
