/** What the iSCSI layer is built from. Plain values, checked before they get here. */
import type { Crc32c } from "../base/crc32c";
import type { TraceSink } from "../base/trace";

export interface Portal {
  /** `address:port`, IPv6 in brackets; a wildcard address is announced as the one connected to. */
  readonly address: string;
  /** Target portal group tag, 0…65535. */
  readonly groupTag: number;
  /** RELATIVE TARGET PORT IDENTIFIER of the SCSI target port behind the group. */
  readonly relativeTargetPort: number;
  /** Where logins to the target are sent from here; absent: nowhere, they are taken. */
  readonly redirect?: Redirect;
}

export interface Redirect {
  /** `address:port`, IPv6 in brackets. */
  readonly address: string;
  /** The initiator is to remember it. */
  readonly isPermanent: boolean;
}

export type ChapAlgorithm = "md5" | "sha1" | "sha256" | "sha3-256";

/**
 * Who may log in and how: one-way with `users`, mutual where the initiator asks and `own` is set.
 */
export interface ChapPolicy {
  readonly users: readonly { readonly name: string; readonly secret: string }[];
  /** The name and secret by which the target proves itself; null: no mutual CHAP. */
  readonly own: { readonly name: string; readonly secret: string } | null;
  /** Algorithms we take. The initiator's order decides among them. */
  readonly algorithms: readonly ChapAlgorithm[];
}

export interface IscsiConfig {
  readonly targetName: string;
  readonly targetAlias: string | null;
  readonly portals: readonly Portal[];
  /** Initiator names that may log in; empty: all. */
  readonly initiators: readonly string[];
  /** null: no authentication is asked for. */
  readonly chap: ChapPolicy | null;
  readonly discoveryChap: ChapPolicy | null;
  /**
   * Answers keys a boot ROM needs although it did not offer them (see peers'
   * login_keys_workaround).
   */
  readonly answerUnofferedKeys: boolean;
  /**
   * What ABORT TASK answers for a task that has ended: "task does not exist", as RFC 7143 11.6.1
   * says, or "function complete", for hosts that go on to resets when they hear the former.
   */
  readonly abortOfEndedTask: "task-does-not-exist" | "function-complete";
  /** Data-In goes backwards where no order was agreed: for tests of initiators. */
  readonly reversesData: boolean;
  readonly negotiation: {
    /** What we take, in our order of preference where the initiator leaves the choice. */
    readonly headerDigest: readonly ("None" | "CRC32C")[];
    readonly dataDigest: readonly ("None" | "CRC32C")[];
    readonly initialR2T: boolean;
    readonly immediateData: boolean;
    /** Bytes. */
    readonly maxRecvDataSegmentLength: number;
    readonly maxBurstLength: number;
    readonly firstBurstLength: number;
    readonly maxOutstandingR2T: number;
    /** Connections of one session. */
    readonly maxConnections: number;
    readonly errorRecoveryLevel: number;
    /** false: the initiator may send, and be sent, data in any order, if it wants to. */
    readonly dataPduInOrder: boolean;
    readonly dataSequenceInOrder: boolean;
  };
  readonly timeoutsMs: {
    /** From connect to full feature phase. */
    readonly login: number;
    /** Silence after which we send NOP-In; 0: never. */
    readonly nopInterval: number;
    /** How long a NOP-Out answer may take before the connection is closed. */
    readonly nopTimeout: number;
    /** How long solicited Data-Out may take to make progress. */
    readonly dataOut: number;
    /** How long after asking initiators to log out the connections are closed. */
    readonly logout: number;
  };
}

/** What the iSCSI layer needs from outside and may not reach for itself. */
export interface IscsiPorts {
  /** Unpredictable bytes: CHAP challenges. */
  entropy(length: number): Uint8Array;
  hash(algorithm: ChapAlgorithm, chunks: readonly Uint8Array[]): Uint8Array;
  readonly crc32c: Crc32c;
  readonly trace: TraceSink;
}
