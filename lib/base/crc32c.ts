/**
 * CRC32C (Castagnoli), as iSCSI digests and on-disk checksums use it. Four bytes at a time by
 * tables; the running target is given a native one through the same type, for data. [RFC7143 13.1,
 * RFC3385]
 */

/** Continues `crc` (0 at the start) over `bytes`. */
export type Crc32c = (bytes: Uint8Array, crc?: number) => number;

const BYTES = 256;

/** What a byte adds, and behind it what it adds with one, two and three bytes after it. */
const TABLE = new Uint32Array(4 * BYTES);
for (let index = 0; index < BYTES; index++) {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  TABLE[index] = crc;
}
for (let index = BYTES; index < TABLE.length; index++) {
  const before = TABLE[index - BYTES] as number;
  TABLE[index] = (TABLE[before & 0xff] as number) ^ (before >>> 8);
}

/** Of `bytes` from `start` to `end`: a header is checked where it lies, without a view of it. */
export function crc32c(bytes: Uint8Array, crc = 0, start = 0, end = bytes.length): number {
  let state = ~crc;
  let index = start;
  for (; index + 4 <= end; index += 4) {
    const first = (state ^ (bytes[index] as number)) & 0xff;
    const second = ((state >>> 8) ^ (bytes[index + 1] as number)) & 0xff;
    const third = ((state >>> 16) ^ (bytes[index + 2] as number)) & 0xff;
    const fourth = (state >>> 24) ^ (bytes[index + 3] as number);
    state =
      (TABLE[first + 3 * BYTES] as number) ^
      (TABLE[second + 2 * BYTES] as number) ^
      (TABLE[third + BYTES] as number) ^
      (TABLE[fourth] as number);
  }
  for (; index < end; index++) {
    state = (TABLE[(state ^ (bytes[index] as number)) & 0xff] as number) ^ (state >>> 8);
  }
  return ~state >>> 0;
}
