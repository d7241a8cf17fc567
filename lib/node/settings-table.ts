/**
 * Every setting, one row each: what it means, its form, its default, and the names by which the
 * environment and the command line set it. Help, schema, checks and documentation derive from here.
 */
import { limits } from "../base/limits";
import {
  address,
  boolean,
  credential,
  integer,
  iscsiName,
  listOf,
  oneOf,
  optional,
  store,
  text,
  type Form,
} from "./formats";

export interface Setting<T> {
  readonly doc: string;
  readonly form: Form<T>;
  /** As it would be written: text, or a JSON value. */
  readonly default: string | null;
  /** May be given several times on the command line. */
  readonly isList?: boolean;
  /** Never shown. */
  readonly isSecret?: boolean;
}

function row<T>(setting: Setting<T>): Setting<T> {
  return setting;
}

const digests = listOf(oneOf("None", "CRC32C"));
const timeoutMs = integer(1, 3_600_000);
const burst = integer(512, limits.burstMax);

/** What each logical unit has; a unit in the list `luns` overrides what is set for all. */
export const unitSettings = {
  store: row({
    doc: "Where the blocks are: memory, or a sparse file that is made if it is absent.",
    form: store,
    default: "file:./data/disk.img:1G",
  }),
  blockSize: row({
    doc: "Bytes of a logical block.",
    form: oneOf(512, 4096),
    default: "512",
  }),
  physicalBlockExponent: row({
    doc: "Logical blocks per physical block, as a power of two; unset: 4096 bytes.",
    form: optional(integer(0, 15)),
    default: null,
  }),
  thin: row({
    doc: "Offer UNMAP and report thin provisioning.",
    form: boolean,
    default: "true",
  }),
  removable: row({
    doc: "Report a removable medium, which can be ejected.",
    form: boolean,
    default: "false",
  }),
  readOnly: row({
    doc: "Report a write-protected medium and refuse to write.",
    form: boolean,
    default: "false",
  }),
  overflowStatus: row({
    doc: "Status of READ and WRITE of more than the initiator expects.",
    form: oneOf("good", "check-condition"),
    default: "good",
  }),
  vendor: row({ doc: "INQUIRY vendor identification.", form: text(8), default: "TWINLUN" }),
  product: row({ doc: "INQUIRY product identification.", form: text(16), default: "DISK" }),
  revision: row({ doc: "INQUIRY product revision level.", form: text(4), default: "1" }),
} as const;

/** What the target as a whole has. */
export const targetSettings = {
  listen: row({
    doc: "Portal to listen on; port 0 takes a free one, IPv6 stands in brackets.",
    form: listOf(address),
    default: "127.0.0.1:3260",
    isList: true,
  }),
  announce: row({
    doc: "What SendTargets says for the portals, in order, if not their own addresses.",
    form: listOf(address),
    default: null,
    isList: true,
  }),
  iqn: row({
    doc: "The iSCSI name of the target.",
    form: iscsiName,
    default: "iqn.2026-11.io.twinlun:disk",
  }),
  alias: row({
    doc: "The alias of the target, for humans.",
    form: optional(text(255)),
    default: null,
  }),
  initiators: row({
    doc: "Initiator name that may log in; none given: all may.",
    form: listOf(iscsiName),
    default: null,
    isList: true,
  }),
  chap: row({
    doc: "User and secret an initiator logs in with; none given: no authentication.",
    form: listOf(credential),
    default: null,
    isList: true,
    isSecret: true,
  }),
  chapMutual: row({
    doc: "User and secret by which the target proves itself in mutual CHAP.",
    form: optional(credential),
    default: null,
    isSecret: true,
  }),
  discoveryChap: row({
    doc: "User and secret for discovery sessions; none given: no authentication.",
    form: listOf(credential),
    default: null,
    isList: true,
    isSecret: true,
  }),
  discoveryChapMutual: row({
    doc: "User and secret by which the target proves itself in discovery sessions.",
    form: optional(credential),
    default: null,
    isSecret: true,
  }),
  chapAlgorithms: row({
    doc: "CHAP algorithms to take.",
    form: listOf(oneOf("md5", "sha1", "sha256", "sha3-256")),
    default: "sha3-256,sha256,sha1,md5",
    isList: true,
  }),
  answerUnofferedKeys: row({
    doc: "Answer login keys that some boot ROMs need although they do not offer them.",
    form: boolean,
    default: "false",
  }),
  abortOfEndedTask: row({
    doc: "Answer to ABORT TASK for a task that has ended; some hosts reset on the former.",
    form: oneOf("task-does-not-exist", "function-complete"),
    default: "task-does-not-exist",
  }),
  headerDigest: row({
    doc: "HeaderDigest values to take, the preferred first.",
    form: digests,
    default: "None,CRC32C",
    isList: true,
  }),
  dataDigest: row({
    doc: "DataDigest values to take, the preferred first.",
    form: digests,
    default: "None,CRC32C",
    isList: true,
  }),
  initialR2T: row({
    doc: "Require an R2T before unsolicited data (InitialR2T).",
    form: boolean,
    default: "false",
  }),
  immediateData: row({
    doc: "Take data in the command PDU (ImmediateData).",
    form: boolean,
    default: "true",
  }),
  maxRecvDataSegmentLength: row({
    doc: "Largest data segment taken in one PDU, in bytes.",
    form: integer(512, limits.dataSegmentMax),
    default: `${limits.dataSegmentMax}`,
  }),
  maxBurstLength: row({
    doc: "Largest MaxBurstLength agreed to, in bytes.",
    form: burst,
    default: `${limits.burstMax}`,
  }),
  firstBurstLength: row({
    doc: "Largest FirstBurstLength agreed to, in bytes.",
    form: integer(512, limits.firstBurstMax),
    default: `${limits.firstBurstMax}`,
  }),
  maxOutstandingR2T: row({
    doc: "Largest MaxOutstandingR2T agreed to.",
    form: integer(1, limits.outstandingR2tMax),
    default: `${limits.outstandingR2tMax}`,
  }),
  loginTimeoutMs: row({
    doc: "From connect to the end of login.",
    form: timeoutMs,
    default: "15000",
  }),
  nopIntervalMs: row({
    doc: "Silence of an initiator before it is pinged; 0: never.",
    form: integer(0, 3_600_000),
    default: "10000",
  }),
  nopTimeoutMs: row({
    doc: "How long the answer to a ping may take before the connection is closed.",
    form: timeoutMs,
    default: "10000",
  }),
  dataOutTimeoutMs: row({
    doc: "How long data asked for by R2T may take to make progress.",
    form: timeoutMs,
    default: "30000",
  }),
  logoutTimeoutMs: row({
    doc: "How long initiators may take to log out when the target stops.",
    form: timeoutMs,
    default: "3000",
  }),
  logLevel: row({
    doc: "What is logged to standard error.",
    form: oneOf("error", "warn", "info", "debug"),
    default: "info",
  }),
} as const;

export const settingsTable = { ...targetSettings, ...unitSettings } as const;

type ValuesOf<Table> = {
  readonly [K in keyof Table]: Table[K] extends Setting<infer T> ? T : never;
};

export type TargetValues = ValuesOf<typeof targetSettings>;
export type UnitValues = ValuesOf<typeof unitSettings>;
export type SettingKey = keyof typeof settingsTable;

/** `blockSize` → `block-size` */
export function flagOf(key: string): string {
  return key.replace(/R2T/, "R2t").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `blockSize` → `TWINLUN_BLOCK_SIZE` */
export function environmentNameOf(key: string): string {
  return `TWINLUN_${flagOf(key).replaceAll("-", "_").toUpperCase()}`;
}
