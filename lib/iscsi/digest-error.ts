/**
 * A PDU whose data is damaged and whose header is not, above ErrorRecoveryLevel 0. After a header
 * that is damaged nobody knows where the next PDU begins: the connection ends, as it does at level
 * 0 for either. [RFC7143 7.8]
 */
import { loseDataOutPdu } from "./data-out-phase";
import type { Pdu } from "./pdu";
import { dataOut } from "./pdus/data";
import { RejectReason } from "./pdus/reject";
import { sendReject } from "./reject";
import type { SessionConnection } from "./session-connection";

/**
 * Rejects and discards it. Data is asked for again; a command was not received, and the initiator
 * sends it again with its CmdSN. [RFC7143 7.2.1, 7.3]
 */
export function discardDamagedPdu(connection: SessionConnection, pdu: Pdu): void {
  sendReject(connection, pdu, RejectReason.DATA_DIGEST_ERROR, "data digest error");
  if (pdu.opcode === dataOut.opcode) loseDataOutPdu(connection, pdu);
}
