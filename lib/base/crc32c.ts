/**
 * CRC32C (Castagnoli), as iSCSI digests and on-disk checksums use it. A byte-table reference; the
 * running target is given a native one through the same type. [RFC7143 13.1, RFC3385]
 */

/** Continues `crc` (0 at the start) over `bytes`. */
export type Crc32c = (bytes: Uint8Array, crc?: number) => number;

const TABLE = new Uint32Array(256).map((_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export const crc32c: Crc32c = (bytes, crc = 0) => {
  let state = ~crc;
  for (let index = 0; index < bytes.length; index++) {
    state = (TABLE[(state ^ (bytes[index] as number)) & 0xff] as number) ^ (state >>> 8);
  }
  return ~state >>> 0;
};
