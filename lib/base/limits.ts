/**
 * Every bound on what outside input can make us hold, and how the bounds relate (checked at load).
 */
import { assert } from "./assert";

const KIB = 1024;
const MIB = 1024 * KIB;

export const limits = {
  /** Commands a session may have queued: MaxCmdSN - ExpCmdSN + 1. */
  commandWindow: 128,
  /** Immediate commands of a session beyond the window; more get Reject. */
  immediateCommandsMax: 32,
  /** One more than the largest LUN: what flat space addressing has. [SAM-5 4.7.7.3] */
  lunsMax: 16384,
  /** Tasks of one logical unit; more get TASK SET FULL. */
  tasksPerUnitMax: 2048,
  /** Sessions in all, and of one initiator name. */
  sessionsMax: 256,
  sessionsPerInitiatorMax: 64,
  /** Connections of one session: the largest MaxConnections we agree to. */
  connectionsPerSessionMax: 4,
  /** Connections that have not finished login. For a further one the oldest is closed. */
  connectionsInLoginMax: 128,
  connectionsMax: 512,
  /** Text of one login or text negotiation, all PDUs of it together. [RFC7143 6.2] */
  negotiationTextMax: 64 * KIB,
  negotiationKeysMax: 256,
  /** Login requests in one login before it is refused. */
  loginRequestsMax: 64,
  /** Text exchanges of one connection at once. */
  textExchangesMax: 4,
  /** Our MaxRecvDataSegmentLength: the data segment of one PDU we accept. */
  dataSegmentMax: 256 * KIB,
  /** Data segment of a login PDU before MaxRecvDataSegmentLength is agreed. [RFC7143 13.12] */
  loginDataSegmentMax: 8 * KIB,
  /** Largest FirstBurstLength and MaxBurstLength we agree to. */
  firstBurstMax: 256 * KIB,
  burstMax: 1 * MIB,
  outstandingR2tMax: 8,
  /** Connections are not recovered, which level 2 would have. [RFC7143 7.1.5] */
  errorRecoveryLevelMax: 1,
  /** Pieces of one Data-Out sequence whose PDUs come in any order; more fail the command. */
  dataOutRangesMax: 1024,
  /** MAXIMUM TRANSFER LENGTH of the Block Limits page. */
  transferMax: 8 * MIB,
  /** MAXIMUM ATOMIC TRANSFER LENGTH of that page: 256 blocks at least, of whatever size. */
  atomicWriteMax: 1 * MIB,
  /** What is read to be looked at (VERIFY, PRE-FETCH) is read in portions of so many bytes. */
  scanPortionMax: 256 * KIB,
  /** Target descriptors and segment descriptors of one EXTENDED COPY, and bytes of one segment. */
  copyTargetsMax: 16,
  copySegmentsMax: 64,
  copySegmentLengthMax: 256 * MIB,
  /** Blocks are copied in portions of so many bytes: the buffer of one copy. */
  copyPortionMax: 1 * MIB,
  /** Copies of one unit with list identifiers: under way, or ended and not told of. */
  copyOperationsMax: 64,
  /** Bytes that one GET LBA STATUS looks at, for each descriptor it has room for and in all. */
  lbaStatusLength: 128 * MIB,
  lbaStatusMax: 1024 * MIB,
  /** Bytes of one job of SANITIZE or FORMAT UNIT, of which there is one at a time. */
  operationPortion: 4 * MIB,
  /** Payload alive at once: read buffers, and write data solicited but not yet stored. */
  payloadMax: 48 * MIB,
  /**
   * Above ErrorRecoveryLevel 0, what may be asked for again: statuses of one connection, and bytes
   * of buffers in the whole target. For more the oldest are forgotten.
   */
  keptStatusesMax: 512,
  keptBytesMax: 8 * MIB,
  /** How often in a row data is asked for again without any coming. */
  dataRecoveriesMax: 4,
  /**
   * Bytes handed to one socket and not yet taken by it; beyond it no new command is started, so
   * that an initiator that does not read keeps little more than this of ours.
   */
  socketBacklogMax: 512 * KIB,
  /** Bytes of such an initiator that wait to be looked at; beyond it its socket is not read. */
  unparsedMax: 64 * KIB,
  /** Unit attentions waiting for one nexus at one unit. */
  unitAttentionsMax: 16,
  /** Nexuses whose state (unit attentions, mode of reporting) a unit remembers. */
  nexusesMax: 1024,
  /** ACA conditions of one unit, of nexuses at all its controllers. */
  acaConditionsMax: 2048,
  /** Registrations of one unit; for more there are INSUFFICIENT REGISTRATION RESOURCES. */
  registrationsMax: 256,
  /** What one unit remembers: all its registrations take the most of it. */
  unitMemoryMax: 256 * KIB,
  /** Self-tests whose results a unit keeps: as many as their log page has. */
  selfTestsKept: 20,
  /** Parameter list of a command that all controllers of a unit apply. */
  parameterListMax: 64 * KIB,
  /** The buffer of a unit that WRITE BUFFER fills, and what of each nexus it echoes at most. */
  testBufferLength: 64 * KIB,
  echoBufferMax: 4 * KIB,
  /** Data of one message between two controllers: compare-and-write has twice what it stores. */
  linkDataMax: 16 * MIB,
  /** Bytes of a name (a nexus) in such a message. */
  linkNameMax: 512,
  /** Volumes a link tells apart: each has the number of its unit. */
  linkVolumesMax: 16384,
  /** Bytes that the path to the other controller has not taken; beyond it the link is dropped. */
  linkBacklogMax: 128 * MIB,
  /** Heartbeats sent and not yet echoed; beyond it none is sent until one is. */
  linkHeartbeatsMax: 256,
  /**
   * Of one mirrored volume, what stays marked after a write in case of the next one: so many
   * bytes, but so many regions at least. After a crash it is compared.
   */
  hotBytesMax: 1024 * MIB,
  hotRegionsMin: 1024,
  /** Chunks of a resync or a verification under way at once, and the bytes of one. */
  resyncChunksMax: 4,
  resyncChunkLength: 256 * KIB,
  /** Ranges that a verification lists as different; more are only counted. */
  verifyRangesMax: 64,
  /** Host jobs of one mirrored volume at one side; beyond it a host is told to ask again. */
  mirrorJobsMax: 4096,
  /** Jobs of one volume that one side has asked the other for; more break the protocol. */
  mirrorRelaysMax: 16384,
  /** Ranges that could not be copied to a side, remembered one by one; beyond it: all. */
  mirrorStaleRangesMax: 64,
  /** Buffers for what one side reads on the other's behalf. */
  mirrorBuffersMax: 16 * MIB,
  /** Actions on the state that both sides keep alike, of one volume, that wait for their turn. */
  mirrorControlsMax: 512,
  /** Steps of the patent's jobs that one side remembers, and that one side's list may have. */
  stepRecordsMax: 65536,
  /** An operator's commands to one pair that wait for an answer. */
  pairCommandsMax: 16,
  /** Connections to the link's port at once, the path among them; a further one is closed. */
  linkConnectionsMax: 16,
  /** Connections to the administration socket at once, and bytes of a request. */
  adminConnectionsMax: 16,
  adminRequestMax: 4 * KIB,
  /** Commands whose steps are asked for at once. */
  tracedCommandsMax: 100,
} as const;

assert(limits.firstBurstMax <= limits.burstMax, "FirstBurstLength <= MaxBurstLength");
assert(limits.dataSegmentMax <= limits.burstMax, "a PDU fits a burst");
assert(limits.transferMax <= limits.payloadMax, "the largest transfer fits the payload bound");
assert(limits.atomicWriteMax <= limits.transferMax, "an atomic write is a transfer");
assert(limits.scanPortionMax <= limits.transferMax, "a portion is a transfer");
assert(limits.copyOperationsMax <= 0xff, "MAXIMUM CONCURRENT COPIES is a byte");
assert(limits.copyPortionMax <= limits.transferMax, "a portion of a copy is a transfer");
assert(limits.transferMax <= limits.keptBytesMax, "the largest transfer may be kept");
assert(2 * limits.keptBytesMax <= limits.payloadMax, "what is kept leaves buffers for others");
assert(limits.linkDataMax >= 2 * limits.transferMax, "the largest job fits a message");
assert(limits.linkBacklogMax >= 2 * limits.linkDataMax, "a backlog is not one message");
assert(limits.lunsMax <= limits.linkVolumesMax, "every unit can have a volume");
assert(limits.tasksPerUnitMax <= limits.mirrorJobsMax, "a unit's tasks fit a mirrored volume");
assert(limits.mirrorJobsMax <= limits.mirrorRelaysMax, "what a side may ask, the other may take");
assert(limits.connectionsInLoginMax <= limits.connectionsMax, "logins are connections");
assert(
  limits.sessionsPerInitiatorMax * limits.connectionsPerSessionMax <=
    limits.connectionsMax - limits.connectionsInLoginMax,
  "one initiator leaves connections to others",
);
assert(limits.sessionsMax <= limits.connectionsMax, "a session has a connection");
assert(limits.sessionsMax <= limits.nexusesMax, "a session is a nexus");
assert(2 * limits.nexusesMax <= limits.acaConditionsMax, "every nexus of a pair may be faulted");
