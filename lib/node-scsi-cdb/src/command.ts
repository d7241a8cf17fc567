/**
 * One row per command: the format of its CDB and what the standard's command tables say of it.
 * The operation code, the service action and CONTROL are declared here once for all rows.
 */
import { type Field, flag, uint, bits } from "./fields";
import { type Fields, type Format, type ReadByHand, format } from "./format";

/** Which way the data goes, seen from the initiator. */
export type Direction = "none" | "in" | "out";

interface Declaration<F extends Fields> {
  /** The standard's name, such as `READ (10)`. */
  readonly name: string;
  readonly opcode: number;
  /** Five bits in byte 1. */
  readonly serviceAction?: number;
  /** CDB length in bytes: 6, 10, 12 or 16. */
  readonly length: 6 | 10 | 12 | 16;
  /** Where it is defined, such as `SBC-4 READ (10)`. */
  readonly reference: string;
  readonly direction: Direction;
  readonly fields: F;
  /** Reads the whole CDB, with the fields that all have. */
  readonly readByHand?: ReadByHand;
}

interface CommonFields {
  readonly opcode: Field<number>;
  readonly naca: Field<boolean>;
}

/** A row: a format with the command's identity. */
export interface CommandRow<F extends Fields = Fields> extends Format<F & CommonFields> {
  readonly opcode: number;
  readonly serviceAction: number | null;
  readonly reference: string;
  readonly direction: Direction;
}

/** The decoded fields of a row's CDB. */
export type Cdb<R extends { decode(bytes: Uint8Array): unknown }> = ReturnType<R["decode"]>;

/** SAM CONTROL: NACA counts, the obsolete and the vendor specific bits are taken and ignored. */
function control(byte: number): Fields {
  return {
    naca: flag(byte, 2, "NACA"),
    vendorControl: bits(byte, 7, 6, "Vendor specific", { ignored: true }),
    obsoleteControl: bits(byte, 1, 0, "Obsolete", { ignored: true }),
  };
}

/** Declares a command. @throws RangeError when its fields do not fit. */
export function command<const F extends Fields>(declaration: Declaration<F>): CommandRow<F> {
  const { name, opcode, length, reference, direction, readByHand } = declaration;
  const serviceAction = declaration.serviceAction ?? null;
  const identity: Fields = {
    opcode: uint(0, 1, "OPERATION CODE"),
    ...(serviceAction === null ? {} : { serviceAction: bits(1, 4, 0, "SERVICE ACTION") }),
  };
  const fields = { ...identity, ...declaration.fields, ...control(length - 1) };
  const row = format({ name, length, fields, readByHand });
  const whole = row as unknown as Format<F & CommonFields>;
  return {
    ...whole,
    opcode,
    serviceAction,
    reference,
    direction,
    encode(values, into, offset = 0) {
      const identified = {
        ...values,
        opcode,
        ...(serviceAction === null ? {} : { serviceAction }),
      };
      return whole.encode(identified, into, offset);
    },
  };
}
