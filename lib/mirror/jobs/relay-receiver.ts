/**
 * JOB4 at the main side: does what the sub side's host asked for, in the order that this side
 * decides (719–725, 842–844, 855).
 *
 *                ┌──reserved──▶ "reserved"
 *   719–721 ──▶ 842 ──▶ 843 excluded? ──no──▶ 844 under way: own copy, then JOB5 ──▶ ended
 *                        │ yes                  ▲                ▲
 *                        ├─▶ "exclusive": ticket ──granted─▶ freed ──the relay again─┘ (842)
 *                        └─▶ standby: a read, or the first two examples ──granted─▶ 842
 *
 *   One that asks for the exclusive state alone [0078]: 844 locked ──its data──▶ under way
 *
 *   ticket, freed, standby, locked ──the link or the pair is lost, or it is withdrawn──▶ ended
 *   standby, of a host that has gone on [0063] ──the same──▶ done all the same, where this side
 *                                                            goes on
 *
 * The exclusive state is held until the sub side's copy is written too (row F7): JOB2's end, or
 * what the pair decides in its place, gives it back.
 */
import { lengthOf } from "../../base/bytes";
import type { Lease } from "../../base/lease";
import type { JobStatus } from "../../block/job";
import type { Claim } from "../exclusion";
import type { JobResult, LinkMessage, Relay } from "../messages";
import { startOrdered } from "./read-first";
import type { JobContext } from "./context";
import { changes, resultOf } from "./context";

type RelayData = Extract<LinkMessage, { readonly type: "relay-data" }>;

export class RelayReceiver {
  readonly #context: JobContext;
  readonly #session: number;
  readonly #claim: Claim;
  #relay: Relay;
  /** Of the relay's data, while it is held. */
  #lease: Lease | null = null;
  #state: "idle" | "ticket" | "freed" | "standby" | "locked" | "under-way" | "ended" = "idle";

  constructor(context: JobContext, relay: Relay) {
    this.#context = context;
    this.#session = context.session;
    this.#relay = relay;
    const kind = { isShared: !changes(relay.op), isUrgent: false };
    this.#claim = context.claim(relay, kind, () => this.#granted());
  }

  start(lease: Lease | null): void {
    const { pair } = this.#context;
    const { relayId, op, blockCount } = this.#relay;
    this.#context.steps(relayId, 4, lengthOf(this.#relay.data) > 0 ? [719, 720, 721] : [719, 720]);
    const isMain = pair.standing === "mirrored" && pair.role === "main";
    if (!isMain) return this.#isOffered() ? this.#standBy(lease) : this.#end("check");
    if (op === "flush") return this.#flush();
    if (this.#isRefused()) return;
    this.#context.step17(relayId, 4, 843);
    if (this.#context.exclusion.acquire(this.#claim)) {
      this.#hold(lease);
      return this.#perform();
    }
    if (changes(op) && blockCount > 0 && this.#context.example.isTentative) {
      this.#state = "ticket";
      return this.#answer("exclusive");
    }
    this.#state = "standby";
    this.#hold(lease);
  }

  /** The pair is about to be mirrored, or decides; and the host has been told already. */
  #standBy(lease: Lease | null): void {
    this.#state = "standby";
    this.#hold(lease);
    if (this.#context.exclusion.acquire(this.#claim)) this.#granted();
  }

  /** The relay comes again for what is kept for it. False: nothing is, or it is another. */
  again(relay: Relay, lease: Lease | null): boolean {
    const { lba, blockCount, op } = this.#relay;
    const isSame = relay.lba === lba && relay.blockCount === blockCount && relay.op === op;
    if (this.#state !== "freed" || !isSame) return false;
    this.#relay = relay;
    this.#context.steps(relay.relayId, 4, relay.isLockOnly ? [719, 720] : [719, 720, 721]);
    this.#hold(lease);
    if (!this.#isRefused()) this.#perform();
    return true;
  }

  /** The data that was not with the relay. False: it is not for it. */
  complete(message: RelayData, lease: Lease | null): boolean {
    const { checksum, data } = message;
    const relay = { ...this.#relay, isLockOnly: false, checksum, data };
    if (this.#state !== "locked" || !this.#context.fits(relay)) return false;
    this.#relay = relay;
    this.#context.step(relay.relayId, 4, 721);
    this.#hold(lease);
    this.#order();
    return true;
  }

  /** The sub side does not want it any more; one under way goes on. */
  withdrawn(): void {
    if (this.#isWaiting()) this.#close();
  }

  /** One under way goes on for nobody; its number may be used anew. */
  lost(): void {
    const { standing, role } = this.#context.pair;
    const goesOn = role === "main" && standing !== "blocked" && this.#relay.isEarly;
    const isKept = this.#state === "standby" && goesOn;
    if (this.#isWaiting() && !isKept) this.#close();
    else this.#context.received.delete(this.#relay.relayId);
  }

  /** The roles have been exchanged: who asked has to decide now. */
  rolesExchanged(): void {
    if (this.#state === "standby") this.#end("check");
    else if (this.#isWaiting()) this.#close();
  }

  /** Its host has gone on, and this side is about to: alone, or as the main one of a pair. */
  #isOffered(): boolean {
    const { standing, role } = this.#context.pair;
    const isAhead = standing === "deciding" || standing === "blocked";
    return this.#relay.isEarly && role === "main" && isAhead;
  }

  /** Nothing has been done for it yet. */
  #isWaiting(): boolean {
    const state = this.#state;
    return state === "ticket" || state === "freed" || state === "standby" || state === "locked";
  }

  #granted(): void {
    const { volume } = this.#context.ports;
    const { relayId } = this.#relay;
    if (this.#state === "standby") return this.#resume();
    this.#state = "freed";
    this.#context.ports.send({ type: "relay-freed", volume, relayId });
  }

  /** It has its range; where the pair has not decided yet, it keeps it until then. */
  #resume(): void {
    const { standing, role } = this.#context.pair;
    if (this.#state !== "standby") return;
    const isOver = role !== "main" || (standing === "blocked" && !this.#isOfSession());
    if (isOver || this.#isOfferedAnew()) return this.#end("check");
    if (standing === "deciding" || standing === "blocked") {
      return this.#context.whenStanding(() => this.#resume());
    }
    if (!this.#isRefused()) this.#perform();
  }

  #isOfSession(): boolean {
    return this.#session === this.#context.session;
  }

  /** The sub side has come again with all that it had not seen the end of: this one among them. */
  #isOfferedAnew(): boolean {
    const { pair, options, received } = this.#context;
    if (this.#isOfSession() || pair.standing !== "mirrored") return false;
    return options.communicationMedium === "disk" || received.has(this.#relay.relayId);
  }

  #isRefused(): boolean {
    this.#context.step17(this.#relay.relayId, 4, 842);
    if (!this.#context.isReserved(this.#relay.origin)) return false;
    this.#end("reserved");
    return true;
  }

  #perform(): void {
    const { relayId, op, isLockOnly } = this.#relay;
    const { volume } = this.#context.ports;
    this.#state = "under-way";
    if (op === "read") return this.#read();
    this.#context.step17(relayId, 4, 844);
    if (!isLockOnly) return this.#order();
    this.#state = "locked";
    this.#context.ports.send({ type: "relay-granted", volume, relayId });
  }

  #order(): void {
    const { relayId, checksum } = this.#relay;
    this.#state = "under-way";
    this.#context.steps(relayId, 4, [722, 723]);
    const isOmitted = this.#context.options.omitTransfer;
    startOrdered(this.#context, {
      command: relayId,
      work: this.#relay,
      relayed: { relayId, checksum, isOmitted },
      endEarly: null,
      done: (status, miscompareAt = 0) => this.#written(status, miscompareAt),
    });
  }

  /** JOB5 has ended: the host's job at the sub side has too, unless it waits for this report. */
  #written(status: JobStatus, miscompareAt: number): void {
    const { relayId, blockCount } = this.#relay;
    const { completeAt } = this.#context.options;
    this.#context.step(relayId, 4, 724);
    this.#context.step17(relayId, 4, 855);
    const isAwaited = status !== "ok" || completeAt === "job-four-end" || blockCount === 0;
    if (isAwaited) this.#end(resultOf(status), { miscompareAt });
    else this.#close();
  }

  #flush(): void {
    this.#state = "under-way";
    const { op, lba, blockCount, fua } = this.#relay;
    this.#context.submit({ op, lba, blockCount, fua, data: [] }, ({ status }) =>
      this.#end(resultOf(status)),
    );
  }

  #read(): void {
    const { buffers } = this.#context.ports;
    const length = this.#context.dataLengthOf(this.#relay);
    if (length === 0) return this.#end("done");
    if (buffers.has(length)) return this.#readInto(buffers.take(length));
    const isInLine = buffers.wait(length, () => this.#readInto(buffers.take(length)));
    if (!isInLine) this.#end("check");
  }

  #readInto(buffer: Uint8Array): void {
    const { lba, blockCount } = this.#relay;
    const work = { op: "read", lba, blockCount, fua: false, data: [buffer] } as const;
    const { pair, ports } = this.#context;
    this.#context.submit(work, ({ status }) => {
      const isNewest = status === "ok" && pair.mayRead(ports.nowMs());
      if (isNewest && this.#isOfSession()) {
        return this.#end("done", { data: [buffer], release: () => ports.buffers.give(buffer) });
      }
      ports.buffers.give(buffer);
      this.#end(status === "ok" ? "check" : resultOf(status));
    });
  }

  #end(
    result: JobResult,
    with_: {
      miscompareAt?: number;
      data?: readonly Uint8Array[];
      release?: () => void;
    } = {},
  ): void {
    this.#close();
    this.#answer(result, with_);
  }

  #answer(
    result: JobResult,
    with_: {
      miscompareAt?: number;
      data?: readonly Uint8Array[];
      release?: () => void;
    } = {},
  ): void {
    const { volume } = this.#context.ports;
    const { relayId } = this.#relay;
    if (!this.#isOfSession()) return;
    this.#context.step(relayId, 4, 725);
    const { miscompareAt = 0, data = [], release } = with_;
    this.#context.ports.send(
      { type: "relay-end", volume, relayId, result, miscompareAt, data },
      release,
    );
  }

  /** Gives back the range and the data. */
  #close(): void {
    this.#state = "ended";
    const { received } = this.#context;
    if (received.get(this.#relay.relayId) === this) received.delete(this.#relay.relayId);
    this.#lease?.release();
    this.#lease = null;
    this.#context.exclusion.release(this.#claim);
  }

  #hold(lease: Lease | null): void {
    lease?.hold();
    this.#lease?.release();
    this.#lease = lease;
  }
}
