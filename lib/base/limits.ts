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
  /** Tasks of one logical unit; more get TASK SET FULL. */
  tasksPerUnitMax: 2048,
  /** Sessions in all, and of one initiator name. */
  sessionsMax: 256,
  sessionsPerInitiatorMax: 64,
  /** Connections that have not finished login. For a further one the oldest is closed. */
  connectionsInLoginMax: 128,
  connectionsMax: 512,
  /** Text of one login or text negotiation, all PDUs of it together. [RFC7143 6.2] */
  negotiationTextMax: 64 * KIB,
  negotiationKeysMax: 256,
  /** Login requests in one login before it is refused. */
  loginRequestsMax: 64,
  /** Text exchanges of one session at once. */
  textExchangesMax: 4,
  /** Our MaxRecvDataSegmentLength: the data segment of one PDU we accept. */
  dataSegmentMax: 256 * KIB,
  /** Data segment of a login PDU before MaxRecvDataSegmentLength is agreed. [RFC7143 13.12] */
  loginDataSegmentMax: 8 * KIB,
  /** Largest FirstBurstLength and MaxBurstLength we agree to. */
  firstBurstMax: 256 * KIB,
  burstMax: 1 * MIB,
  outstandingR2tMax: 8,
  /** MAXIMUM TRANSFER LENGTH of the Block Limits page. */
  transferMax: 8 * MIB,
  /** What is read to be looked at (VERIFY, PRE-FETCH) is read in portions of so many bytes. */
  scanPortionMax: 256 * KIB,
  /** Bytes that one GET LBA STATUS looks at, for each descriptor it has room for and in all. */
  lbaStatusLength: 128 * MIB,
  lbaStatusMax: 1024 * MIB,
  /** Bytes of one job of SANITIZE or FORMAT UNIT, of which there is one at a time. */
  operationPortion: 4 * MIB,
  /** Payload alive at once: read buffers, and write data solicited but not yet stored. */
  payloadMax: 48 * MIB,
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
  /** Registrations of one unit; for more there are INSUFFICIENT REGISTRATION RESOURCES. */
  registrationsMax: 256,
  /** Parameter list of a command that all controllers of a unit apply. */
  parameterListMax: 64 * KIB,
  /** Data of one message between two controllers: compare-and-write has twice what it stores. */
  linkDataMax: 16 * MIB,
  /** Bytes of a name (a nexus) in such a message. */
  linkNameMax: 512,
  /** Volumes a link tells apart. */
  linkVolumesMax: 256,
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
assert(limits.scanPortionMax <= limits.transferMax, "a portion is a transfer");
assert(limits.linkDataMax >= 2 * limits.transferMax, "the largest job fits a message");
assert(limits.linkBacklogMax >= 2 * limits.linkDataMax, "a backlog is not one message");
assert(limits.tasksPerUnitMax <= limits.mirrorJobsMax, "a unit's tasks fit a mirrored volume");
assert(limits.mirrorJobsMax <= limits.mirrorRelaysMax, "what a side may ask, the other may take");
assert(limits.connectionsInLoginMax <= limits.connectionsMax, "logins are connections");
assert(limits.sessionsMax <= limits.connectionsMax, "a session has a connection");
assert(limits.sessionsMax <= limits.nexusesMax, "a session is a nexus");
