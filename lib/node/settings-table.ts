/**
 * Every setting, one row each: what it means, its form, its default, and the names by which the
 * environment and the command line set it. Help, schema, checks and documentation derive from here.
 */
import { limits } from "../base/limits";
import {
  address,
  boolean,
  credential,
  filePath,
  integer,
  isnsAddress,
  iscsiName,
  linkAddress,
  listOf,
  oneOf,
  optional,
  orNone,
  rate,
  secret,
  socketPath,
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

const LINK_KEY_MIN = 16;

/** What each logical unit has; a unit in the list `luns` overrides what is set for all. */
export const unitSettings = {
  store: row({
    doc: "Where the blocks are: memory, or a sparse file made if absent; with single disk.img.",
    form: store,
    default: "file:./data/main.img:1G",
  }),
  store2: row({
    doc: "The sub side's copy when both run in one process; unset beside memory: memory.",
    form: optional(store),
    default: "file:./data/sub.img:1G",
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
  sanitizeRate: row({
    doc: "Bytes a second that SANITIZE and FORMAT UNIT go through, such as 64M; 0: no bound.",
    form: rate,
    default: "0",
  }),
  vendor: row({ doc: "INQUIRY vendor identification.", form: text(8), default: "TWINLUN" }),
  product: row({ doc: "INQUIRY product identification.", form: text(16), default: "DISK" }),
  revision: row({ doc: "INQUIRY product revision level.", form: text(4), default: "1" }),
} as const;

/** What the target as a whole has. */
export const targetSettings = {
  listen: row({
    doc: "Portal to listen on; in a pair main and sub in turn; port 0 takes a free one.",
    form: listOf(address),
    default: "127.0.0.1:3260,127.0.0.1:3261",
    isList: true,
  }),
  announce: row({
    doc: "What SendTargets says for the portals, in order, if not their own addresses.",
    form: listOf(address),
    default: null,
    isList: true,
  }),
  redirectTo: row({
    doc: "Where each portal sends those who log in, in order of listen; none: it takes them.",
    form: listOf(orNone(address)),
    default: null,
    isList: true,
  }),
  redirectPermanently: row({
    doc: "Tell those who are sent elsewhere that the target has moved for good.",
    form: boolean,
    default: "false",
  }),
  isns: row({
    doc: "iSNS server to register the target and its portals at.",
    form: optional(isnsAddress),
    default: null,
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
  maxConnections: row({
    doc: "Largest MaxConnections agreed to: connections of one session.",
    form: integer(1, limits.connectionsPerSessionMax),
    default: `${limits.connectionsPerSessionMax}`,
  }),
  errorRecoveryLevel: row({
    doc: "Largest ErrorRecoveryLevel agreed to; 2 counts as 1. Above 0 one R2T is outstanding.",
    form: integer(0, 2),
    default: "0",
  }),
  dataPduInOrder: row({
    doc: "Require the data of a sequence in order (DataPDUInOrder).",
    form: boolean,
    default: "true",
  }),
  dataSequenceInOrder: row({
    doc: "Require the sequences of a command's data in order (DataSequenceInOrder).",
    form: boolean,
    default: "true",
  }),
  reverseData: row({
    doc: "Send data that was read backwards where no order was agreed, to test initiators.",
    form: boolean,
    default: "false",
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

/** What makes two controllers a pair. */
export const pairSettings = {
  single: row({
    doc: "Serve the plain target: one controller, one copy, no pair.",
    form: boolean,
    default: "false",
  }),
  side: row({
    doc: "The side of this process, 1 main or 2 sub; unset: both sides in one process.",
    form: optional(oneOf<1 | 2>(1, 2)),
    default: null,
  }),
  peerPortals: row({
    doc: "Portals of the other side, as SendTargets names them; with side.",
    form: listOf(address),
    default: null,
    isList: true,
  }),
  linkListen: row({
    doc: "Where the other side's link connection comes in; with side.",
    form: optional(linkAddress({ takesNames: false })),
    default: null,
  }),
  linkPeer: row({
    doc: "What the other side has as linkListen; with side.",
    form: optional(linkAddress({ takesNames: true })),
    default: null,
  }),
  linkKey: row({
    doc: "The secret by which both sides know each other and encrypt the link.",
    form: optional(secret(LINK_KEY_MIN)),
    default: null,
    isSecret: true,
  }),
  linkCert: row({
    doc: "Certificate of this side for the link, in PEM, instead of linkKey.",
    form: optional(filePath),
    default: null,
  }),
  linkPrivateKey: row({
    doc: "Private key of linkCert, in PEM.",
    form: optional(filePath),
    default: null,
  }),
  linkCa: row({
    doc: "Certificate that signed the other side's linkCert, in PEM; it signs nothing else.",
    form: optional(filePath),
    default: null,
  }),
  insecureLink: row({
    doc: "Allow a link on loopback addresses without key and encryption.",
    form: boolean,
    default: "false",
  }),
  linkChecksums: row({
    doc: "Check data on the link with CRC32C, if both sides say so; TLS has a check of its own.",
    form: boolean,
    default: "true",
  }),
  example: row({
    doc: "Who relays a sub-side write: a communication volume, the subvolume, or neither.",
    form: oneOf("communication", "sub-relay", "symmetric"),
    default: "symmetric",
  }),
  communicationMedium: row({
    doc: "Whether what the communication volume relays goes to a disk too.",
    form: oneOf("cache", "disk"),
    default: "cache",
  }),
  acknowledge: row({
    doc: "When a write ends: on both copies, exclusive at both sides, or before it is relayed.",
    form: oneOf("sync", "async-locked", "async-relay"),
    default: "sync",
  }),
  completeAt: row({
    doc: "What ends a sub-side write: its copy here, or the main side's report after it.",
    form: oneOf("job-two", "job-four-end"),
    default: "job-two",
  }),
  directRead: row({
    doc: "Sub-side reads: local, local unless they overlap a write under way, or relayed.",
    form: oneOf("shared", "overlap-test", "off"),
    default: "shared",
  }),
  omitTransfer: row({
    doc: "Do not send back the data of a write that the sub side relayed.",
    form: boolean,
    default: "true",
  }),
  granularity: row({
    doc: "What is exclusive during a write: its blocks, or the volume.",
    form: oneOf("range", "volume"),
    default: "range",
  }),
  onMirrorLoss: row({
    doc: "When redundancy is lost: the survivor goes on alone, or hosts get a check condition.",
    form: oneOf("go-on", "check"),
    default: "go-on",
  }),
  survivor: row({
    doc: "The one side that may go on alone when the sides cannot reach each other.",
    form: oneOf<1 | 2 | "none">(1, 2, "none"),
    default: "1",
  }),
  heartbeatMs: row({
    doc: "How often a side tells the other process that it lives.",
    form: integer(10, 60_000),
    default: "250",
  }),
  leaseMs: row({
    doc: "How long after the other process spoke what it said may be relied on.",
    form: integer(50, 600_000),
    default: "2000",
  }),
  driftMs: row({
    doc: "How much the clocks of two machines may part during a lease.",
    form: integer(0, 60_000),
    default: "200",
  }),
  peerWaitMs: row({
    doc: "How long the survivor waits for the other side after its start.",
    form: integer(0, 3_600_000),
    default: "5000",
  }),
  resyncRate: row({
    doc: "Bytes a second of a unit that resync and verify go through, such as 64M; 0: no bound.",
    form: rate,
    default: "0",
  }),
  adminSocket: row({
    doc: "Socket for commands, or none; with side admin-main.sock, admin-sub.sock; single: none.",
    form: orNone(socketPath),
    default: "./data/admin.sock",
  }),
} as const;

export const settingsTable = { ...targetSettings, ...pairSettings, ...unitSettings } as const;

type ValuesOf<Table> = {
  readonly [K in keyof Table]: Table[K] extends Setting<infer T> ? T : never;
};

export type TargetValues = ValuesOf<typeof targetSettings> & PairValues;
export type PairValues = ValuesOf<typeof pairSettings>;
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
