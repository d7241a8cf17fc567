/** A whole controller over a disk in memory, without sockets and with a clock of its own. */
import { BufferPool } from "../../lib/base/buffer-pool";
import { limits } from "../../lib/base/limits";
import type { TraceEvent } from "../../lib/base/trace";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job } from "../../lib/block/job";
import { Controller } from "../../lib/controller/controller";
import { loginRequest } from "../../lib/iscsi/pdus/login";
import { MemoryStore } from "../../lib/store/memory-store";
import { config, ports } from "../iscsi/config";
import { PoisonedChunk } from "../iscsi/support/poison";
import { wireBytes } from "../iscsi/wire";

export const BLOCK_SIZE = 512;
export const BLOCK_COUNT = 4096;
export const TARGET = config.targetName;

const TIMEOUTS = { login: 1000, nopInterval: 5000, nopTimeout: 2000, dataOut: 3000, logout: 4000 };

export class Rig {
  readonly trace: TraceEvent[] = [];
  readonly completions = new CompletionQueue();
  readonly buffers = new BufferPool({ limit: limits.payloadMax, waitersMax: 1024 });
  readonly store: MemoryStore;
  readonly controller: Controller;
  /** What was sent on each connection, all of it in one piece. */
  readonly received = new Map<number, Buffer[]>();
  readonly open = new Set<number>();
  nowMs = 0;
  #lastConnection = 0;

  constructor() {
    const { completions } = this;
    const geometry = { blockSize: BLOCK_SIZE, blockCount: BLOCK_COUNT };
    this.store = new MemoryStore({ geometry, identity: Buffer.alloc(16, 7), completions });
    const profile = {
      lun: 0,
      vendor: "TWINLUN",
      product: "DISK",
      revision: "1",
      serial: "07",
      naa: Buffer.from("3707070707070707", "hex"),
      removable: false,
      readOnly: false,
      thin: true,
      physicalBlockExponent: 0,
    };
    const trace = (event: TraceEvent): void => void this.trace.push(event);
    this.controller = new Controller(
      {
        iscsi: { ...config, timeoutsMs: TIMEOUTS },
        units: [{ profile, device: this.store }],
      },
      { ...ports(), trace, completions, buffers: this.buffers },
    );
  }

  connect(): number {
    const connection = ++this.#lastConnection;
    this.open.add(connection);
    this.received.set(connection, []);
    const remote = `10.0.0.1:${connection}`;
    const input = { type: "connected", connection, remote, portal: 0 } as const;
    this.controller.handle({ ...input, local: "127.0.0.1:3260" }, this.nowMs);
    this.settle();
    return connection;
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

  /** The blocks as the store has them, past the controller. */
  blocks(lba: number, blockCount: number): Buffer {
    const data = Buffer.alloc(blockCount * BLOCK_SIZE);
    this.store.submit(new Job({ op: "read", lba, blockCount, data: [data], onDone: () => {} }));
    this.completions.run();
    return data;
  }
}
