/**
 * The 8-byte LUN field and the number behind it, in all addressing methods of one level.
 * [SAM-5 4.7]
 *
 *   00b  peripheral device   bus 0 | LUN, 8 bits
 *   01b  flat space          LUN, 14 bits
 *   10b  logical unit        target 0 | bus 0 | LUN, 5 bits
 *   11b  extended            length and method, 6 bits | LUN, 1, 3 or 5 bytes
 */
import { getU16 } from "../base/bytes";
import { limits } from "../base/limits";

/** The number of the well known logical unit REPORT LUNS: its field begins so. [SPC-4 8.2] */
export const REPORT_LUNS_LUN = 0xc101;

const WELL_KNOWN = REPORT_LUNS_LUN >>> 8;
/** Bytes of the LUN by the byte in front of it: well known, flat space, long flat space. */
const EXTENDED_LENGTHS: ReadonlyMap<number | undefined, number> = new Map([
  [WELL_KNOWN, 1],
  [0xd2, 3],
  [0xe2, 5],
]);

/**
 * The LUN field at byte `offset` as a number; null for an addressing method or a level that no
 * unit here has.
 */
export function parseLun(bytes: Uint8Array, offset = 0): number | null {
  const first = getU16(bytes, offset);
  const method = first >>> 14;
  if (method === 3) return parseExtended(bytes, offset);
  if (!isZero(bytes, offset + 2, offset + 8)) return null;
  const value = first & 0x3fff;
  if (method === 1) return value;
  // There is nothing of a target or a bus but 0.
  return value <= (method === 0 ? 0xff : 0x1f) ? value : null;
}

function parseExtended(bytes: Uint8Array, offset: number): number | null {
  const kind = bytes[offset];
  const length = EXTENDED_LENGTHS.get(kind);
  if (length === undefined) return null;
  const end = offset + 1 + length;
  if (!isZero(bytes, end, offset + 8)) return null;
  let lun = 0;
  for (let at = offset + 1; at < end; at++) lun = lun * 256 + (bytes[at] as number);
  if (kind !== WELL_KNOWN) return lun < limits.lunsMax ? lun : null;
  return lun === (REPORT_LUNS_LUN & 0xff) ? REPORT_LUNS_LUN : null;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** The LUN field of a unit: peripheral device addressing below 256, flat space above. */
export function formatLun(lun: number): Uint8Array {
  const field = Buffer.alloc(8);
  const isFlat = lun >= 256 && lun !== REPORT_LUNS_LUN;
  field.writeUInt16BE(isFlat ? 0x4000 | lun : lun, 0);
  return field;
}
