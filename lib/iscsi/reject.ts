/** Rejecting a PDU: the header goes back with the reason, the PDU is discarded. [RFC7143 11.17] */
import { NO_TAG, type Pdu, ownPdu } from "./pdu";
import { type RejectReason, reject } from "./pdus/reject";
import { orderOf } from "./session";
import type { SessionConnection } from "./session-connection";

/** Queues a Reject. */
export function sendReject(
  connection: SessionConnection,
  pdu: Pdu,
  reason: RejectReason,
  detail: string,
): void {
  const { carrier, sender, session } = connection;
  session.context.trace({ type: "reject", connection: carrier.id, reason, detail });
  const data = Buffer.concat(pdu.ahs === null ? [pdu.bhs] : [pdu.bhs, pdu.ahs]);
  sender.send(reject, { reason, initiatorTaskTag: NO_TAG }, { data });
}

/** Rejects a command in its turn: its CmdSN is used up, or all that follow would wait for it. */
export function rejectCommand(
  connection: SessionConnection,
  pdu: Pdu,
  reason: RejectReason,
  detail: string,
): void {
  const own = ownPdu(pdu);
  connection.order(orderOf(own), () => sendReject(connection, own, reason, detail));
}
