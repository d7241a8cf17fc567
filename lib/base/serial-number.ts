/** Serial number arithmetic on 32 bits: CmdSN, StatSN, DataSN. [RFC1982, RFC7143 4.2.2.1] */

export function serialAdd(serial: number, count: number): number {
  return (serial + count) >>> 0;
}

/** `a` - `b` as a signed distance, -2^31 … 2^31 - 1. */
export function serialDistance(a: number, b: number): number {
  return (a - b) | 0;
}

export function serialLess(a: number, b: number): boolean {
  return serialDistance(a, b) < 0;
}
