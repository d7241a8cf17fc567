/**
 * JOB3 at the sub side: hands a host's command to the main side and keeps its data until the end
 * (713–718, 813–817, 862). What becomes of the host's job, its owner decides.
 */
import type { Lease } from "../../base/lease";
import type { Job, JobStatus } from "../../block/job";
import type { LinkMessage } from "../messages";
import type { RelayEntry } from "../communication-volume";
import type { JobContext } from "./context";
import { changes } from "./context";

export type RelayEnd = Extract<LinkMessage, { readonly type: "relay-end" }>;

/** Who asked for the relay: a course of JOB1. */
export interface RelayOwner {
  /** JOB4 has ended, or has refused. */
  relayEnded(end: RelayEnd, lease: Lease | null): void;
  /** What was exclusive at the main side is kept for this command now. */
  relayFreed(): void;
  /**
   * JOB2 is about to write this command here: whether the owner holds the exclusive state for it.
   */
  takesCopy(): boolean;
  /** JOB2 has written it here, or has tried to. */
  copied(status: JobStatus): void;
  /** JOB2 has not begun to write and will not: the other side is lost. */
  copyLost(): void;
  /** The main side is exclusive for it: its data is wanted now. */
  relayGranted?(): void;
}

/** Whose command it is, and the job that it comes to: another one when its host has been told. */
export interface RelayedHost {
  readonly command: number;
  readonly job: Job;
  /** It has been told that the job is done. */
  readonly isEarly: boolean;
  /** The data stays as it is until what is returned is called. */
  lend(): () => void;
}

export class RelaySender implements RelayEntry {
  readonly #context: JobContext;
  readonly #host: RelayedHost;
  readonly #owner: RelayOwner;
  /** Of the data, once it has been sent. */
  #checksum: number | null = null;
  #isSent = false;
  /** The link has not let go of the data. */
  #unsent = 0;
  #whenSent: (() => void) | null = null;

  constructor(context: JobContext, fields: { host: RelayedHost; owner: RelayOwner }) {
    this.#context = context;
    this.#host = fields.host;
    this.#owner = fields.owner;
  }

  get job(): Job {
    return this.#host.job;
  }

  get isEarly(): boolean {
    return this.#host.isEarly;
  }

  /** Whether it changes blocks here some time after it was sent. */
  get isPendingWrite(): boolean {
    return this.#isSent && changes(this.job.op);
  }

  /** `isLockOnly`: the data is sent when the main side is exclusive for it. [0078] */
  send({ hasTicket, isLockOnly = false }: { hasTicket: boolean; isLockOnly?: boolean }): void {
    const { op, lba, blockCount, fua, origin } = this.job;
    const { relays } = this.#context;
    const volume = relays.destination.mainVolume;
    const data = op === "read" || isLockOnly ? [] : this.job.data;
    const checksum = isLockOnly ? 0 : this.#checksumOf(data);
    relays.store(this.#host.command, this);
    this.#isSent = true;
    const sent = this.#sending();
    this.#context.ports.send(
      {
        type: "relay",
        volume,
        relayId: this.#host.command,
        hasTicket,
        isLockOnly,
        isEarly: this.#host.isEarly,
        origin,
        op,
        lba,
        blockCount,
        fua,
        checksum,
        data,
      },
      sent,
    );
    this.#context.steps(this.#host.command, 3, this.#context.example.relayed);
  }

  /** The data, for which the main side is exclusive. [0078] */
  sendData(): void {
    const { data } = this.job;
    const volume = this.#context.relays.destination.mainVolume;
    const checksum = this.#checksumOf(data);
    this.#context.ports.send(
      { type: "relay-data", volume, relayId: this.#host.command, checksum, data },
      this.#sending(),
    );
    this.#context.steps(this.#host.command, 3, this.#context.example.relayed);
  }

  /** It stands by and is not wanted any more: the main side need not keep a place. */
  withdraw(): void {
    this.close();
    const { volume } = this.#context.ports;
    this.#context.ports.send({ type: "relay-withdrawn", volume, relayId: this.#host.command });
  }

  /** Nothing more is expected. */
  close(): void {
    this.#context.relays.delete(this.#host.command);
  }

  /** Calls `then` when the host's data is not needed for sending: at once, if it is so. */
  whenSent(then: () => void): void {
    if (this.#unsent === 0 || this.#host.isEarly) then();
    else this.#whenSent = then;
  }

  /** The data that belongs to an omitted transfer; null: it is not this. [0056] */
  dataFor(checksum: number): readonly Uint8Array[] | null {
    return this.#isSent && checksum === this.#checksum ? this.job.data : null;
  }

  ended(end: RelayEnd, lease: Lease | null): void {
    this.#context.steps(this.#host.command, 3, this.#context.example.relayEnded);
    this.#owner.relayEnded(end, lease);
  }

  freed(): void {
    this.#owner.relayFreed();
  }

  granted(): void {
    this.#owner.relayGranted?.();
  }

  takesCopy(): boolean {
    return this.#owner.takesCopy();
  }

  copied(status: JobStatus): void {
    this.#owner.copied(status);
  }

  copyLost(): void {
    this.#owner.copyLost();
  }

  /** Only an omitted transfer asks for it. */
  #checksumOf(data: readonly Uint8Array[]): number {
    if (!this.#context.options.omitTransfer) return 0;
    this.#checksum ??= this.#context.checksumOf(data);
    return this.#checksum;
  }

  /** A message with the data is on its way until what is returned is called. */
  #sending(): () => void {
    const giveBack = this.#host.lend();
    this.#unsent++;
    return () => {
      giveBack();
      this.#sent();
    };
  }

  #sent(): void {
    this.#unsent--;
    if (this.#unsent > 0 || this.#whenSent === null) return;
    const then = this.#whenSent;
    this.#whenSent = null;
    then();
  }
}
