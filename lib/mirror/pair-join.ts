/**
 * How two sides become mirrored, from the first words on a link to the first write that both take
 * part in. Whatever is not the next step of the latest exchange is late, and ignored.
 *
 *          main (source)                                    sub (target)
 *             │ ───────────────── describe ─────────────────► │
 *             │ ◄──────────────── describe ────────────────── │  both decide, the same
 *             │ ◄──────────────── map … map (last) ────────── │  nothing of its own is under way
 *     unites and saves both maps                              │
 *             │ ─────── begin: pair, epoch, what is copied ─► │
 *             │                        saves the epoch; its copy is of no use alone any more
 *             │ ◄──────────────── ready ───────────────────── │
 *     saves the epoch                                         │
 *             │ ─────── joined: SCSI state ─────────────────► │
 *         mirrored                                        mirrored
 */
import { gather } from "../base/bytes";
import type { Role, Side } from "./config";
import type { PairCore } from "./pair-core";
import { decide } from "./pair-decision";
import type { Decision, Descriptor, DescriptorWish } from "./pair-decision";
import { decodeDescriptor, encodeDescriptor, optionsText } from "./pair-messages";
import type { PairBody } from "./pair-messages";
import { membersOf, PAIR_ID_LENGTH } from "./pair-record";

/** Bytes of the map in one message. */
const MAP_PART = 64 * 1024;
/** More descriptors than anybody sends on one link: two of them make the exchange's number. */
const SERIAL_LIMIT = 2 ** 24;

type Join = Extract<Decision, { is: "join" }>;

type Phase = "apart" | "mapping" | "begun" | "readied" | "joined";

export interface JoinHandlers {
  /** Both have decided; what this side waits for by the clock, it does not have to wait for. */
  decided(decision: Decision): void;
  /** This side is mirrored. */
  joined(role: Role, copy: Join["copy"]): void;
  /** Nothing comes of it: half a sentence. */
  failed(why: string): void;
  /** Calls `then` when nothing is under way at this side's device. */
  whenIdle(then: () => void): void;
}

export class PairJoin {
  readonly #core: PairCore;
  readonly #handlers: JoinHandlers;
  #phase: Phase = "apart";
  #serial = 0;
  #theirSerial = 0;
  #mine: Descriptor | null = null;
  #theirs: Descriptor | null = null;
  #decision: Join | null = null;
  #pairId: Uint8Array = new Uint8Array(0);
  #hasWritten = false;

  constructor(core: PairCore, handlers: JoinHandlers) {
    this.#core = core;
    this.#handlers = handlers;
  }

  /** Between the decision and its end: what an operator asks has to wait. */
  get isUnderWay(): boolean {
    return this.#phase !== "apart" && this.#phase !== "joined";
  }

  /** A host has written: the copy is not new any more. */
  written(): void {
    this.#hasWritten = true;
  }

  linkUp(): void {
    if (this.#mine === null) this.describe("none", null);
  }

  linkDown(): void {
    this.#serial = 0;
    this.#theirSerial = 0;
    this.reset();
  }

  /** The pair is mirrored no more: the next descriptors begin anew. */
  reset(): void {
    this.#phase = "apart";
    this.#mine = null;
    this.#theirs = null;
    this.#decision = null;
  }

  describe(wish: DescriptorWish, wishSource: Side | null): void {
    this.#serial++;
    this.#mine = this.#descriptor(wish, wishSource);
    const descriptor = this.#mine;
    this.#core.sendChunks("describe", encodeDescriptor({ serial: this.#serial, descriptor }));
    this.#decide();
  }

  receiveDescriptor(data: readonly Uint8Array[]): void {
    const decoded = decodeDescriptor(data);
    if (decoded === null || this.#phase === "joined") return;
    if (decoded.serial <= this.#theirSerial || decoded.serial >= SERIAL_LIMIT) return;
    this.#theirSerial = decoded.serial;
    this.#theirs = decoded.descriptor;
    if (this.#mine === null) this.describe("none", null);
    else this.#decide();
  }

  /** Source: a part of the target's map. */
  receiveMap(body: PairBody): void {
    const decision = this.#expected(body, "mapping", "main");
    if (decision === null) return;
    const { map } = this.#core;
    if (decision.copy === "map" && body.data.length > 0) {
      if (!map.unite(body.lba, gather(body.data))) return this.#fail("the maps cannot be united");
    }
    if (!body.flag) return;
    if (decision.copy === "map") map.pinAll();
    if (decision.copy === "all" && !map.pinEverything()) {
      return this.#fail("the map cannot be saved");
    }
    const { record } = this.#core;
    const isNewPair = decision.isNewPair || record === null;
    this.#pairId = isNewPair ? this.#core.fields.entropy(PAIR_ID_LENGTH) : record.pairId;
    const pairId = this.#pairId;
    if (isNewPair && !this.#core.change({ event: "founded", record: { pairId, role: "main" } })) {
      return this.#fail("the pair cannot be recorded");
    }
    this.#begin(decision);
  }

  /** Mirrored main: what differs is copied, as after a new beginning. */
  renew(): void {
    const { record } = this.#core;
    if (record === null || this.#decision === null) return;
    this.#pairId = record.pairId;
    const { side } = this.#core;
    this.#decision = { ...this.#decision, main: side, epoch: record.epoch + 1, copy: "map" };
    this.#begin(this.#decision);
  }

  /** Target. */
  receiveBegin(body: PairBody): void {
    const core = this.#core;
    const isRenewed = core.isMirroredSub && body.epoch > core.epoch && body.id === this.#id;
    const isNext = isRenewed || this.#expected(body, "mapping", "sub") !== null;
    const pairId = gather(body.data);
    if (!isNext || pairId.length !== PAIR_ID_LENGTH) return;
    this.#phase = "readied";
    const isWelcome = this.#isUnchangedSince;
    const isCopied = body.flag;
    const isSaved = core.change({
      event: isCopied ? "joined" : "paired",
      record: {
        pairId: Uint8Array.from(pairId),
        epoch: body.epoch,
        members: "both",
        role: "sub",
        isConsistent: !isCopied,
      },
    });
    if (!isRenewed) core.fields.traffic().offerEarly(isSaved && isWelcome);
    core.send("ready", { id: this.#id, epoch: body.epoch, flag: isSaved });
    if (!isSaved) this.#fail("the pair cannot be recorded");
  }

  /** Source. */
  receiveReady(body: PairBody): void {
    const decision = this.#expected(body, "begun", "main");
    if (decision === null) return;
    if (!body.flag) return this.#fail("the other side cannot record the pair");
    const { copy, epoch } = decision;
    this.#phase = "joined";
    const isSaved = this.#core.change({
      event: copy === "none" ? "paired" : "joined",
      record: { epoch, members: "both", role: "main", isConsistent: true },
      standing: "mirrored",
      announce: () => {
        const data = [this.#core.fields.snapshot()];
        this.#core.send("joined", { id: this.#id, epoch, flag: copy !== "none", data });
      },
    });
    if (!isSaved) return this.#fail("the pair cannot be recorded");
    this.#core.problem = null;
    this.#handlers.joined("main", copy);
  }

  /** Target. */
  receiveJoined(body: PairBody): void {
    const isNext = this.#phase === "readied" && body.id === this.#id;
    if (!isNext || body.epoch !== this.#core.epoch) return;
    this.#phase = "joined";
    this.#core.fields.restore(Uint8Array.from(gather(body.data)));
    this.#core.problem = null;
    this.#core.change({ standing: "mirrored" });
    this.#handlers.joined("sub", body.flag ? "map" : "none");
  }

  /** The number of this exchange: the same on both sides. */
  get #id(): number {
    const [first, second] =
      this.#core.side === 1 ? [this.#serial, this.#theirSerial] : [this.#theirSerial, this.#serial];
    return first * SERIAL_LIMIT + second;
  }

  /**
   * No side has served hosts since both did together: going on alone raises an epoch, and one begun
   * that came to nothing raises the target's.
   */
  get #isUnchangedSince(): boolean {
    const mine = this.#mine?.record ?? null;
    const theirs = this.#theirs?.record ?? null;
    if (mine === null || theirs === null) return false;
    return theirs.epoch <= mine.epoch && mine.members === "both" && theirs.members === "both";
  }

  #expected(body: PairBody, phase: Phase, role: Role): Join | null {
    const decision = this.#decision;
    if (decision === null || this.#phase !== phase || body.id !== this.#id) return null;
    return (decision.main === this.#core.side) === (role === "main") ? decision : null;
  }

  #descriptor(wish: DescriptorWish, wishSource: Side | null): Descriptor {
    const { fields, record, map, side, isDamaged } = this.#core;
    const { firstMain, survivor, options } = fields.config;
    const { blockSize, blockCount } = fields.volume.device.geometry;
    const isNew = fields.volume.isNew && !this.#hasWritten && map.dirtyCount === 0;
    return {
      side,
      firstMain,
      survivor,
      options: optionsText(options),
      blockSize,
      blockCount,
      isNew,
      isDamaged,
      record,
      wish,
      wishSource,
    };
  }

  #decide(): void {
    if (this.#mine === null || this.#theirs === null) return;
    const decision = decide(this.#mine, this.#theirs);
    this.#decision = decision.is === "join" ? decision : null;
    this.#phase = decision.is === "join" ? "mapping" : "apart";
    this.#core.problem = decision.is === "refused" ? decision.why : null;
    this.#learn(decision, this.#theirs);
    this.#handlers.decided(decision);
    if (decision.is === "join" && decision.main !== this.#core.side) this.#offer();
  }

  /** The other side goes on without this one, so this one must not go on without the other. */
  #learn(decision: Decision, theirs: Descriptor): void {
    const core = this.#core;
    if (decision.is === "refused" || decision.main === core.side) return;
    if (core.standing === "alone" || core.role === "main") {
      core.change({
        standing: "blocked",
        text: `side ${core.peer} has the newer data, and this side becomes its copy`,
      });
    }
    const members = membersOf(core.peer);
    if (theirs.record?.members !== members || core.record === null) return;
    const isOnePair = core.record.pairId.every((byte, at) => byte === theirs.record?.pairId[at]);
    if (!isOnePair || (core.record.members === members && decision.is === "join")) return;
    core.change({
      event: decision.is === "suspended" ? "left" : "dropped",
      standing: decision.is === "suspended" ? "blocked" : core.standing,
      record: { members, role: "sub", epoch: Math.max(core.epoch, theirs.record.epoch) },
    });
  }

  /** Target: sends its map when nothing can change its copy any more. */
  #offer(): void {
    const core = this.#core;
    const id = this.#id;
    this.#handlers.whenIdle(() => {
      if (this.#phase !== "mapping" || id !== this.#id) return;
      const whole = core.map.bytes;
      for (let at = 0; at < whole.length; at += MAP_PART) {
        const part = Uint8Array.from(whole.subarray(at, at + MAP_PART));
        if (part.some((byte) => byte !== 0)) core.send("map", { id, lba: at, data: [part] });
      }
      core.send("map", { id, flag: true });
    });
  }

  #begin(decision: Join): void {
    this.#phase = "begun";
    const { epoch, copy } = decision;
    const data = [this.#pairId];
    this.#core.send("begin", { id: this.#id, epoch, flag: copy !== "none", data });
  }

  #fail(why: string): void {
    this.#phase = "apart";
    this.#decision = null;
    this.#core.problem = why;
    this.#handlers.failed(why);
  }
}
