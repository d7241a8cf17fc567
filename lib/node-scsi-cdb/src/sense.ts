/**
 * Sense data: what went wrong, as one value, and its two encodings. The codes themselves are the
 * table in `sense-codes.ts`. [SPC Sense data]
 */
import type { FieldPointer } from "./format";
import type { Status } from "./status";

export const SenseKey = {
  NO_SENSE: 0x0,
  RECOVERED_ERROR: 0x1,
  NOT_READY: 0x2,
  MEDIUM_ERROR: 0x3,
  HARDWARE_ERROR: 0x4,
  ILLEGAL_REQUEST: 0x5,
  UNIT_ATTENTION: 0x6,
  DATA_PROTECT: 0x7,
  BLANK_CHECK: 0x8,
  VENDOR_SPECIFIC: 0x9,
  COPY_ABORTED: 0xa,
  ABORTED_COMMAND: 0xb,
  VOLUME_OVERFLOW: 0xd,
  MISCOMPARE: 0xe,
  COMPLETED: 0xf,
} as const;
export type SenseKey = (typeof SenseKey)[keyof typeof SenseKey];

/** An additional sense code with the sense key it is used with here. */
export interface SenseCode {
  readonly key: SenseKey;
  readonly asc: number;
  readonly ascq: number;
  /** T10's text, in capitals. */
  readonly text: string;
}

/** Sense to be reported: a code, and what else is known. */
export interface Sense {
  readonly code: SenseCode;
  /** INFORMATION: a logical block address or an offset, as the command defines. */
  readonly information?: number;
  /** ILLEGAL REQUEST, COPY ABORTED: where; `in` says whether in the CDB or in parameter data. */
  readonly field?: FieldPointer & { readonly in: "cdb" | "data" };
  /** NOT READY, NO SENSE: progress of a running operation, 0…65535. */
  readonly progress?: number;
  /** COPY ABORTED: the number of the segment that was being processed. */
  readonly segment?: number;
  /** COPY ABORTED: what a source or a destination of the copy ended with. */
  readonly forwarded?: ForwardedSense;
}

/** The status of a command of a copy, and its sense unless the status goes without. */
export interface ForwardedSense {
  readonly from: "source" | "destination";
  readonly status: Status;
  readonly sense: Sense | null;
}
