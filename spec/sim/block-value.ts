/**
 * What the hosts write: blocks that say who wrote them and where they belong, so that one that is
 * torn, old or in the wrong place is seen as such.
 */

export const BLOCK_SIZE = 512;

/** Whose block it is does not matter: WRITE SAME repeats one. */
export const ANYWHERE = 0xffff_ffff;

/** The value of a block of zeros: never written, or unmapped. */
export const NOTHING = 0;

/** Fills a block with a value, a number from 1 to 2^32 - 1. */
export function putValue(into: Uint8Array, at: number, value: number, lba: number): void {
  const words = new Uint32Array(into.buffer, into.byteOffset + at, BLOCK_SIZE / 4);
  const check = (value ^ lba ^ 0x5eed_5eed) >>> 0;
  for (let index = 0; index < words.length; index += 4) {
    words[index] = value;
    words[index + 1] = lba;
    words[index + 2] = check;
    words[index + 3] = value;
  }
}

/** The value of a block, or null: it is no block that was ever written there. */
export function valueOf(from: Uint8Array, at: number, lba: number): number | null {
  const words = new Uint32Array(from.buffer, from.byteOffset + at, BLOCK_SIZE / 4);
  const value = words[0] as number;
  const place = words[1] as number;
  const check = words[2] as number;
  for (let index = 0; index < words.length; index += 4) {
    if (words[index] !== value || words[index + 1] !== place) return null;
    if (words[index + 2] !== check || words[index + 3] !== value) return null;
  }
  if (value === NOTHING) return place === 0 && check === 0 ? NOTHING : null;
  const isHere = place === lba || place === ANYWHERE;
  return isHere && check === (value ^ place ^ 0x5eed_5eed) >>> 0 ? value : null;
}

/** A block's first word, for what need not be checked. */
export function rawValue(from: Uint8Array, at: number): number {
  return new Uint32Array(from.buffer, from.byteOffset + at, 1)[0] as number;
}
