/**
 * A pair's life at one side: who is main, who may serve hosts, what differs between the copies, and
 * how they become equal again. It moves no host's data: `volume.ts` does.
 *
 *            link down                    waited, may go on
 *   mirrored ─────────► deciding ──────────────────────────────► alone
 *      ▲                 │   │                                     │
 *      │                 │   └── waited, may not go on ─► blocked  │
 *      └──── joined ─────┴─────────── joined ────────────┴─────────┘
 */
import type { Crc32c } from "../base/crc32c";
import type { Lease } from "../base/lease";
import { TimerTable } from "../base/timer-table";
import type { MirrorConfig, Role, Side, VolumeConfig } from "./config";
import type { LinkMessage } from "./messages";
import { PairAlone } from "./pair-alone";
import { PairCommands } from "./pair-commands";
import { PairCopying } from "./pair-copying";
import { PairCore } from "./pair-core";
import type { Decision } from "./pair-decision";
import { PairJoin } from "./pair-join";
import { decodeBody, messageOf } from "./pair-messages";
import type { PairBody, PairMessage } from "./pair-messages";
import { PairOperations } from "./pair-operations";
import type { AccessState, PairAnswer, PairCommand, VolumeStatus } from "./pair-status";
import type { PairView, Standing, VolumeTraffic } from "./pair-view";

export type PairConfig = Pick<
  MirrorConfig,
  "side" | "firstMain" | "survivor" | "options" | "timing" | "resyncRate"
>;

/** What the pair needs of the link. */
export interface PairLink {
  readonly isUp: boolean;
  /** Until when what the other side said may be relied on. */
  readonly leaseUntilMs: number;
  send(message: LinkMessage, release?: () => void): void;
}

export interface PairFields {
  readonly config: PairConfig;
  readonly volume: VolumeConfig;
  readonly link: PairLink;
  /** Asked for when it is needed: the pair is made before its traffic. */
  traffic(): VolumeTraffic;
  /** SCSI state to hand over, and to take over. */
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): void;
  readonly crc32c: Crc32c;
  entropy(length: number): Uint8Array;
  report(level: "info" | "warn" | "error", text: string): void;
  accessChanged(): void;
}

/** Both copies are flushed this often while writes are to be forgotten by the dirty map. */
const SWEEP_MS = 1000;

const UNREADABLE =
  "the pair's record cannot be read: start the other side and say `pair create` at the one whose " +
  "data is to be kept, or `pair alone` here to serve this copy, which may be half of a resync";

export class Pair implements PairView {
  readonly #core: PairCore;
  readonly #alone: PairAlone;
  readonly #join: PairJoin;
  readonly #copying: PairCopying;
  readonly #operations: PairOperations;
  readonly #commands: PairCommands;
  readonly #timers = new TimerTable<"decide" | "sweep">();
  #isStopped = false;

  constructor(fields: PairFields) {
    const core = new PairCore(fields);
    const parted = (): void => this.#parted();
    const failed = (why: string): void => this.#fault(why);
    const copying = new PairCopying({ core, failed });
    const operations = new PairOperations({ core, flush: copying.flush, parted });
    const join = new PairJoin(core, {
      decided: (decision) => this.#decided(decision),
      joined: (role, copy) => this.#joined(role, copy),
      failed: (why) => this.#notJoined(why),
      whenIdle: (then) => this.whenIdle(then),
    });
    const alone = new PairAlone(core);
    this.#core = core;
    this.#alone = alone;
    this.#copying = copying;
    this.#operations = operations;
    this.#join = join;
    this.#commands = new PairCommands({ core, alone, join, copying, operations });
  }

  get role(): Role {
    return this.#core.role;
  }

  get standing(): Standing {
    return this.#core.standing;
  }

  get isConsistent(): boolean {
    return this.#core.isConsistent;
  }

  start(nowMs: number): void {
    const core = this.#core;
    core.nowMs = nowMs;
    if (core.isDamaged) {
      core.problem = UNREADABLE;
      core.report("error", core.problem);
    } else if (core.isAlone && core.isConsistent) {
      const text = `${core.state}: this side goes on alone, as before`;
      core.change({ standing: "alone", text });
    } else if (this.#alone.isCandidate) {
      const { leaseMs, driftMs, peerWaitMs } = core.fields.config.timing;
      core.change({ standing: "deciding" });
      this.#timers.set("decide", nowMs + Math.max(peerWaitMs, leaseMs + driftMs));
    }
  }

  linkUp(nowMs: number): void {
    this.#core.nowMs = nowMs;
    if (!this.#isStopped) this.#join.linkUp();
  }

  linkDown(nowMs: number): void {
    const core = this.#core;
    core.nowMs = nowMs;
    if (this.#isStopped) return;
    if (core.standing === "mirrored") {
      const text = "The link went down: hosts wait until it is known who goes on";
      core.change({ standing: "deciding", level: "warn", text });
    }
    this.#cancel();
    if (core.standing === "deciding") this.#wait();
  }

  receive(
    message: { readonly kind: number; readonly data: readonly Uint8Array[] },
    lease: Lease | null,
    nowMs: number,
  ): void {
    this.#core.nowMs = nowMs;
    if (this.#isStopped) return;
    const type = messageOf(message.kind);
    if (type === "describe") return this.#join.receiveDescriptor(message.data);
    const body = decodeBody(message.data);
    if (type === null || body === null) {
      this.#core.report("warn", `A message of kind ${message.kind} makes no sense: ignored`);
      return;
    }
    if (!this.#copying.receive(type, body, lease)) this.#dispatch(type, body);
  }

  time(nowMs: number): void {
    this.#core.nowMs = nowMs;
    this.#copying.time();
    for (;;) {
      const name = this.#timers.expired(nowMs);
      if (name === null) return this.#armSweep();
      if (name === "decide") this.#decideAlone();
      else this.#sweep();
    }
  }

  nextDeadline(): number {
    return Math.min(this.#timers.next(), this.#copying.nextDeadline());
  }

  /** Nothing happens any more by itself, and nobody is answered. */
  stop(nowMs: number): void {
    this.#core.nowMs = nowMs;
    this.#isStopped = true;
    this.#cancel();
    this.#timers.clear("decide");
    this.#timers.clear("sweep");
  }

  /** Calls `then` when neither the pair nor the traffic has anything under way at the device. */
  whenIdle(then: () => void): void {
    this.#core.whenIdle(() => this.#core.fields.traffic().whenIdle(then));
  }

  /** `done` comes once, also from within. */
  command(command: PairCommand, done: (answer: PairAnswer) => void): void {
    if (this.#isStopped) done({ ok: false, text: "Nothing was done: this side is stopping." });
    else this.#commands.run(command, done);
  }

  status(): VolumeStatus {
    const core = this.#core;
    const copying = this.#copying;
    const { role, state, standing, isConsistent, epoch } = core;
    const { problem } = this.#alone;
    return {
      number: core.fields.volume.number,
      side: core.side,
      role,
      state,
      standing,
      isConsistent,
      isLinked: core.fields.link.isUp,
      pairId: core.record === null ? "" : Buffer.from(core.record.pairId).toString("hex"),
      epoch,
      differingBytes: core.map.pinnedBytes,
      resync: copying.resyncProgress,
      verify: copying.verifyProgress,
      lastVerify: copying.lastVerify,
      problem: problem === null ? null : `${problem}.`,
    };
  }

  accessStates(): ReadonlyMap<Side, AccessState> {
    return this.#core.accessStates();
  }

  mayRead(nowMs: number): boolean {
    const core = this.#core;
    if (core.standing === "alone") return true;
    if (core.standing !== "mirrored" || !core.isConsistent) return false;
    const { survivor } = core.fields.config;
    // The other side goes on without a main side that it has not heard for longer than the lease.
    if (core.role === "main" && survivor !== core.peer) return true;
    return nowMs < core.fields.link.leaseUntilMs;
  }

  opened(lba: number, blockCount: number): boolean {
    if (blockCount === 0) return true;
    const core = this.#core;
    this.#join.written();
    if (core.map.open({ lba, blockCount, isPinned: !core.isMirroredMain })) return true;
    core.report("error", "What is about to change cannot be recorded: writes are refused");
    return false;
  }

  closed(lba: number, blockCount: number): void {
    if (blockCount === 0) return;
    this.#core.map.close(lba, blockCount);
    this.#armSweep();
  }

  endedAlone(lba: number, blockCount: number): void {
    if (blockCount > 0) this.#core.map.diverge(lba, blockCount);
  }

  diverged(lba: number, blockCount: number): void {
    if (blockCount === 0) return;
    this.#core.map.diverge(lba, blockCount);
    this.#fault("a write could not be made on both copies");
  }

  failedHere(lba: number, blockCount: number): void {
    if (blockCount === 0) return;
    const core = this.#core;
    const why = "a write could not be made on this side's copy";
    core.map.diverge(lba, blockCount);
    if (core.state !== "PAIR") return this.#fault(why);
    if (!core.isMirroredMain || !core.fields.link.isUp) return;
    this.#copying.stop();
    this.#copying.flush.cancel();
    this.#operations.handOver(why);
  }

  #dispatch(type: PairMessage, body: PairBody): void {
    switch (type) {
      case "map":
        return this.#join.receiveMap(body);
      case "begin":
        return this.#join.receiveBegin(body);
      case "ready":
        return this.#join.receiveReady(body);
      case "joined":
        return this.#join.receiveJoined(body);
      case "leave":
        return this.#operations.receiveLeave(body);
      case "left":
        return this.#operations.receiveLeft(body);
      case "swap":
        return this.#operations.receiveSwap(body);
      case "swapped":
        return this.#operations.receiveSwapped(body);
      case "take-over":
        return this.#operations.receiveTakeOver(body);
      case "ask":
        return this.#commands.receiveAsk(body);
      case "answer":
        return this.#commands.receiveAnswer(body);
      default:
        return;
    }
  }

  /** Until what the other side was told cannot be relied on there any more. */
  #wait(): void {
    const { leaseMs, driftMs } = this.#core.fields.config.timing;
    this.#timers.set("decide", this.#core.nowMs + leaseMs + driftMs);
  }

  #decideAlone(): void {
    const core = this.#core;
    if (core.standing !== "deciding") return;
    this.#alone.decide();
    // The other side decides on what it was told last.
    if (core.fields.link.isUp && !this.#join.isUnderWay) this.#join.describe("none", null);
  }

  #decided(decision: Decision): void {
    this.#alone.decided(decision);
    if (decision.is !== "refused") return this.#timers.clear("decide");
    const { why } = decision;
    this.#core.report("warn", `The sides cannot become a pair: ${why}`);
    this.#commands.decided({ ok: false, text: `Nothing was done: ${why}.` });
  }

  #joined(role: Role, copy: "none" | "all" | "map"): void {
    const core = this.#core;
    this.#timers.clear("decide");
    core.report("info", `Mirrored in epoch ${core.epoch}: this side is ${role}`);
    const bytes = core.map.pinnedBytes;
    const text = role === "main" ? `The resync of ${bytes} bytes begins.` : "The resync begins.";
    this.#commands.decided({ ok: true, text });
    if (role === "main" && copy !== "none") this.#copying.resync();
  }

  #notJoined(why: string): void {
    this.#core.report("error", `The sides did not become a pair: ${why}`);
    this.#commands.decided({ ok: false, text: `Nothing was done: ${why}.` });
    if (this.#core.standing === "deciding") this.#wait();
  }

  /** The copies cannot be kept equal although the link is up. */
  #fault(why: string): void {
    if (!this.#core.isMirroredMain || !this.#core.fields.link.isUp) return;
    this.#copying.stop();
    this.#copying.flush.cancel();
    this.#operations.fault(why);
  }

  /** Not mirrored any more, with the link up: the next wish begins anew. */
  #parted(): void {
    this.#copying.stop();
    this.#copying.flush.cancel();
    this.#join.reset();
  }

  #cancel(): void {
    this.#join.linkDown();
    this.#copying.stop();
    this.#operations.cancel();
    this.#copying.flush.cancel();
    this.#commands.cancel();
  }

  #armSweep(): void {
    if (!this.#core.map.hasCold || this.#timers.isSet("sweep")) return;
    if (this.#core.isMirroredMain) this.#timers.set("sweep", this.#core.nowMs + SWEEP_MS);
  }

  #sweep(): void {
    const isPossible = this.#core.isMirroredMain && this.#core.fields.link.isUp;
    if (isPossible && this.#copying.flush.isIdle) this.#copying.flush.request(() => undefined);
  }
}
