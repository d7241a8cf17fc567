/**
 * The SCSI target device: its logical units by LUN, and the way of each task, nexus and task
 * management function to them. A LUN without a unit is a unit too, a vacant one on which only the
 * commands run that tell so; hence a target with no unit at all answers INQUIRY and REPORT LUNS.
 * [SAM-5 4.6.4, 5.11]
 */
import { ASYMMETRIC_ACCESS_STATE_CHANGED, type Sense, type SenseFormat } from "node-scsi-cdb";
import { assert } from "../base/assert";
import type { BufferPool } from "../base/buffer-pool";
import type { TraceSink } from "../base/trace";
import type { BlockDevice } from "../block/device";
import type { JobOrigin } from "../block/job";
import { type AccessState, TargetPortGroups } from "./alua";
import { applyAction } from "./apply-action";
import type { Command } from "./command";
import { CommandTable } from "./command-table";
import { LogicalUnit } from "./logical-unit";
import { REPORT_LUNS_LUN } from "./lun";
import type { Nexus } from "./nexus";
import { parseNexusName } from "./reservations/nexus-names";
import { decodeReservations } from "./reservations/snapshot";
import type { Task } from "./task";
import { manageTasks } from "./task-management";
import type { Calendar } from "./timestamp";
import type { DeviceServer, TaskManagement, TransportServices } from "./transport";
import type { UnitProfile } from "./unit";
import { NOT_AN_ACTION, encodeAnswer } from "./unit-action";
import { NO_MEMORY, type UnitMemory } from "./unit-memory";
import { LocalShare, type UnitShare } from "./unit-share";
import { restoreSnapshot, snapshotOf } from "./unit-snapshot";
import { wellKnownCommands, wellKnownProfile } from "./well-known-unit";

export interface UnitOptions {
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  /** Absent: it remembers nothing. */
  readonly memory?: UnitMemory;
  /** The ports that lead to it, of all its controllers; absent: those of this one, all alike. */
  readonly access?: TargetPortGroups;
}

export interface TargetDeviceOptions {
  readonly units: readonly UnitOptions[];
  /** Who orders the actions of all controllers of the units; absent: there is no other. */
  readonly share?: UnitShare;
  /** RELATIVE TARGET PORT IDENTIFIERs of this controller's ports; absent: all are. */
  readonly ports?: readonly number[];
  readonly commands: readonly Command[];
  readonly buffers: BufferPool;
  /** Absent: it is 1970, and time stands still. */
  readonly calendar?: Calendar;
  readonly trace: TraceSink;
}

/** What stands at a LUN without a unit; its names are those of the target's first unit, if any. */
const NO_PROFILE: UnitProfile = {
  lun: 0,
  targetName: "",
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
  can: { volatileCache: false, unmap: false, readOnly: true, atomicWrites: false },
  identity: new Uint8Array(16),
  submit: () => assert(false, "a vacant LUN has no blocks"),
  abort: () => assert(false, "a vacant LUN has no blocks"),
};

export class TargetDevice implements DeviceServer {
  readonly #units = new Map<number, LogicalUnit>();
  readonly #vacant: LogicalUnit;
  readonly #trace: TraceSink;
  readonly #ports: readonly number[];
  #transport: TransportServices | null = null;

  constructor(options: TargetDeviceOptions) {
    const { buffers, trace, calendar = () => 0 } = options;
    const commands = new CommandTable(options.commands);
    const targetUnits: LogicalUnit[] = [];
    const transport: TransportServices = {
      receiveDataOut: (task) => this.#attached().receiveDataOut(task),
      sendCommandComplete: (task) => this.#attached().sendCommandComplete(task),
    };
    const share = options.share ?? new LocalShare(this);
    const isOwnPort = (port: number): boolean => options.ports?.includes(port) ?? true;
    const shared = { commands, buffers, calendar, trace, targetUnits, transport, share, isOwnPort };
    this.#ports = options.ports ?? [];
    for (const { profile, device, memory = NO_MEMORY, access } of options.units) {
      assert(!this.#units.has(profile.lun), "one unit at a LUN");
      const own = { profile, device, memory, access: access ?? TargetPortGroups.single() };
      const unit = new LogicalUnit({ ...shared, ...own, isVacant: false });
      this.#units.set(profile.lun, unit);
      targetUnits.push(unit);
    }
    targetUnits.sort((a, b) => a.profile.lun - b.profile.lun);
    const profile = { ...NO_PROFILE, ...options.units[0]?.profile };
    const access = TargetPortGroups.single();
    const nothing = { device: NO_DEVICE, memory: NO_MEMORY, access };
    this.#vacant = new LogicalUnit({ ...shared, ...nothing, isVacant: true, profile });
    this.#units.set(
      REPORT_LUNS_LUN,
      new LogicalUnit({
        ...{ ...shared, ...nothing, isVacant: false, profile: wellKnownProfile(profile) },
        commands: wellKnownCommands(options.commands),
        share: new LocalShare(this),
      }),
    );
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

  senseFormatOf(task: Task): SenseFormat {
    return this.#unitOf(task).modePages.senseFormat;
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

  /**
   * For who orders actions: applies one that was proposed here or at another controller. The unit
   * has changed when this returns; `done` comes with the answer when the tasks it ends have ended.
   */
  applyAction(lun: number, action: Uint8Array, done: (answer: Uint8Array) => void): void {
    const unit = this.#units.get(lun);
    if (unit === undefined) done(encodeAnswer(NOT_AN_ACTION));
    else applyAction(unit, action, done);
  }

  /** All that actions can change of a unit, for another controller to `restore`. */
  snapshot(lun: number): Uint8Array {
    return snapshotOf(this.#unitAt(lun));
  }

  /** Takes over the state of a unit as a whole. False: that was no snapshot; nothing changed. */
  restore(lun: number, snapshot: Uint8Array): boolean {
    return restoreSnapshot(this.#unitAt(lun), snapshot);
  }

  /**
   * For a controller that goes on without the others of the unit: the nexuses of those are lost
   * with them, and with a nexus what it RESERVEd or prevented and the ACA condition it would have
   * to deal with. What one of them did to the medium this one goes on with. Of a share that orders
   * without them.
   */
  dismissAbsent(lun: number): void {
    const unit = this.#unitAt(lun);
    const holder = decodeReservations(unit.reservation.snapshot())?.spc2Holder ?? null;
    const named = new Set([holder ?? [], unit.aca.names(), unit.removal.preventing].flat());
    for (const name of unit.unitAttentions.names()) named.delete(name);
    for (const name of named) {
      const ports = parseNexusName(name);
      assert(ports !== null, "what the unit keeps of a nexus goes by its name");
      const nexus = { name, initiatorName: "", ...ports };
      unit.propose({ type: "nexus-lost", nexus }, () => {});
    }
    const [port] = this.#ports;
    if (port !== undefined) unit.work.takeOver(port);
  }

  /** The clock reached `nextDeadline()`. */
  time(nowMs: number): void {
    for (const { work } of this.#units.values()) work.time(nowMs);
  }

  /** When `time` is due next; Infinity: nothing is done to any medium. */
  nextDeadline(): number {
    let earliest = Infinity;
    for (const { work } of this.#units.values()) {
      earliest = Math.min(earliest, work.nextDeadline());
    }
    return earliest;
  }

  /** Whether somebody else's reservation forbids a job now. */
  isReservedAgainst(lun: number, { nexus, access }: JobOrigin): boolean {
    return !this.#unitAt(lun).reservation.allowsAccess(nexus, access);
  }

  /** Sets the states of groups by their tags, and tells every nexus if one is another now. */
  setAccess(lun: number, states: ReadonlyMap<number, AccessState>): void {
    const unit = this.#unitAt(lun);
    if (!unit.access.set(states)) return;
    unit.unitAttentions.establishForAll({ code: ASYMMETRIC_ACCESS_STATE_CHANGED }, null);
  }

  /** When no nexus is left: ends what units do by themselves. */
  stop(): void {
    for (const { records, work } of this.#units.values()) {
      records.selfTests.abort("reset");
      // What is done to the medium is left for the next process.
      work.stop();
    }
  }

  #unitAt(lun: number): LogicalUnit {
    const unit = this.#units.get(lun);
    assert(unit !== undefined, "who speaks of a LUN knows of its unit");
    return unit;
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
