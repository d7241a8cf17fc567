/** Rejecting a PDU: the header goes back with the reason, the PDU is discarded. [RFC7143 11.17] */
import { NO_TAG, type Pdu, ownPdu } from "./pdu";
import { type RejectReason, reject } from "./pdus/reject";
import { orderOf } from "./session";
import type { SessionConnection } from "./session-connection";

/** Queues a Reject. `dataSN`: the next number of a task, where a SNACK for it is rejected. */
export function sendReject(
  connection: SessionConnection,
  pdu: Pdu,
  reason: RejectReason,
  detail: string,
  dataSN = 0,
): void {
  const { carrier, sender, session } = connection;
  session.context.trace({ type: "reject", connection: carrier.id, reason, detail });
  const data = Buffer.concat(pdu.ahs === null ? [pdu.bhs] : [pdu.bhs, pdu.ahs]);
  sender.send(reject, { reason, initiatorTaskTag: NO_TAG, dataSN }, { data });
}

/**
 * Rejects a command. Above ErrorRecoveryLevel 0 it counts as not received, and the initiator fills
 * the gap. [RFC7143 7.3] At level 0, where few could, it is rejected in its turn: its CmdSN is used
 * up, or all that follow would wait for it.
 */
export function rejectCommand(
  connection: SessionConnection,
  pdu: Pdu,
  reason: RejectReason,
  detail: string,
): void {
  const { session } = connection;
  if (session.agreed.ErrorRecoveryLevel > 0) {
    const { immediate, cmdSN } = orderOf(pdu);
    if (immediate || session.window.accepts(cmdSN)) sendReject(connection, pdu, reason, detail);
    return;
  }
  const own = ownPdu(pdu);
  connection.order(orderOf(own), () => sendReject(connection, own, reason, detail));
}
