/**
 * Big-endian access to bytes for the hot paths, and helpers for lists of chunks. No formats here.
 */

export function getU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function getU24(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
  );
}

export function getU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function putU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function getU48(bytes: Uint8Array, at: number): number {
  return joined(getU16(bytes, at), getU32(bytes, at + 2));
}

export function putU48(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, Math.floor(value / 0x1_0000_0000));
  putU32(bytes, at + 2, value >>> 0);
}

/** A 64-bit number; exact up to 2^53. */
export function getU64(bytes: Uint8Array, at: number): number {
  return joined(getU32(bytes, at), getU32(bytes, at + 4));
}

/** Small numbers stay small integers to V8, which one that was multiplied with 2^32 is not. */
function joined(high: number, low: number): number {
  return high === 0 ? low : high * 0x1_0000_0000 + low;
}

export function putU64(bytes: Uint8Array, at: number, value: number): void {
  putU32(bytes, at, Math.floor(value / 0x1_0000_0000));
  putU32(bytes, at + 4, value >>> 0);
}

/** The global is looked up by a getter, which costs more than what it is wanted for. */
const bufferFrom = Buffer.from;

/** `bytes` with the `room` bytes that lie in front of them: a view. */
export function withRoom(bytes: Uint8Array, room: number): Uint8Array {
  const { buffer, byteOffset, length } = bytes;
  return bufferFrom(buffer as ArrayBuffer, byteOffset - room, room + length);
}

/** The number of bytes in a list of chunks. */
export function lengthOf(chunks: readonly Uint8Array[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}

/** The chunks that hold bytes `start`…`end` of a list: views, nothing is copied. */
export function sliceChunks(
  chunks: readonly Uint8Array[],
  start: number,
  end: number,
): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let at = 0;
  for (const chunk of chunks) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, chunk.length);
    if (from < to) slices.push(to - from === chunk.length ? chunk : chunk.subarray(from, to));
    at += chunk.length;
    if (at >= end) break;
  }
  return slices;
}

/** Copies a list of chunks into one new array: for parameter lists, never for payload. */
export function gather(chunks: readonly Uint8Array[]): Uint8Array {
  const first = chunks[0];
  if (first !== undefined && chunks.length === 1) return first;
  const whole = Buffer.alloc(lengthOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/**
 * The first byte at which `bytes` and a list of chunks, as long in all, differ; null: they are the
 * same.
 */
export function firstDifference(bytes: Uint8Array, chunks: readonly Uint8Array[]): number | null {
  let at = 0;
  for (const chunk of chunks) {
    if (Buffer.compare(bytes.subarray(at, at + chunk.length), chunk) !== 0) {
      const from = at;
      return from + chunk.findIndex((byte, index) => byte !== bytes[from + index]);
    }
    at += chunk.length;
  }
  return null;
}

/** Sets in `bytes` every bit that a list of chunks, as long in all, has. */
export function orInto(bytes: Uint8Array, chunks: readonly Uint8Array[]): void {
  let at = 0;
  for (const chunk of chunks) {
    for (const byte of chunk) {
      bytes[at] = (bytes[at] as number) | byte;
      at++;
    }
  }
}

/** Copies chunks into `into` from its start; returns how many bytes were copied. */
export function scatterInto(chunks: readonly Uint8Array[], into: readonly Uint8Array[]): number {
  let target = 0;
  let targetAt = 0;
  let copied = 0;
  for (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      const destination = into[target];
      if (destination === undefined) return copied;
      const count = Math.min(chunk.length - at, destination.length - targetAt);
      destination.set(chunk.subarray(at, at + count), targetAt);
      at += count;
      targetAt += count;
      copied += count;
      if (targetAt === destination.length) {
        target++;
        targetAt = 0;
      }
    }
  }
  return copied;
}
