/**
 * A whole controller over a disk in memory, without sockets and with a clock of its own: a plain
 * target, or one side of a pair whose link somebody else carries.
 */
import { BufferPool } from "../../lib/base/buffer-pool";
import { limits } from "../../lib/base/limits";
import type { TraceEvent } from "../../lib/base/trace";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job } from "../../lib/block/job";
import { Controller } from "../../lib/controller/controller";
import type { Input } from "../../lib/controller/events";
import { loginRequest } from "../../lib/iscsi/pdus/login";
import type { MirrorConfig } from "../../lib/mirror/config";
import { mapLengthOf } from "../../lib/mirror/dirty-map";
import type { LinkEffect } from "../../lib/mirror/link-events";
import type { PairAnswer } from "../../lib/mirror/pair-status";
import { MemoryStore } from "../../lib/store/memory-store";
import { config, ports } from "../iscsi/config";
import { PoisonedChunk } from "../iscsi/support/poison";
import { wireBytes } from "../iscsi/wire";
import { KeptMemory } from "../scsi/support/kept-memory";

export const BLOCK_SIZE = 512;
export const BLOCK_COUNT = 4096;
export const TARGET = config.targetName;

const TIMEOUTS = { login: 1000, nopInterval: 5000, nopTimeout: 2000, dataOut: 3000, logout: 4000 };

/** One side of a pair. */
export interface PairSide extends Omit<MirrorConfig, "volumes"> {
  /** Carries out what the link's end wants. */
  readonly onLink: (effect: LinkEffect) => void;
  /** Bytes a second that are sanitized; unset: no bound. */
  readonly sanitizeRate?: number;
}

/** What the last life of a pair's store left. */
export interface Kept {
  record: Uint8Array;
  readonly map: Uint8Array;
}

const BOTH_PORTALS = [1, 2].map((side) => {
  const address = `127.0.0.1:${3259 + side}`;
  return { address, groupTag: side, relativeTargetPort: side };
});

export class Rig {
  readonly trace: TraceEvent[] = [];
  readonly completions = new CompletionQueue();
  readonly buffers = new BufferPool({ limit: limits.payloadMax, waitersMax: 1024 });
  readonly store: MemoryStore;
  readonly controller: Controller;
  /** What was sent on each connection, all of it in one piece. */
  readonly received = new Map<number, Buffer[]>();
  readonly open = new Set<number>();
  readonly answers: PairAnswer[] = [];
  readonly reports: string[] = [];
  readonly kept: Kept;
  readonly memory = new KeptMemory();
  nowMs = 0;
  #lastConnection = 0;
  readonly #pair: PairSide | null;

  constructor(pair: PairSide | null = null) {
    const { completions } = this;
    const geometry = { blockSize: BLOCK_SIZE, blockCount: BLOCK_COUNT };
    this.#pair = pair;
    this.kept = { record: new Uint8Array(0), map: new Uint8Array(mapLengthOf(geometry)) };
    this.store = new MemoryStore({ geometry, identity: Buffer.alloc(16, 7), completions });
    const profile = {
      lun: 0,
      targetName: "iqn.2026-11.io.twinlun:disk",
      vendor: "TWINLUN",
      product: "DISK",
      revision: "1",
      serial: "07",
      naa: Buffer.from("3707070707070707", "hex"),
      removable: false,
      readOnly: false,
      thin: true,
      physicalBlockExponent: 0,
      sanitizeRate: pair?.sanitizeRate ?? 0,
    };
    const trace = (event: TraceEvent): void => void this.trace.push(event);
    this.controller = new Controller(
      {
        iscsi: {
          ...config,
          timeoutsMs: TIMEOUTS,
          ...(pair === null ? {} : { portals: BOTH_PORTALS }),
        },
        units: [{ profile, device: this.store, memory: this.memory }],
        calendarMs: 0,
        mirror: pair === null ? null : this.#mirrorOf(pair),
      },
      {
        ...{ ...ports(pair?.side ?? 1), trace, completions, buffers: this.buffers },
        pair: {
          step: () => undefined,
          report: (level, lun, text) => void this.reports.push(`${level} ${lun} ${text}`),
        },
      },
    );
  }

  connect(): number {
    const connection = ++this.#lastConnection;
    this.open.add(connection);
    this.received.set(connection, []);
    const remote = `10.0.0.1:${connection}`;
    const portal = (this.#pair?.side ?? 1) - 1;
    const input = { type: "connected", connection, remote, portal } as const;
    this.deliver({ ...input, local: "127.0.0.1:3260" });
    return connection;
  }

  deliver(input: Input): void {
    this.controller.handle(input, this.nowMs);
    this.settle();
  }

  /** A connection in full feature phase; its next CmdSN is 1. */
  logIn(initiatorName = "iqn.2026-01.org.example:host"): number {
    const connection = this.connect();
    const bhs = loginRequest.encode({
      immediate: true,
      transit: true,
      csg: 1,
      nsg: 3,
      isid: Buffer.from([0x80, 0, 0, 0, 0, 0]),
      cmdSN: 1,
    });
    const keys = [`InitiatorName=${initiatorName}`, `TargetName=${TARGET}`, "SessionType=Normal"];
    const text = [...keys, "InitialR2T=No", "ImmediateData=Yes", ""].join("\0");
    this.send(connection, wireBytes({ bhs, data: Buffer.from(text) }));
    return connection;
  }

  send(connection: number, chunk: Uint8Array): void {
    if (!this.open.has(connection)) return;
    const lease = new PoisonedChunk(chunk);
    this.controller.handle({ type: "bytes", connection, chunk: lease.chunk, lease }, this.nowMs);
    lease.release();
    this.settle();
  }

  disconnect(connection: number): void {
    if (!this.open.delete(connection)) return;
    this.controller.handle({ type: "disconnected", connection }, this.nowMs);
    this.settle();
  }

  /** Carries out all effects; every send is confirmed at once. */
  settle(): void {
    for (let hasMore = true; hasMore;) {
      const sent: number[] = [];
      const closed: number[] = [];
      this.controller.drain((effect) => {
        if (effect.type === "path-send" || effect.type === "path-close") {
          return this.#pair?.onLink(effect);
        }
        if (effect.type === "command-end") return void this.answers.push(effect.answer);
        if (effect.type === "close") closed.push(effect.connection);
        if (effect.type !== "send") return;
        this.received.get(effect.connection)?.push(Buffer.concat(effect.chunks));
        sent.push(effect.connection);
      });
      for (const connection of sent) {
        this.controller.handle({ type: "sent", connection, count: 1 }, this.nowMs);
      }
      for (const connection of closed) {
        this.open.delete(connection);
        this.controller.handle({ type: "disconnected", connection }, this.nowMs);
      }
      hasMore = sent.length + closed.length > 0 || this.controller.isBusy;
      if (this.controller.isBusy) this.controller.handle({ type: "time" }, this.nowMs);
    }
  }

  /** Lets time pass, stopping at every deadline on the way. */
  advance(ms: number): void {
    const end = this.nowMs + ms;
    while (this.controller.nextDeadline() <= end) {
      this.nowMs = Math.max(this.nowMs, this.controller.nextDeadline());
      this.controller.handle({ type: "time" }, this.nowMs);
      this.settle();
    }
    this.nowMs = end;
  }

  #mirrorOf({ onLink: _, sanitizeRate: __, ...pair }: PairSide): MirrorConfig {
    const { record, map } = this.kept;
    const storage = {
      ...{ record, map },
      saveRecord: (next: Uint8Array): boolean => {
        this.kept.record = Uint8Array.from(next);
        return true;
      },
      saveMap: (offset: number, bytes: Uint8Array): boolean => {
        this.kept.map.set(bytes, offset);
        return true;
      },
    };
    return { ...pair, volumes: [{ number: 0, device: this.store, isNew: true, storage }] };
  }

  /** The blocks as the store has them, past the controller. */
  blocks(lba: number, blockCount: number): Buffer {
    const data = Buffer.alloc(blockCount * BLOCK_SIZE);
    this.store.submit(new Job({ op: "read", lba, blockCount, data: [data], onDone: () => {} }));
    this.completions.run();
    return data;
  }
}
