/**
 * What one log page is: a list of parameters with their codes. The pages are rows in `pages.ts`;
 * the LOG commands ask the table. [SPC-4 7.3 Log parameters]
 */
import { bits, flag, format, uint } from "node-scsi-cdb";
import type { Unit } from "../unit";

export interface LogParameter {
  readonly code: number;
  /** A bounded data counter, or a list parameter in binary. */
  readonly form: "counter" | "binary";
  readonly value: Uint8Array;
}

export interface LogPage {
  /** The standard's name. */
  readonly name: string;
  readonly pageCode: number;
  /** Sets its counters back to their defaults; a page without counters has no defaults either. */
  reset?(unit: Unit): void;
  /** Ascending by code. With `isDefault` counters have what they begin with. */
  parameters(unit: Unit, isDefault: boolean): readonly LogParameter[];
}

/** DS: LOG SELECT saves nothing of it. */
const pageHeader = format({
  name: "Log page header",
  length: 4,
  fields: {
    ds: flag(0, 7, "DS"),
    spf: flag(0, 6, "SPF"),
    pageCode: bits(0, 5, 0, "PAGE CODE"),
    subpageCode: uint(1, 1, "SUBPAGE CODE"),
    pageLength: uint(2, 2, "PAGE LENGTH"),
  },
});

const parameterHeader = format({
  name: "Log parameter header",
  length: 4,
  fields: {
    code: uint(0, 2, "PARAMETER CODE"),
    du: flag(2, 7, "DU"),
    tsd: flag(2, 5, "TSD"),
    etc: flag(2, 4, "ETC"),
    tmc: bits(2, 3, 2, "TMC"),
    formatAndLinking: bits(2, 1, 0, "FORMAT AND LINKING"),
    length: uint(3, 1, "PARAMETER LENGTH"),
  },
});

/** FORMAT AND LINKING */
const FORMAT = { counter: 0, binary: 3 } as const;

export function encodeLogPage(
  { pageCode }: { readonly pageCode: number },
  parameters: readonly LogParameter[],
): Uint8Array {
  const parts = parameters.flatMap(({ code, form, value }) => {
    const formatAndLinking = FORMAT[form];
    return [parameterHeader.encode({ code, formatAndLinking, length: value.length }), value];
  });
  const list = Buffer.concat(parts);
  const head = pageHeader.encode({ ds: true, pageCode, pageLength: list.length });
  return Buffer.concat([head, list]);
}

/** A page that lists pages: their codes and, of a subpage, also their subpage codes. */
export function encodePageList(
  asked: { readonly pageCode: number; readonly subpageCode: number },
  list: Uint8Array,
): Uint8Array {
  const spf = asked.subpageCode !== 0;
  return Buffer.concat([pageHeader.encode({ ...asked, spf, pageLength: list.length }), list]);
}
