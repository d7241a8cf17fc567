/** Rejecting a PDU: the header goes back with the reason, the PDU is discarded. [RFC7143 11.17] */
import { NO_TAG, type Pdu, ownPdu } from "./pdu";
import { type RejectReason, reject } from "./pdus/reject";
import { type Session, orderOf } from "./session";

/** Queues a Reject. */
export function sendReject(session: Session, pdu: Pdu, reason: RejectReason, detail: string): void {
  const { connection, context, sender } = session;
  context.trace({ type: "reject", connection: connection.id, reason, detail });
  const data = Buffer.concat(pdu.ahs === null ? [pdu.bhs] : [pdu.bhs, pdu.ahs]);
  sender.send(reject, { reason, initiatorTaskTag: NO_TAG }, { data });
}

/** Rejects a command in its turn: its CmdSN is used up, or all that follow would wait for it. */
export function rejectCommand(
  session: Session,
  pdu: Pdu,
  reason: RejectReason,
  detail: string,
): void {
  const own = ownPdu(pdu);
  session.order(orderOf(own), () => sendReject(session, own, reason, detail));
}
