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
} as const;

assert(limits.firstBurstMax <= limits.burstMax, "FirstBurstLength <= MaxBurstLength");
assert(limits.dataSegmentMax <= limits.burstMax, "a PDU fits a burst");
assert(limits.transferMax <= limits.payloadMax, "the largest transfer fits the payload bound");
assert(limits.connectionsInLoginMax <= limits.connectionsMax, "logins are connections");
assert(limits.sessionsMax <= limits.connectionsMax, "a session has a connection");
assert(limits.sessionsMax <= limits.nexusesMax, "a session is a nexus");
