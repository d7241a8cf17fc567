/**
 * What the hosts write: blocks that say who wrote them and where they belong, so that one that is
 * torn, old or in the wrong place is seen as such.
 */

export const BLOCK_SIZE = 512;

/** Whose block it is does not matter: WRITE SAME repeats one. */
export const ANYWHERE = 0xffff_ffff;

/** The value of a block of zeros: never written, or unmapped. */
export const NOTHING = 0;

const BLOCK_WORDS = BLOCK_SIZE / 4;

/** Whole blocks as values are put into and taken from them. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Fills a block, counted from the first of `words`, with a value from 1 to 2^32 - 1. */
export function putValue(words: Uint32Array, block: number, value: number, lba: number): void {
  const check = (value ^ lba ^ 0x5eed_5eed) >>> 0;
  const end = (block + 1) * BLOCK_WORDS;
  for (let index = block * BLOCK_WORDS; index < end; index += 4) {
    words[index] = value;
    words[index + 1] = lba;
    words[index + 2] = check;
    words[index + 3] = value;
  }
}

/** The value of a block, or null: it is no block that was ever written there. */
export function valueOf(words: Uint32Array, block: number, lba: number): number | null {
  const first = block * BLOCK_WORDS;
  const value = words[first] as number;
  const place = words[first + 1] as number;
  const check = words[first + 2] as number;
  for (let index = first; index < first + BLOCK_WORDS; index += 4) {
    if (words[index] !== value || words[index + 1] !== place) return null;
    if (words[index + 2] !== check || words[index + 3] !== value) return null;
  }
  if (value === NOTHING) return place === 0 && check === 0 ? NOTHING : null;
  const isHere = place === lba || place === ANYWHERE;
  return isHere && check === (value ^ place ^ 0x5eed_5eed) >>> 0 ? value : null;
}

/** A block's first word, for what need not be checked. */
export function rawValue(words: Uint32Array, block: number): number {
  return words[block * BLOCK_WORDS] as number;
}
