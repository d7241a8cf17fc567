/**
 * One controller, whole: the iSCSI layer above, the device server below it, of a pair one storage
 * control unit below that, and nothing else. It is one synchronous object: an input runs to
 * completion, what it wants done waits for `drain`. It has no socket, no clock and no randomness,
 * so that a simulator can run several from one seed.
 */
import { unreachable } from "../base/assert";
import type { CompletionQueue } from "../block/completion-queue";
import { IscsiTarget, type SessionStatus } from "../iscsi/target";
import type { MirrorConfig } from "../mirror/config";
import type { PairAnswer, VolumeStatus } from "../mirror/pair-status";
import { StorageControlUnit } from "../mirror/storage-control-unit";
import { TargetPortGroups } from "../scsi/alua";
import { diskCommands } from "../scsi/commands/index";
import { TargetDevice } from "../scsi/target-device";
import { agreedAnswer } from "../scsi/unit-action";
import type { ControllerConfig, ControllerPorts } from "./config";
import type { Effect, Input } from "./events";

/**
 * The jobs of a turn are performed in portions of about so many bytes, and what each gave is sent
 * before the next: its buffers come back for it. Less wakes the receiver more often.
 */
const PORTION = 1024 * 1024;

type CommandEnd = Extract<Effect, { readonly type: "command-end" }>;

/** One group for each side, with the ports that lead to it, as both sides have them. */
function accessOf({ iscsi }: ControllerConfig): TargetPortGroups {
  const ports = new Map<number, Set<number>>();
  for (const { groupTag, relativeTargetPort } of iscsi.portals) {
    ports.set(groupTag, (ports.get(groupTag) ?? new Set()).add(relativeTargetPort));
  }
  const groups = [...ports].map(([tag, identifiers]) => {
    return { tag, relativeTargetPorts: [...identifiers].sort((a, b) => a - b) };
  });
  return new TargetPortGroups(groups.sort((a, b) => a.tag - b.tag));
}

/** The ports of a side of a pair: its portal group has its number. */
function ownPorts({ iscsi, mirror }: ControllerConfig): readonly number[] {
  const own = iscsi.portals.filter(({ groupTag }) => groupTag === mirror?.side);
  return own.map(({ relativeTargetPort }) => relativeTargetPort);
}

export class Controller {
  readonly #target: IscsiTarget;
  readonly #device: TargetDevice;
  readonly #completions: CompletionQueue;
  /** null: a plain target. */
  readonly #unit: StorageControlUnit | null;
  readonly #commandEnds: CommandEnd[] = [];
  /** Units whose paths have other states than hosts were told. */
  readonly #untold = new Set<number>();
  /**
   * Of a pair, on from `stop`: first the sessions go, then the storage control unit is asked to
   * leave, then it has left.
   */
  #leaving: "no" | "soon" | "asked" | "left" = "no";
  #nowMs = 0;

  constructor(config: ControllerConfig, ports: ControllerPorts) {
    const { mirror } = config;
    this.#completions = ports.completions;
    this.#target = new IscsiTarget({ config: config.iscsi, ports });
    const unit = mirror === null ? null : this.#storageControlUnit(mirror, ports);
    this.#unit = unit;
    const { buffers, trace } = ports;
    const calendar = (): number => config.calendarMs + this.#nowMs;
    const shared = { commands: diskCommands, buffers, calendar, trace };
    if (unit === null) this.#device = new TargetDevice({ ...shared, units: config.units });
    else {
      const units = config.units.map((own) => {
        return { ...own, device: unit.volume(own.profile.lun), access: accessOf(config) };
      });
      this.#device = new TargetDevice({ ...shared, units, share: unit, ports: ownPorts(config) });
      for (const { profile } of units) this.#untold.add(profile.lun);
    }
    this.#device.attach(this.#target);
    this.#target.attach(this.#device);
  }

  /** No connection is left and no pair: after `stop`, the end. */
  get isIdle(): boolean {
    return this.#target.isIdle && (this.#unit === null || this.#leaving === "left");
  }

  /** Sessions of initiators, also of those that only discover. */
  sessions(): readonly SessionStatus[] {
    return this.#target.sessions();
  }

  /** What the pair of each unit says of itself; none: a plain target. */
  pairStatus(): readonly VolumeStatus[] {
    return this.#unit?.status() ?? [];
  }

  /** Takes one input, and one portion of jobs. Never called from within itself. */
  handle(input: Input, nowMs: number): void {
    this.#nowMs = nowMs;
    // Reads ask for the time when their jobs end.
    if (input.type !== "start") this.#unit?.time(nowMs);
    switch (input.type) {
      case "connected":
      case "disconnected":
      case "bytes":
      case "sent":
        this.#target.handle(input, nowMs);
        break;
      case "path-up":
      case "path-down":
      case "path-bytes":
      case "path-sent":
        this.#unit?.handle(input, nowMs);
        break;
      case "start":
        this.#unit?.start(nowMs);
        break;
      case "time":
        this.#target.time(nowMs);
        this.#device.time(nowMs);
        break;
      case "stop":
        this.#target.stop(nowMs);
        if (this.#leaving === "no") this.#leaving = "soon";
        break;
      case "session-order":
        this.#target.order(input.order, input.session, nowMs);
        break;
      case "command":
        this.#command(input);
        break;
      default:
        unreachable(input);
    }
    this.#tellAccess();
    this.#completions.run(PORTION);
    this.#tellAccess();
    this.#leave();
  }

  /** Jobs wait for their portion: the next input has to come at once, `time` if no other. */
  get isBusy(): boolean {
    return !this.#completions.isEmpty;
  }

  /** Hands over what is to be done outside: after each `handle`. */
  drain(sink: (effect: Effect) => void): void {
    this.#unit?.drain(sink);
    this.#target.drain(sink);
    if (this.#commandEnds.length === 0) return;
    for (const end of this.#commandEnds.splice(0)) sink(end);
  }

  /** When `time` is due next, in the milliseconds of `handle`; Infinity when nothing waits. */
  nextDeadline(): number {
    const ofHosts = Math.min(this.#target.nextDeadline(), this.#device.nextDeadline());
    return Math.min(ofHosts, this.#unit?.nextDeadline() ?? Infinity);
  }

  #storageControlUnit(mirror: MirrorConfig, ports: ControllerPorts): StorageControlUnit {
    const { entropy, crc32c, completions, pair } = ports;
    return new StorageControlUnit(mirror, {
      ...{ crc32c, completions },
      entropy: (length) => entropy(length),
      step: pair?.step ?? (() => undefined),
      report: pair?.report ?? (() => undefined),
      isReserved: (lun, origin) => this.#device.isReservedAgainst(lun, origin),
      unitState: {
        apply: (lun, action, done) => this.#device.applyAction(lun, action, done),
        agree: agreedAnswer,
        snapshot: (lun) => this.#device.snapshot(lun),
        restore: (lun, snapshot) => void this.#device.restore(lun, snapshot),
      },
      accessChanged: (lun) => void this.#untold.add(lun),
    });
  }

  /**
   * Tells hosts of the paths: the group of each side has that side's number. A side that is alone
   * now has none of the other side's hosts any more.
   */
  #tellAccess(): void {
    const unit = this.#unit;
    if (unit === null || this.#untold.size === 0) return;
    const luns = [...this.#untold];
    this.#untold.clear();
    for (const lun of luns) this.#device.setAccess(lun, unit.accessStates(lun));
    for (const { number, standing } of unit.status()) {
      if (standing === "alone" && luns.includes(number)) this.#device.dismissAbsent(number);
    }
  }

  #command({ id, lun, command }: Extract<Input, { readonly type: "command" }>): void {
    const end = (answer: PairAnswer): void => {
      this.#commandEnds.push({ type: "command-end", id, answer });
    };
    if (this.#unit !== null) this.#unit.command(lun, command, end);
    else end({ ok: false, text: "This is a plain target, which has no pair." });
  }

  /** The pair comes after the hosts: what they ended with is still to be the same on both sides. */
  #leave(): void {
    if (this.#leaving !== "soon" || !this.#target.isIdle) return;
    this.#leaving = "asked";
    this.#device.stop();
    this.#unit?.stop(() => {
      this.#leaving = "left";
    });
  }
}
