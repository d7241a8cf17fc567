/**
 * A PDU on the wire, and the row type that says what its 48 header bytes mean. Rows stand in
 * `pdus/`, one file per request and response; cutting a byte stream into PDUs is the framer's.
 */
import { getU32 } from "../base/bytes";
import { type Lease, NO_LEASES } from "../base/lease";
import { type Field, type Fields, type Format, bits, flag, format, uint } from "node-scsi-cdb";

/** Bytes of the Basic Header Segment. [RFC7143 11.2.1] */
export const BHS_LENGTH = 48;

/** The reserved value of Initiator and Target Transfer Tags. [RFC7143 11.2.1.8] */
export const NO_TAG = 0xffffffff;

/**
 * One PDU as received. Its bytes are views of what the socket gave, valid for the turn: who keeps
 * it longer holds its leases, or takes `ownPdu` of it.
 */
export interface Pdu {
  readonly opcode: number;
  /** The I bit: the command is not counted by CmdSN. */
  readonly immediate: boolean;
  readonly bhs: Uint8Array;
  /** All additional header segments, or null. */
  readonly ahs: Uint8Array | null;
  /** The data segment without padding; empty list when there is none. */
  readonly data: readonly Uint8Array[];
  /** Bytes in `data`. */
  readonly dataLength: number;
  /** Of the bytes in `bhs`, `ahs` and `data`. */
  readonly leases: readonly Lease[];
}

/** ExpStatSN, which stands at the same place in all that initiators send. */
export function expStatSNOf({ bhs }: Pdu): number {
  return getU32(bhs, 28);
}

/** The same PDU in bytes of its own: for all that is kept and is no payload. */
export function ownPdu(pdu: Pdu): Pdu {
  return {
    ...pdu,
    bhs: Buffer.from(pdu.bhs),
    ahs: pdu.ahs === null ? null : Buffer.from(pdu.ahs),
    data: pdu.data.map((view) => Buffer.from(view)),
    leases: NO_LEASES,
  };
}

/** A type and not an interface, so that it is one of `Fields`. */
type CommonFields = {
  readonly opcode: Field<number>;
  readonly totalAHSLength: Field<number>;
  readonly dataSegmentLength: Field<number>;
  readonly initiatorTaskTag: Field<number>;
};

type RowFields<From, F> = F &
  CommonFields &
  (From extends "initiator" ? { readonly immediate: Field<boolean> } : unknown) &
  (F extends { readonly transit: unknown } ? unknown : { readonly final: Field<boolean> });

interface Declaration<From, F extends Fields> {
  readonly name: string;
  /** Six bits. */
  readonly opcode: number;
  readonly from: From;
  /** The fields that are this PDU's own; the common ones are added here. */
  readonly fields: F;
}

/** A row: the header format of one kind of PDU. `encode` writes the opcode by itself. */
export interface PduRow<F extends Fields = Fields> extends Format<F> {
  readonly opcode: number;
  readonly from: "initiator" | "target";
}

/** The decoded header fields of a row. */
export type Bhs<R extends { decode(bytes: Uint8Array): unknown }> = ReturnType<R["decode"]>;

const COMMON = {
  opcode: bits(0, 5, 0, "Opcode"),
  totalAHSLength: uint(4, 1, "TotalAHSLength"),
  dataSegmentLength: uint(5, 3, "DataSegmentLength"),
  initiatorTaskTag: uint(16, 4, "Initiator Task Tag"),
} as const;

/**
 * Declares a PDU. Bit 7 of byte 1 is `final` (F, or a fixed 1; set unless `encode` is told
 * otherwise) except where the row has `transit` there. @throws RangeError on overlapping fields.
 */
export function pdu<const From extends "initiator" | "target", const F extends Fields>(
  declaration: Declaration<From, F>,
): PduRow<RowFields<From, F>> {
  const { name, opcode, from } = declaration;
  const fields: Fields = {
    ...COMMON,
    ...(from === "initiator" ? { immediate: flag(0, 6, "I") } : {}),
    ...("transit" in declaration.fields ? {} : { final: flag(1, 7, "F") }),
    ...declaration.fields,
  };
  const row = format({ name, length: BHS_LENGTH, fields });
  const whole = row as unknown as Format<RowFields<From, F>>;
  return {
    ...whole,
    opcode,
    from,
    encode: (values, into, offset = 0) =>
      whole.encode({ final: true, ...values, opcode }, into, offset),
  };
}
