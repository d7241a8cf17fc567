/**
 * The text keys, one row each: who may send it, when, and how a result comes about. The rows say
 * what the RFC says; what this target wants is told to `negotiation.ts`. [RFC7143 12, 13; RFC7144]
 */

/**
 * When a key may be sent. security: SecurityNegotiation only; initialize: login only; leading: the
 * leading login of a session only; full-feature: not in login; all: at any time. [RFC7143 13]
 */
export type KeyUse = "security" | "initialize" | "leading" | "full-feature" | "all";

interface KeyCommon {
  readonly name: string;
  readonly use: KeyUse;
  readonly senders: "initiator" | "target" | "both";
  /** Answered Irrelevant in a discovery session. */
  readonly irrelevantInDiscovery: boolean;
}

export type KeyRow = KeyCommon &
  (
    | { readonly type: "boolean"; readonly result: "and" | "or"; readonly default: boolean }
    | NumberRow
    /** Each side declares its own value; there is no answer. */
    | DeclaredNumberRow
    /** The first of the offered values that the other side takes. */
    | { readonly type: "list"; readonly default: string }
    /** Declared, no answer. */
    | { readonly type: "text" }
    /** Withdrawn keys that must not be answered NotUnderstood. [RFC7143 13.25] */
    | { readonly type: "obsolete"; readonly answer: "No" | "Reject" }
  );

interface NumberRange {
  readonly min: number;
  readonly max: number;
}

interface NumberRow extends NumberRange {
  readonly type: "number";
  readonly result: "min" | "max";
  readonly default: number;
}

interface DeclaredNumberRow extends NumberRange {
  readonly type: "declared-number";
  readonly default: number;
}

const BOTH = { senders: "both", irrelevantInDiscovery: false } as const;
const LENGTH = { min: 512, max: 2 ** 24 - 1 } as const;
const COUNT = { min: 1, max: 65535 } as const;
const SECONDS = { min: 0, max: 3600 } as const;
const leading = { ...BOTH, use: "leading" } as const;
const leadingNormal = { ...leading, irrelevantInDiscovery: true } as const;
const text = { type: "text", irrelevantInDiscovery: false } as const;
const security = { ...text, use: "security", senders: "both" } as const;

function minimum(range: NumberRange, byDefault: number): NumberRow {
  return { type: "number", result: "min", ...range, default: byDefault };
}

function maximum(range: NumberRange, byDefault: number): NumberRow {
  return { type: "number", result: "max", ...range, default: byDefault };
}

function declared(range: NumberRange, byDefault: number): DeclaredNumberRow {
  return { type: "declared-number", ...range, default: byDefault };
}

const ROWS: readonly KeyRow[] = [
  // Security keys: `login.ts` and `chap.ts` speak them. [RFC7143 12]
  { name: "AuthMethod", ...security },
  { name: "CHAP_A", ...security },
  { name: "CHAP_I", ...security },
  { name: "CHAP_C", ...security },
  { name: "CHAP_N", ...security },
  { name: "CHAP_R", ...security },

  // [RFC7143 13.1] … [RFC7143 13.25], in the RFC's order.
  { name: "HeaderDigest", ...BOTH, use: "initialize", type: "list", default: "None" },
  { name: "DataDigest", ...BOTH, use: "initialize", type: "list", default: "None" },
  { name: "MaxConnections", ...leadingNormal, ...minimum(COUNT, 1) },
  { name: "SendTargets", ...text, use: "full-feature", senders: "initiator" },
  { name: "TargetName", ...text, use: "initialize", senders: "both" },
  { name: "InitiatorName", ...text, use: "initialize", senders: "initiator" },
  { name: "TargetAlias", ...text, use: "all", senders: "target" },
  { name: "InitiatorAlias", ...text, use: "all", senders: "initiator" },
  { name: "TargetAddress", ...text, use: "all", senders: "target" },
  { name: "TargetPortalGroupTag", ...text, use: "initialize", senders: "target" },
  { name: "InitialR2T", ...leadingNormal, type: "boolean", result: "or", default: true },
  { name: "ImmediateData", ...leadingNormal, type: "boolean", result: "and", default: true },
  { name: "MaxRecvDataSegmentLength", ...BOTH, use: "all", ...declared(LENGTH, 8192) },
  { name: "MaxBurstLength", ...leadingNormal, ...minimum(LENGTH, 262144) },
  { name: "FirstBurstLength", ...leadingNormal, ...minimum(LENGTH, 65536) },
  { name: "DefaultTime2Wait", ...leading, ...maximum(SECONDS, 2) },
  { name: "DefaultTime2Retain", ...leading, ...minimum(SECONDS, 20) },
  { name: "MaxOutstandingR2T", ...leadingNormal, ...minimum(COUNT, 1) },
  { name: "DataPDUInOrder", ...leadingNormal, type: "boolean", result: "or", default: true },
  { name: "DataSequenceInOrder", ...leadingNormal, type: "boolean", result: "or", default: true },
  { name: "ErrorRecoveryLevel", ...leading, ...minimum({ min: 0, max: 2 }, 0) },
  { name: "SessionType", ...text, use: "leading", senders: "initiator" },
  { name: "TaskReporting", ...leadingNormal, type: "list", default: "RFC3720" },
  { name: "iSCSIProtocolLevel", ...leadingNormal, ...minimum({ min: 0, max: 31 }, 1) },
  { name: "OFMarker", ...leading, type: "obsolete", answer: "No" },
  { name: "IFMarker", ...leading, type: "obsolete", answer: "No" },
  { name: "OFMarkInt", ...leading, type: "obsolete", answer: "Reject" },
  { name: "IFMarkInt", ...leading, type: "obsolete", answer: "Reject" },
];

/** The rows by name. A key that is not here is answered NotUnderstood, X- keys included. */
export const keys: ReadonlyMap<string, KeyRow> = new Map(ROWS.map((row) => [row.name, row]));
