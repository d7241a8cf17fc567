/**
 * The 8-byte LUN field and the number behind it: peripheral and flat space addressing. [SAM-5 4.7]
 */
import { getU16 } from "../base/bytes";

/**
 * The LUN field at byte `offset` as a number; null for an addressing method or a level that no
 * unit here has.
 */
export function parseLun(bytes: Uint8Array, offset = 0): number | null {
  for (let at = offset + 2; at < offset + 8; at++) if (bytes[at] !== 0) return null;
  const first = getU16(bytes, offset);
  const method = first >>> 14;
  if (method === 0) return first <= 0xff ? first : null;
  return method === 1 ? first & 0x3fff : null;
}

/** The LUN field for a number 0…16383: peripheral addressing below 256, flat space above. */
export function formatLun(lun: number): Uint8Array {
  const field = Buffer.alloc(8);
  field.writeUInt16BE(lun < 256 ? lun : 0x4000 | lun, 0);
  return field;
}
