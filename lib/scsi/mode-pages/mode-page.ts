/**
 * What one mode page is: its format, its default values and the fields an initiator may change.
 * The pages themselves are rows in `pages.ts`; their values live in `mode-pages.ts`.
 */
import {
  type FieldPointer,
  type Fields,
  type Values,
  bits,
  flag,
  format,
  uint,
} from "node-scsi-cdb";
import type { Capabilities } from "../../block/device";

/** What a page of the page_0 format begins with. [SPC-4 Mode page format] */
export const pageHeader = format({
  name: "Mode page header",
  length: 2,
  fields: {
    ps: flag(0, 7, "PS"),
    spf: flag(0, 6, "SPF"),
    pageCode: bits(0, 5, 0, "PAGE CODE"),
    pageLength: uint(1, 1, "PAGE LENGTH"),
  },
});

/** The same of the sub_page format, which SPF tells. */
export const subpageHeader = format({
  name: "Mode subpage header",
  length: 4,
  fields: {
    ps: flag(0, 7, "PS"),
    spf: flag(0, 6, "SPF"),
    pageCode: bits(0, 5, 0, "PAGE CODE"),
    subpageCode: uint(1, 1, "SUBPAGE CODE"),
    pageLength: uint(2, 2, "PAGE LENGTH"),
  },
});

/** What a page's values go by: the device under the unit, and the ports that lead to it. */
export interface PageBasis extends Capabilities {
  /** They have asymmetric access states; absent: they have not. */
  readonly isAsymmetric?: boolean;
}

interface Declaration<F extends Fields> {
  /** The standard's name. */
  readonly name: string;
  readonly pageCode: number;
  /** Absent: the page is of the page_0 format. */
  readonly subpageCode?: number;
  /** Bytes of the whole page, header included. */
  readonly length: number;
  readonly fields: F;
  /** Values after power on and after a reset; what is not named is 0. */
  readonly defaults: (basis: PageBasis) => Partial<Values<F>>;
  /** The fields MODE SELECT may change, with all their bits set: only such as have an effect. */
  readonly changeable: (basis: PageBasis) => Partial<Values<F>>;
  /** The values that a changeable field may have; absent: any. */
  readonly allowed?: { readonly [name in keyof F]?: readonly number[] };
}

/** A row. */
export interface ModePage {
  readonly name: string;
  readonly pageCode: number;
  /** 0: the page is of the page_0 format. */
  readonly subpageCode: number;
  /** Bytes, header included, and of the header. */
  readonly length: number;
  readonly headerLength: number;
  /** The bytes of the default page, header included. */
  readonly defaults: (basis: PageBasis) => Uint8Array;
  /** The mask of changeable bits, with the header as in every page. */
  readonly changeable: (basis: PageBasis) => Uint8Array;
  /** Whether the bytes begin as those of the page do, PS cleared. */
  hasHeader(bytes: Uint8Array): boolean;
  /** The first field that has a value which is reserved; null: there is none. */
  firstNotAllowed(bytes: Uint8Array): FieldPointer | null;
}

/** A row that knows the types of its fields. */
export interface ModePageOf<F extends Fields> extends ModePage {
  decode(bytes: Uint8Array): Values<F>;
}

/** Declares a mode page. @throws RangeError when its fields do not fit. */
export function modePage<const F extends Fields>(declaration: Declaration<F>): ModePageOf<F> {
  const { name, pageCode, subpageCode = 0, length, fields } = declaration;
  const body = format({ name, length, fields });
  const allowed = Object.entries(declaration.allowed ?? {}) as [keyof F, readonly number[]][];
  const hasSubpage = subpageCode !== 0;
  const headerLength = hasSubpage ? subpageHeader.length : pageHeader.length;
  const head = { spf: hasSubpage, pageCode, pageLength: length - headerLength };
  const encode = (values: Partial<Values<F>>): Uint8Array => {
    const bytes = body.encode(values);
    if (hasSubpage) return subpageHeader.encode({ ...head, subpageCode }, bytes);
    return pageHeader.encode(head, bytes);
  };
  return {
    name,
    pageCode,
    subpageCode,
    length,
    headerLength,
    defaults: (basis) => encode(declaration.defaults(basis)),
    changeable: (basis) => encode(declaration.changeable(basis)),
    decode: (bytes) => body.decode(bytes),
    hasHeader: (bytes) =>
      Buffer.compare(encode({}).subarray(0, headerLength), bytes.subarray(0, headerLength)) === 0,
    firstNotAllowed(bytes) {
      const values: Partial<Record<keyof F, unknown>> = body.decode(bytes);
      const wrong = allowed.find(([field, those]) => !those.includes(values[field] as number));
      return wrong === undefined ? null : body.pointer(wrong[0]);
    },
  };
}
