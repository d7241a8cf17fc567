/**
 * What one mode page is: its format, its default values and the fields an initiator may change.
 * The pages themselves are rows in `pages.ts`; their values live in `mode-pages.ts`.
 */
import { type Fields, type Values, bits, flag, format, uint } from "node-scsi-cdb";
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

interface Declaration<F extends Fields> {
  /** The standard's name. */
  readonly name: string;
  readonly pageCode: number;
  /** Bytes of the whole page, header included. */
  readonly length: number;
  readonly fields: F;
  /** Values after power on and after a reset; what is not named is 0. */
  readonly defaults: (can: Capabilities) => Partial<Values<F>>;
  /** The fields MODE SELECT may change, with all their bits set: only such as have an effect. */
  readonly changeable: (can: Capabilities) => Partial<Values<F>>;
}

/** A row. All pages are of the page_0 format: none has a subpage. [SPC-4 Mode page format] */
export interface ModePage {
  readonly name: string;
  readonly pageCode: number;
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
  const { name, pageCode, length, fields } = declaration;
  const body = format({ name, length, fields });
  const encode = (values: Partial<Values<F>>): Uint8Array =>
    pageHeader.encode({ pageCode, pageLength: length - 2 }, body.encode(values));
  return {
    name,
    pageCode,
    length,
    defaults: (can) => encode(declaration.defaults(can)),
    changeable: (can) => encode(declaration.changeable(can)),
    decode: (bytes) => body.decode(bytes),
  };
}
