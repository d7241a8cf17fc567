/**
 * A mirrored volume at one side, as its hosts' jobs see it: one block device over two copies. It
 * knows which jobs there are and what the pair's standing means for all of them together; each
 * job's course is in `jobs/`, the pair's life in `pair.ts`.
 */
import type { Lease } from "../base/lease";
import { limits } from "../base/limits";
import { NumberTable } from "../base/number-table";
import type { BlockDevice, Capabilities, Geometry } from "../block/device";
import { type Job, readsFirst } from "../block/job";
import type { Role } from "./config";
import type { Claim } from "./exclusion";
import type { TrafficPorts } from "./jobs/context";
import { changes, JobContext } from "./jobs/context";
import type { CopyMessage } from "./jobs/copy-receiver";
import { CopyReceiver } from "./jobs/copy-receiver";
import { HostJob } from "./jobs/host-job";
import { RelayReceiver } from "./jobs/relay-receiver";
import { ToldWrite } from "./jobs/told-write";
import type { LinkMessage, Relay } from "./messages";
import { toldWrites } from "./early-writes";
import type { Standing, VolumeTraffic } from "./pair-view";
import type { FoundWrite } from "./relay-journal";

/** The messages that belong to jobs; the others are the pair's and `control.ts`'s. */
export type JobMessage = Exclude<
  LinkMessage,
  { readonly type: "control" | "control-apply" | "control-end" | "pair" }
>;

type RelayData = Extract<LinkMessage, { readonly type: "relay-data" }>;
type Lock = Extract<LinkMessage, { readonly type: "lock" }>;

/** What may end before its data is at the main side. */
function isLockable({ op, blockCount }: Relay): boolean {
  return changes(op) && !readsFirst(op) && blockCount > 0;
}

/** What is under way, for whoever watches. */
export interface TrafficStatus {
  /** Jobs of this side's hosts that have not ended. */
  readonly hostJobs: number;
  /** Ranges held, and jobs that wait for one. */
  readonly held: number;
  readonly waiting: number;
  /** The other side's commands here, with those told to stand by. (JOB4) */
  readonly relayed: number;
  /** Copies sent, and received, that have not ended. (JOB5, JOB2) */
  readonly copiesSent: number;
  readonly copiesReceived: number;
}

export class MirrorVolume implements BlockDevice, VolumeTraffic {
  readonly geometry: Geometry;
  readonly can: Capabilities;
  readonly identity: Uint8Array;
  readonly #context: JobContext;
  /** By their commands. */
  readonly #jobs = new NumberTable<HostJob>();
  #standing: Standing;
  #role: Role;
  /** Keeps new jobs waiting until the standing changes. */
  #quiesced: Claim | null = null;
  #whenQuiet: (() => void)[] = [];

  constructor(ports: TrafficPorts) {
    this.geometry = ports.device.geometry;
    const isEarly = ports.options.acknowledge !== "sync";
    this.can = { ...ports.device.can, volatileCache: isEarly || ports.device.can.volatileCache };
    this.identity = ports.device.identity;
    this.#context = new JobContext(ports);
    this.#standing = ports.pair.standing;
    this.#role = ports.pair.role;
    this.#takeFound(ports.journal?.found ?? []);
  }

  submit(job: Job): void {
    if (this.#jobs.size === limits.mirrorJobsMax) {
      return this.#context.ports.completions.push(job, "deciding");
    }
    const hostJob = new HostJob(this.#context, { job, ended: this.#ended });
    this.#jobs.set(hostJob.command, hostJob);
    hostJob.start();
  }

  /**
   * One that waits ends as "aborted" now. One that the other side has been asked for, or that is
   * being written, ends when it is done: no effect ever comes after a job's end.
   */
  abort(job: Job): void {
    const hostJob = this.#jobs.values().find((one) => one.job === job);
    hostJob?.abort();
  }

  /** A message of the other side's jobs. Data is valid until this returns, or `lease` is held. */
  receive(message: JobMessage, lease: Lease | null): void {
    const { copies, relays, received, told } = this.#context;
    switch (message.type) {
      case "relay":
        return this.#relay(message, lease);
      case "relay-end":
        return relays.get(message.relayId)?.ended(message, lease);
      case "relay-freed":
        return relays.get(message.relayId)?.freed();
      case "relay-granted":
        return relays.get(message.relayId)?.granted();
      case "relay-data":
        return this.#relayData(message, lease);
      case "relay-withdrawn":
        return received.get(message.relayId)?.withdrawn();
      case "copy":
        return this.#copy(message, lease);
      case "copy-end":
        return copies.get(message.copyId)?.ended(message.result);
      case "lock":
        return this.#told(message);
      case "lock-end":
        return copies.get(message.copyId)?.lockEnded();
      case "unlock":
        told.get(message.copyId)?.forget();
        told.delete(message.copyId);
        return;
    }
  }

  /** The link is down: nothing asked before it comes up again will be answered. */
  linkDown(): void {
    const { copies, received, receivedCopies, told, stale } = this.#context;
    this.#context.session++;
    for (const write of told.values()) write.forget();
    told.clear();
    stale.length = 0;
    for (const copy of copies.values()) copy.lost();
    for (const hostJob of this.#jobs.values()) hostJob.lost();
    for (const relay of received.values()) relay.lost();
    for (const copy of receivedCopies.values()) copy.lost();
  }

  standingChanged(): void {
    const { pair, copies, received, exclusion } = this.#context;
    const wasMirrored = this.#standing === "mirrored";
    const wasRole = this.#role;
    this.#standing = pair.standing;
    this.#role = pair.role;
    if (wasMirrored && pair.standing !== "mirrored") this.linkDown();
    else if (wasRole !== pair.role) {
      for (const relay of received.values()) relay.rolesExchanged();
    }
    const quiesced = this.#quiesced;
    this.#quiesced = null;
    if (quiesced !== null) exclusion.release(quiesced);
    for (const hostJob of this.#jobs.values()) {
      if (this.#jobs.get(hostJob.command) === hostJob) hostJob.standingChanged();
    }
    this.#context.standingChanged();
    for (const copy of copies.values()) copy.resolve();
    this.#context.decided();
  }

  quiesce(then: () => void): void {
    const all = { lba: 0, blockCount: this.geometry.blockCount };
    const claim = this.#context.claim(all, { isShared: false, isUrgent: false }, then);
    this.#quiesced = claim;
    if (this.#context.exclusion.acquire(claim)) then();
  }

  whenIdle(then: () => void): void {
    this.#context.whenIdle(then);
  }

  /** Calls `then` when all writes that have ended here so far are on both copies. */
  whenSettled(then: () => void): void {
    this.#context.early.whenSettled(then);
  }

  offerEarly(isWelcome: boolean): void {
    for (const hostJob of this.#jobs.values()) {
      if (!hostJob.isEarly) continue;
      if (isWelcome) hostJob.offer();
      else hostJob.discard();
    }
  }

  /** Shared with reads: they do not change what a resync copies. */
  holdRange(lba: number, blockCount: number, then: (release: () => void) => void): void {
    const { exclusion } = this.#context;
    const kind = { isShared: true, isUrgent: false };
    const granted = (): void => then(() => exclusion.release(claim));
    const claim: Claim = this.#context.claim({ lba, blockCount }, kind, granted);
    if (exclusion.acquire(claim)) granted();
  }

  /** For the end: calls `then` when no job of this side's hosts is left. */
  whenQuiet(then: () => void): void {
    // Nobody decides any more about those that wait for a pair.
    const waiting = this.#standing === "blocked" ? this.#jobs.values() : [];
    for (const hostJob of waiting) if (hostJob.isEarly) hostJob.abandon();
    this.#whenQuiet.push(then);
    this.#tellQuiet();
  }

  status(): TrafficStatus {
    const { exclusion, received, copies, receivedCopies } = this.#context;
    return {
      hostJobs: this.#jobs.size,
      held: exclusion.heldCount,
      waiting: exclusion.waitingCount,
      relayed: received.size,
      copiesSent: copies.size,
      copiesReceived: receivedCopies.size,
    };
  }

  invariants(): void {
    this.#context.invariants();
  }

  /** They wait for what the pair becomes. */
  #takeFound(found: readonly FoundWrite[]): void {
    if (found.length === 0) return;
    const text = `${toldWrites(found.length)} before this start: offered to the main side.`;
    this.#context.ports.report("warn", text);
    for (const write of found) {
      const hostJob = HostJob.found(this.#context, { write, ended: this.#ended });
      this.#jobs.set(hostJob.command, hostJob);
    }
  }

  #relay(message: Relay, lease: Lease | null): void {
    const { received, ports } = this.#context;
    const known = received.get(message.relayId);
    const hasData = message.op !== "read" && !message.isLockOnly;
    if (!this.#context.fits(message, hasData)) {
      return ports.drop("a relay does not fit the volume");
    }
    if (message.isLockOnly && !isLockable(message)) {
      return ports.drop(`a relayed ${message.op} asks for a lock first, which none does`);
    }
    const isExpected = this.#standing === "mirrored" && this.#role === "main";
    if (message.hasTicket && isExpected) {
      if (known?.again(message, lease) !== true) ports.drop("a relay has a ticket of nobody's");
      return;
    }
    if (known !== undefined) return ports.drop("a relay came twice");
    if (received.size === limits.mirrorRelaysMax) return ports.drop("too many relays");
    const receiver = new RelayReceiver(this.#context, message);
    received.set(message.relayId, receiver);
    receiver.start(lease);
  }

  /** Where the relay is not under way any more, its sender has been told or is about to be. */
  #relayData(message: RelayData, lease: Lease | null): void {
    const receiver = this.#context.received.get(message.relayId);
    if (receiver === undefined || receiver.complete(message, lease)) return;
    this.#context.ports.drop("data came for a relay that is not of it");
  }

  #told(message: Lock): void {
    const { told, ports } = this.#context;
    const isInside = message.lba + message.blockCount <= this.geometry.blockCount;
    if (!isInside) return ports.drop("a write that is told of does not fit the volume");
    if (told.has(message.copyId)) return ports.drop("a write is told of twice");
    if (told.size === limits.mirrorRelaysMax) return ports.drop("too many writes are told of");
    const write = new ToldWrite(this.#context, message);
    told.set(message.copyId, write);
    write.start();
  }

  #copy(message: CopyMessage, lease: Lease | null): void {
    const { receivedCopies, ports } = this.#context;
    if (receivedCopies.size === limits.mirrorRelaysMax) return ports.drop("too many copies");
    new CopyReceiver(this.#context, message, lease).start();
  }

  readonly #ended = (hostJob: HostJob): void => {
    this.#jobs.delete(hostJob.command);
    this.#tellQuiet();
  };

  #tellQuiet(): void {
    if (this.#jobs.size > 0 || this.#whenQuiet.length === 0) return;
    const waiting = this.#whenQuiet;
    this.#whenQuiet = [];
    for (const then of waiting) then();
  }
}
