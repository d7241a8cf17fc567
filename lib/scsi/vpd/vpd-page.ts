/**
 * What one vital product data page is. The pages are rows in files of their own, `vpd-pages.ts` is
 * their table; the INQUIRY command asks it. [SPC-4 Vital product data parameters]
 */
import { bits, format, uint } from "node-scsi-cdb";
import { peripheralOf } from "../peripheral";
import type { Task } from "../task";
import type { Unit } from "../unit";

export interface VpdPage {
  /** The standard's name. */
  readonly name: string;
  readonly pageCode: number;
  /** False: the unit does not have the page. */
  supported?(unit: Unit): boolean;
  /** The page as `task` sees it, its first four bytes left 0 for the header. */
  encode(unit: Unit, task: Task): Uint8Array;
}

const header = format({
  name: "VPD page header",
  length: 4,
  fields: {
    peripheralQualifier: bits(0, 7, 5, "PERIPHERAL QUALIFIER"),
    peripheralDeviceType: bits(0, 4, 0, "PERIPHERAL DEVICE TYPE"),
    pageCode: uint(1, 1, "PAGE CODE"),
    pageLength: uint(2, 2, "PAGE LENGTH"),
  },
});

/** The whole page: PAGE LENGTH counts what there is, whatever the initiator has room for. */
export function encodeVpdPage(page: VpdPage, unit: Unit, task: Task): Uint8Array {
  const bytes = page.encode(unit, task);
  const { pageCode } = page;
  const pageLength = bytes.length - header.length;
  return header.encode({ ...peripheralOf(unit), pageCode, pageLength }, bytes);
}

/** A page that is a list of bytes after its header. */
export function afterHeader(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.alloc(header.length), ...parts]);
}
