/**
 * HELLO: the first thing either side says on its path, and what is refused of it. When it is said
 * is the link's.
 */
import { uint, flag } from "node-scsi-cdb";
import type { MirrorTiming, Side } from "./config";
import type { Declaration } from "./message-codec";

export interface Greeting {
  readonly type: "hello";
  /** Versions of the protocol that the sender speaks. */
  readonly versionMin: number;
  readonly versionMax: number;
  readonly side: number;
  /** A number for the sender's end of this link, from its going up to its going down; never 0. */
  readonly session: number;
  /** The other end's session as it was heard; 0: not yet. */
  readonly echo: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly checksData: boolean;
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** 2: jobs that read before they write, actions and snapshots of whole units. */
export const VERSIONS: VersionRange = { min: 2, max: 2 };

/** Bytes of a session. */
export const SESSION_LENGTH = 6;

export const greetingDeclaration: Declaration<Greeting> = {
  code: 0x01,
  length: 26,
  fields: {
    versionMin: uint(0, 2, "LOWEST VERSION"),
    versionMax: uint(2, 2, "HIGHEST VERSION"),
    side: uint(4, 1, "SIDE"),
    checksData: flag(5, 0, "DATA CHECKED"),
    session: uint(6, SESSION_LENGTH, "SESSION"),
    echo: uint(12, SESSION_LENGTH, "ECHOED SESSION"),
    heartbeatMs: uint(18, 4, "HEARTBEAT"),
    leaseMs: uint(22, 4, "LEASE"),
  },
  beside: {},
  mayGrow: true,
};

/** The highest version in both ranges, or null. */
export function commonVersion(ours: VersionRange, theirs: VersionRange): number | null {
  const version = Math.min(ours.max, theirs.max);
  return version >= Math.max(ours.min, theirs.min) ? version : null;
}

/** What is wrong with what the other side says of itself, in a sentence's end; null: nothing. */
export function refusalOf(
  greeting: Greeting,
  own: { readonly side: Side; readonly timing: MirrorTiming },
): string | null {
  const theirs = { min: greeting.versionMin, max: greeting.versionMax };
  if (commonVersion(VERSIONS, theirs) === null) {
    return `it speaks versions ${inWords(theirs)} of the protocol, this side ${inWords(VERSIONS)}`;
  }
  if (greeting.side === own.side) {
    return `both ends say that they are side ${own.side}: one has to be side ${3 - own.side}`;
  }
  if (greeting.side !== 3 - own.side) return `it says that it is side ${greeting.side} of two`;
  if (greeting.session === 0) return "it greets without a session";
  const { leaseMs } = own.timing;
  if (greeting.leaseMs !== leaseMs) {
    return `its lease is ${greeting.leaseMs} ms and this side's ${leaseMs} ms: they must be equal`;
  }
  if (greeting.heartbeatMs >= leaseMs) {
    return `its heartbeat comes every ${greeting.heartbeatMs} ms, no sooner than the lease ends`;
  }
  return null;
}

function inWords({ min, max }: VersionRange): string {
  return `${min} to ${max}`;
}
