/**
 * Operational negotiation: pure functions from what the initiator offers to what we answer and what
 * is agreed then. The rules come from the rows of `keys.ts`; the stages of login are `login.ts`'s.
 * [RFC7143 6.2, 6.3]
 */
import { assert, unreachable } from "../base/assert";
import { limits } from "../base/limits";
import type { IscsiConfig } from "./config";
import { type KeyRow, keys } from "./keys";
import { RejectReason } from "./pdus/reject";
import { type ProtocolError, protocolError } from "./protocol-error";
import { type TextItem, parseNumber } from "./text";

export type SessionType = "Normal" | "Discovery";
export type Digest = "None" | "CRC32C";
/** What each value means is in `multi-task-abort.ts`. */
export type TaskReporting = "RFC3720" | "ResponseFence" | "FastAbort";

/** What holds for a session and its connection: lengths in bytes, times in seconds. */
export interface Agreed {
  readonly HeaderDigest: Digest;
  readonly DataDigest: Digest;
  readonly MaxConnections: number;
  readonly InitialR2T: boolean;
  readonly ImmediateData: boolean;
  /** The initiator's: the longest data segment we may send. */
  readonly MaxRecvDataSegmentLength: number;
  /** Ours: the longest data segment we take. */
  readonly ownMaxRecvDataSegmentLength: number;
  readonly MaxBurstLength: number;
  readonly FirstBurstLength: number;
  readonly DefaultTime2Wait: number;
  readonly DefaultTime2Retain: number;
  readonly MaxOutstandingR2T: number;
  readonly DataPDUInOrder: boolean;
  readonly DataSequenceInOrder: boolean;
  readonly ErrorRecoveryLevel: number;
  readonly TaskReporting: TaskReporting;
  readonly iSCSIProtocolLevel: number;
}

type AgreedValue = Agreed[keyof Agreed];

/** What we want of each key that has a result. */
export type Wishes = Readonly<Record<string, number | boolean | readonly string[]>>;

/** Where a negotiation stands. A value: every step makes a new one. */
export interface Negotiation {
  readonly phase: "login" | "full-feature";
  readonly sessionType: SessionType;
  readonly agreed: Agreed;
  /** The initiator's keys so far, with their values as received. */
  readonly received: ReadonlyMap<string, string>;
  /** Keys that we offered: the initiator's next value for one is an answer. */
  readonly proposed: ReadonlySet<string>;
}

function defaultOf(name: string): AgreedValue {
  const row = keys.get(name);
  assert(row !== undefined && "default" in row, "a key with a default");
  return row.default as AgreedValue;
}

/** What holds when nobody says anything. */
export const DEFAULTS: Agreed = {
  ...(Object.fromEntries(
    [...keys.values()].filter((row) => "default" in row).map(({ name }) => [name, defaultOf(name)]),
  ) as unknown as Omit<Agreed, "ownMaxRecvDataSegmentLength">),
  ownMaxRecvDataSegmentLength: defaultOf("MaxRecvDataSegmentLength") as number,
};

/** Padding rounds a data segment up to 4 bytes: the largest length that stays below 2^24 then. */
const DATA_SEGMENT_MAX = 2 ** 24 - 4;

/** Our own MaxRecvDataSegmentLength. */
export function ownDataSegmentMax(config: IscsiConfig["negotiation"]): number {
  return Math.min(config.maxRecvDataSegmentLength, limits.dataSegmentMax, DATA_SEGMENT_MAX);
}

/**
 * Our wishes: one connection is all we can do. Nothing is recovered in a discovery session.
 * [RFC7143 7.4.1]
 */
export function wishesOf(config: IscsiConfig["negotiation"], sessionType: SessionType): Wishes {
  const isDiscovery = sessionType === "Discovery";
  const burst = Math.min(config.maxBurstLength, limits.burstMax);
  const level = Math.min(config.errorRecoveryLevel, limits.errorRecoveryLevelMax);
  const errorRecoveryLevel = isDiscovery ? 0 : level;
  return {
    HeaderDigest: isDiscovery ? ["None"] : config.headerDigest,
    DataDigest: isDiscovery ? ["None"] : config.dataDigest,
    MaxConnections: 1,
    InitialR2T: config.initialR2T,
    ImmediateData: config.immediateData,
    MaxBurstLength: burst,
    FirstBurstLength: Math.min(config.firstBurstLength, limits.firstBurstMax, burst),
    DefaultTime2Wait: 0,
    DefaultTime2Retain: 0,
    MaxOutstandingR2T: Math.min(config.maxOutstandingR2T, limits.outstandingR2tMax),
    // What is lost could not be told from what comes later.
    DataPDUInOrder: config.dataPduInOrder || errorRecoveryLevel > 0,
    DataSequenceInOrder: config.dataSequenceInOrder || errorRecoveryLevel > 0,
    ErrorRecoveryLevel: errorRecoveryLevel,
    TaskReporting: ["RFC3720", "ResponseFence", "FastAbort"],
    iSCSIProtocolLevel: 2,
  };
}

export function startNegotiation(phase: Negotiation["phase"], agreed = DEFAULTS): Negotiation {
  return {
    phase,
    sessionType: "Normal",
    agreed,
    received: new Map(),
    proposed: new Set(),
  };
}

/** The key that may come again and then replaces what was said; others must not. [RFC7143 6.3] */
const REDECLARABLE = "MaxRecvDataSegmentLength";
/** What these mean depends on other keys, so they come last. [RFC7143 13.14, 13.19] */
const DEPENDENT: ReadonlySet<string> = new Set(["FirstBurstLength", "MaxOutstandingR2T"]);
const CONSTANTS: ReadonlySet<string> = new Set(["NotUnderstood", "Irrelevant", "Reject"]);

/** What became of one key: an answer or none, and a new value or none. */
interface Outcome {
  readonly answer?: string;
  readonly value?: AgreedValue;
}

const REJECT: Outcome = { answer: "Reject" };

/** Takes what the initiator says; gives our answers and how things stand then. */
export function negotiate(
  offers: readonly TextItem[],
  before: Negotiation,
  wishes: Wishes,
): { answers: TextItem[]; negotiation: Negotiation } | ProtocolError {
  const received = new Map(before.received);
  const fresh: TextItem[] = [];
  for (const offer of offers) {
    const earlier = received.get(offer.key);
    received.set(offer.key, offer.value);
    // Initiators are known to repeat themselves; only a change of mind is an error.
    if (earlier === offer.value) continue;
    const mayRepeat = offer.key === REDECLARABLE || before.proposed.has(offer.key);
    if (earlier !== undefined && !mayRepeat) return negotiationError(`${offer.key} offered twice`);
    if (CONSTANTS.has(offer.value)) {
      if (isAnswerable(offer.key, before)) continue;
      return negotiationError(`${offer.key}=${offer.value} is no offer`);
    }
    fresh.push(offer);
  }
  fresh.sort((a, b) => Number(DEPENDENT.has(a.key)) - Number(DEPENDENT.has(b.key)));

  let agreed = before.agreed;
  const answers: TextItem[] = [];
  for (const { key, value } of fresh) {
    const outcome = settle({ key, value }, { ...before, agreed }, wishes);
    if (outcome.value !== undefined) agreed = { ...agreed, [key]: outcome.value };
    if (outcome.answer === undefined || before.proposed.has(key)) continue;
    answers.push({ key, value: outcome.answer });
  }
  const FirstBurstLength = Math.min(agreed.FirstBurstLength, agreed.MaxBurstLength);
  const MaxOutstandingR2T = Math.min(agreed.MaxOutstandingR2T, outstandingR2tMax(agreed));
  agreed = { ...agreed, FirstBurstLength, MaxOutstandingR2T };
  return { answers, negotiation: { ...before, agreed, received } };
}

/**
 * Offers of ours for keys that the initiator left out, with the values that hold anyway, for boot
 * ROMs that wait for them. Whether and what they answer does not matter.
 */
export function proposeUnoffered(before: Negotiation): {
  answers: TextItem[];
  negotiation: Negotiation;
} {
  const unoffered = [...keys.values()].filter(
    (row) =>
      row.use === "leading" &&
      (row.type === "number" || row.type === "boolean") &&
      !before.received.has(row.name) &&
      !(row.irrelevantInDiscovery && before.sessionType === "Discovery"),
  );
  const answers = unoffered.map(({ name }) => ({
    key: name,
    value: formatValue(before.agreed[name as keyof Agreed]),
  }));
  const proposed = new Set([...before.proposed, ...answers.map(({ key }) => key)]);
  return { answers, negotiation: { ...before, proposed } };
}

/** Of data that comes in order only the last R2T can be recovered. [RFC7143 13.19] */
function outstandingR2tMax({ ErrorRecoveryLevel, DataSequenceInOrder }: Agreed): number {
  return ErrorRecoveryLevel > 0 && DataSequenceInOrder ? 1 : limits.outstandingR2tMax;
}

function negotiationError(detail: string): ProtocolError {
  return protocolError({ reason: RejectReason.PROTOCOL_ERROR, detail, fatal: false });
}

/** Whether a reserved word can be the initiator's answer to something we proposed or declared. */
function isAnswerable(key: string, { proposed }: Negotiation): boolean {
  const row = keys.get(key);
  const isDeclared = row?.type === "text" || row?.type === "declared-number";
  return proposed.has(key) || (isDeclared && row.senders !== "initiator");
}

function formatValue(value: AgreedValue): string {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return String(value);
}

/** One key: first whether it may be said at all, then by the type of its row. */
function settle(offer: TextItem, now: Negotiation, wishes: Wishes): Outcome {
  const row = keys.get(offer.key);
  if (row === undefined) return { answer: "NotUnderstood" };
  if (!isAllowed(row, now.phase)) return REJECT;
  if (row.irrelevantInDiscovery && now.sessionType === "Discovery") return { answer: "Irrelevant" };
  switch (row.type) {
    case "text":
      return {};
    case "obsolete":
      return { answer: row.answer };
    case "declared-number": {
      const value = numberIn(row, offer.value);
      return value === null ? REJECT : { value };
    }
    case "boolean":
      return settleBoolean(row, offer.value, wishes[row.name] === true);
    case "number":
      return settleNumber(row, offer.value, now.agreed, wishes[row.name] as number);
    case "list": {
      const ours = wishes[row.name] as readonly string[];
      const choice = offer.value.split(",").find((value) => ours.includes(value));
      return choice === undefined ? REJECT : { answer: choice, value: choice as AgreedValue };
    }
    default:
      return unreachable(row);
  }
}

function isAllowed(row: KeyRow, phase: Negotiation["phase"]): boolean {
  if (row.senders === "target") return false;
  if (row.use === "all") return true;
  return phase === "login" ? row.use === "initialize" || row.use === "leading" : false;
}

function numberIn(range: { min: number; max: number }, text: string): number | null {
  const value = parseNumber(text);
  return value !== null && value >= range.min && value <= range.max ? value : null;
}

function settleBoolean(row: KeyRow & { type: "boolean" }, offered: string, wish: boolean): Outcome {
  if (offered !== "Yes" && offered !== "No") return REJECT;
  const theirs = offered === "Yes";
  const value = row.result === "and" ? theirs && wish : theirs || wish;
  return { answer: formatValue(value), value };
}

function settleNumber(
  row: KeyRow & { type: "number" },
  offered: string,
  agreed: Agreed,
  wish: number,
): Outcome {
  const theirs = numberIn(row, offered);
  if (theirs === null) return REJECT;
  if (row.name === "FirstBurstLength") {
    if (agreed.InitialR2T && !agreed.ImmediateData) return { answer: "Irrelevant" };
    const value = Math.min(theirs, wish, agreed.MaxBurstLength);
    return { answer: String(value), value };
  }
  if (row.name === "MaxOutstandingR2T") {
    const value = Math.min(theirs, wish, outstandingR2tMax(agreed));
    return { answer: String(value), value };
  }
  const value = row.result === "min" ? Math.min(theirs, wish) : Math.max(theirs, wish);
  return { answer: String(value), value };
}
