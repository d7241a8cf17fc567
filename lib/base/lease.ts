/**
 * The right to look into bytes whose owner fills their place again. Bytes that come with a lease
 * are valid until the end of the turn they came in; who needs them longer holds the lease, once or
 * more, and releases it as often. What is not worth holding is copied.
 */
export interface Lease {
  hold(): void;
  release(): void;
}

/** The leases of bytes that nobody fills again. */
export const NO_LEASES: readonly Lease[] = Object.freeze([]);
