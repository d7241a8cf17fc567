/**
 * What one storage control unit of a pair is built from: plain values, checked before they get
 * here. The defaults are the settings' business.
 */
import type { Crc32c } from "../base/crc32c";
import type { BlockDevice } from "../block/device";
import type { JobOrigin } from "../block/job";
import type { StepSink } from "./steps";

/** The first or second storage control unit: 301 or 302 while roles are not exchanged. */
export type Side = 1 | 2;
/** What a side is to a volume now: the main side orders all writes. */
export type Role = "main" | "sub";

/** Which of the patent's forms is used. All run on one engine. */
export interface MirrorOptions {
  /** 1: a communication volume relays; 2: the subvolume relays by itself; 3: symmetric volumes. */
  readonly example: "communication" | "sub-relay" | "symmetric";
  /** Whether the communication volume's data goes to a journal file too. [0048] [0071] */
  readonly communicationMedium: "cache" | "disk";
  /** sync: Figs. 8, 16, 19, 20; async-locked: [0077] [0078]; async-relay: Fig. 9. */
  readonly acknowledge: "sync" | "async-locked" | "async-relay";
  /** A sub-side write ends when JOB2 has (one round trip) or when JOB4's end is reported (two). */
  readonly completeAt: "job-two" | "job-four-end";
  /** A sub-side read: local; local unless it overlaps a write told of; relayed. [0061] [0079] */
  readonly directRead: "shared" | "overlap-test" | "off";
  /** The copy of relayed data is not sent back. [0056] [0058] [0070] */
  readonly omitTransfer: boolean;
  /** What is exclusive: the blocks of a write, or the volume as the patent has it. */
  readonly granularity: "range" | "volume";
  /** An abnormal pair: the survivor goes on alone, or every host job is refused (703, 710). */
  readonly onMirrorLoss: "go-on" | "check";
}

export interface MirrorTiming {
  readonly heartbeatMs: number;
  /** How long after a side spoke what it said may be relied on. */
  readonly leaseMs: number;
  /** How much the two clocks' speeds may part in one lease. */
  readonly driftMs: number;
  /** How long after its start the survivor waits for the other side before it goes on alone. */
  readonly peerWaitMs: number;
}

/**
 * Where a side keeps what it must know after its process has ended. What `save…` is given survives
 * that end once the call returns; false: it could not be kept, and the volume must stop.
 */
export interface PairStorage {
  /** The pair record as found, at most 3968 bytes; empty: none yet. */
  readonly record: Uint8Array;
  saveRecord(record: Uint8Array): boolean;
  /** The map of regions that may differ, as found; as long as `mapLengthOf(geometry)` says. */
  readonly map: Uint8Array;
  saveMap(offset: number, bytes: Uint8Array): boolean;
}

/**
 * The medium of a communication volume, `length` bytes that are zeros at first. What `write` is
 * given survives the end of the process once the call returns; false: it could not be kept.
 */
export interface JournalStorage {
  readonly length: number;
  read(offset: number, length: number): Uint8Array;
  write(offset: number, chunks: readonly Uint8Array[]): boolean;
}

export interface VolumeConfig {
  /** The same on both sides: the LUN. */
  readonly number: number;
  /** This side's copy. */
  readonly device: BlockDevice;
  /** Nothing has ever been written to it: it reads as zeros. */
  readonly isNew: boolean;
  readonly storage: PairStorage;
  /** Where communicationMedium is "disk"; a volume keeps it whichever role it has. [0082] */
  readonly journal?: JournalStorage;
}

export interface MirrorConfig {
  readonly side: Side;
  /** The side that is main when a pair is made. */
  readonly firstMain: Side;
  /** The one side that may go on alone; null: neither. */
  readonly survivor: Side | null;
  readonly options: MirrorOptions;
  readonly timing: MirrorTiming;
  /** Bytes a second that a resync or verification of a volume goes through; 0, unset: no bound. */
  readonly resyncRate?: number;
  /**
   * Whether data on the link is checked with CRC32C, if the other side says so too; unset: it is.
   */
  readonly linkChecksums?: boolean;
  readonly volumes: readonly VolumeConfig[];
}

/** What a storage control unit needs from around it. */
export interface MirrorPorts {
  readonly crc32c: Crc32c;
  /** Unpredictable bytes: names of link sessions, epochs' identities. */
  entropy(length: number): Uint8Array;
  readonly step: StepSink;
  /** Tells of the pair's life, in a sentence. */
  readonly report: (level: "info" | "warn" | "error", volume: number, text: string) => void;
  /** Whether a reservation of somebody else forbids it (837, 842). */
  isReserved(volume: number, origin: JobOrigin): boolean;
  /** What reservations and mode pages do: see `control.ts`. */
  readonly unitState: UnitState;
  /** The pair's state changed, so what hosts are told of the paths has to. */
  accessChanged(volume: number): void;
}

/**
 * The part of a logical unit that both sides keep alike: reservations, mode pages. Actions and
 * snapshots are the SCSI layer's bytes; the mirror only sees to it that both sides apply the same
 * actions in the same order.
 */
export interface UnitState {
  /** Applies an action here; `done` when all it ends has ended, with the answer's bytes. */
  apply(volume: number, action: Uint8Array, done: (answer: Uint8Array) => void): void;
  /** The answer of both sides, which may differ where one could not keep what it applied. */
  agree(own: Uint8Array, others: Uint8Array): Uint8Array;
  snapshot(volume: number): Uint8Array;
  /** Takes over a state as a whole; nexuses of this side learn what is new to them. */
  restore(volume: number, snapshot: Uint8Array): void;
}
