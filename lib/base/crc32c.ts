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

/** Of `bytes` from `start` to `end`: a header is checked where it lies, without a view of it. */
export function crc32c(bytes: Uint8Array, crc = 0, start = 0, end = bytes.length): number {
  let state = ~crc;
  for (let index = start; index < end; index++) {
    state = (TABLE[(state ^ (bytes[index] as number)) & 0xff] as number) ^ (state >>> 8);
  }
  return ~state >>> 0;
}
