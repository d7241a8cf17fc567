/** Whether bytes that somebody was given to look at until later have stayed as they were. */

/** `copy` is of all `chunks` one after the other, made when they were given. */
export function isUnchanged(chunks: readonly Uint8Array[], copy: Buffer): boolean {
  let at = 0;
  for (const chunk of chunks) {
    const end = at + chunk.length;
    if (end > copy.length || copy.compare(chunk, 0, chunk.length, at, end) !== 0) return false;
    at = end;
  }
  return at === copy.length;
}
