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

/** What every page begins with. [SPC-4 Mode page format] */
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

/** The same of a page with a subpage code. */
const subpageHeader = format({
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

type Pointers = Readonly<Record<"pageCode" | "subpageCode" | "pageLength", FieldPointer>>;

const PAGE_POINTERS: Pointers = {
  pageCode: pageHeader.pointer("pageCode"),
  // Without one SPF says so.
  subpageCode: pageHeader.pointer("spf"),
  pageLength: pageHeader.pointer("pageLength"),
};

const SUBPAGE_POINTERS: Pointers = {
  pageCode: subpageHeader.pointer("pageCode"),
  subpageCode: subpageHeader.pointer("subpageCode"),
  pageLength: subpageHeader.pointer("pageLength"),
};

/** A header of either format as it was read, and where its fields stand in it. */
export interface PageHeader {
  readonly pageCode: number;
  /** 0: none. */
  readonly subpageCode: number;
  /** Bytes of the whole page, header included. */
  readonly length: number;
  readonly pointers: Pointers;
}

/** null: it is cut short. */
export function readPageHeader(bytes: Uint8Array, at: number): PageHeader | null {
  if (bytes.length < at + pageHeader.length) return null;
  const { spf, pageCode, pageLength } = pageHeader.decode(bytes, at);
  if (!spf) {
    const length = pageHeader.length + pageLength;
    return { pageCode, subpageCode: 0, length, pointers: PAGE_POINTERS };
  }
  if (bytes.length < at + subpageHeader.length) return null;
  const { subpageCode, pageLength: behind } = subpageHeader.decode(bytes, at);
  const length = subpageHeader.length + behind;
  return { pageCode, subpageCode, length, pointers: SUBPAGE_POINTERS };
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
  readonly defaults: (can: Capabilities) => Partial<Values<F>>;
  /** The fields MODE SELECT may change, with all their bits set: only such as have an effect. */
  readonly changeable: (can: Capabilities) => Partial<Values<F>>;
}

/** A row. [SPC-4 Mode page format] */
export interface ModePage {
  readonly name: string;
  readonly pageCode: number;
  /** 0: none. */
  readonly subpageCode: number;
  readonly headerLength: number;
  /** Bytes, header included. */
  readonly length: number;
  /** The bytes of the default page, header included. */
  readonly defaults: (can: Capabilities) => Uint8Array;
  /** The mask of changeable bits, with the header as in every page. */
  readonly changeable: (can: Capabilities) => Uint8Array;
}

/** A row that knows the types of its fields. */
export interface ModePageOf<F extends Fields> extends ModePage {
  decode(bytes: Uint8Array): Values<F>;
}

/** Declares a mode page. @throws RangeError when its fields do not fit. */
export function modePage<const F extends Fields>(declaration: Declaration<F>): ModePageOf<F> {
  const { name, pageCode, subpageCode = 0, length, fields } = declaration;
  const body = format({ name, length, fields });
  const headerLength = subpageCode === 0 ? pageHeader.length : subpageHeader.length;
  const pageLength = length - headerLength;
  const encode = (values: Partial<Values<F>>): Uint8Array => {
    const bytes = body.encode(values);
    if (subpageCode === 0) return pageHeader.encode({ pageCode, pageLength }, bytes);
    return subpageHeader.encode({ spf: true, pageCode, subpageCode, pageLength }, bytes);
  };
  return {
    name,
    pageCode,
    subpageCode,
    headerLength,
    length,
    defaults: (can) => encode(declaration.defaults(can)),
    changeable: (can) => encode(declaration.changeable(can)),
    decode: (bytes) => body.decode(bytes),
  };
}
