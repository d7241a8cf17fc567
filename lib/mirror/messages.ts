/**
 * What the two sides say to each other, as values. Rows and bytes are `message-rows.ts`. In the
 * patent's terms: a message is the command 519, then its parameter 520, then its data 521.
 */
import type { JobOp, JobOrigin } from "../block/job";

/** How a job ended at the other side, or why it did not. */
export type JobResult =
  | "done"
  /** The range is exclusive there: release, stand by, `relay-freed` will come. (832) */
  | "exclusive"
  /** Somebody else's reservation forbids it there. (837) */
  | "reserved"
  /** The pair is abnormal there: the check report. (703, 710) */
  | "check"
  /** The omitted data is not there any more or is not the same: send it. */
  | "need-data"
  | "miscompare"
  | "medium-error"
  | "no-space";

interface OfVolume {
  readonly volume: number;
}

interface Work extends OfVolume {
  readonly op: JobOp;
  readonly lba: number;
  readonly blockCount: number;
  readonly fua: boolean;
  /**
   * CRC32C over the data of a relayed command, by which both sides know that they mean the same
   * where its transfer is omitted, and by which the link checks data that it sends; 0: not made.
   */
  readonly checksum: number;
  /** Views; empty when it is not sent. Its owner keeps it until `release` is called. */
  readonly data: readonly Uint8Array[];
}

/** JOB3 → JOB4: a host's command that the sub side received. (714, 715, 816, 817, 862) */
export interface Relay extends Work {
  readonly type: "relay";
  /** Command number: unique while the link is up. */
  readonly relayId: number;
  readonly origin: JobOrigin | null;
  /** It stood by and was freed: the main side holds the range for it. */
  readonly hasTicket: boolean;
  /** Asks for the exclusive state alone; the data follows as `relay-data`. [0078] */
  readonly isLockOnly: boolean;
  /** Its host has been told that it is done: it is to be done whatever the pair becomes. [0063] */
  readonly isEarly: boolean;
}

export type LinkMessage =
  | Relay
  /** JOB4 → JOB3: the range is exclusive for the relay that asked for no more: send its data. */
  | (OfVolume & { readonly type: "relay-granted"; readonly relayId: number })
  /** The data of a relay that asked for the lock first. [0078] */
  | (OfVolume & {
      readonly type: "relay-data";
      readonly relayId: number;
      /** As with `Work`. */
      readonly checksum: number;
      readonly data: readonly Uint8Array[];
    })
  /** JOB4 → JOB3: its end; with data for a relayed read. (725, 717) */
  | (OfVolume & {
      readonly type: "relay-end";
      readonly relayId: number;
      readonly result: JobResult;
      readonly miscompareAt: number;
      readonly data: readonly Uint8Array[];
    })
  /** The range that was exclusive is kept for the relay: send it again. */
  | (OfVolume & { readonly type: "relay-freed"; readonly relayId: number })
  /** A relay that stands by is not wanted any more. */
  | (OfVolume & { readonly type: "relay-withdrawn"; readonly relayId: number })
  /** JOB5 → JOB2: the copy. (727, 728) `relayId` 0: not of a relay; omitted: data is with it. */
  | (Work & {
      readonly type: "copy";
      readonly copyId: number;
      readonly relayId: number;
      readonly isOmitted: boolean;
    })
  /** JOB2 → JOB5: its end. (712) */
  | (OfVolume & {
      readonly type: "copy-end";
      readonly copyId: number;
      readonly result: JobResult;
    })
  /** The main side asks for the sub's exclusive state before the data, or tells of a write. */
  | (OfVolume & {
      readonly type: "lock";
      readonly copyId: number;
      readonly lba: number;
      readonly blockCount: number;
    })
  | (OfVolume & { readonly type: "lock-end"; readonly copyId: number })
  /** The copy that the lock was for does not come. */
  | (OfVolume & { readonly type: "unlock"; readonly copyId: number })
  /** Sub to main: do this action on both sides. */
  | (OfVolume & { readonly type: "control"; readonly controlId: number; readonly data: Bytes })
  /** Main to sub: the next action in the order. */
  | (OfVolume & {
      readonly type: "control-apply";
      readonly controlId: number;
      readonly data: Bytes;
    })
  /** The answer to either; `isDone` false: the pair does not allow it now. */
  | (OfVolume & {
      readonly type: "control-end";
      readonly controlId: number;
      readonly isDone: boolean;
      readonly data: Bytes;
    })
  /** The pair's own: creation, state, resync, verify. Kinds and bodies are `pair-messages.ts`. */
  | (OfVolume & { readonly type: "pair"; readonly kind: number; readonly data: Bytes });

type Bytes = readonly Uint8Array[];

export type LinkMessageType = LinkMessage["type"];
