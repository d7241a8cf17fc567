/** Pings both ways. [RFC7143 11.18, 11.19] */
import { gather, sliceChunks } from "../base/bytes";
import { NO_TAG, type Pdu } from "./pdu";
import { nopIn, nopOut } from "./pdus/nop";
import { type Session, orderOf } from "./session";

/** Answers a ping with the data it brought. An answer to ours has done its work by coming. */
export function receiveNopOut(session: Session, pdu: Pdu): void {
  const { initiatorTaskTag } = nopOut.decode(pdu.bhs);
  session.order(orderOf(pdu), () => {
    if (initiatorTaskTag === NO_TAG) return;
    const length = Math.min(pdu.dataLength, session.agreed.MaxRecvDataSegmentLength);
    const data = gather(sliceChunks(pdu.data, 0, length));
    session.sender.send(nopIn, { initiatorTaskTag, targetTransferTag: NO_TAG }, { data });
  });
}

/**
 * Asks the initiator for a sign of life: with a Target Transfer Tag, or some would not answer, and
 * without using up a StatSN.
 */
export function sendPing(session: Session): void {
  const fields = { initiatorTaskTag: NO_TAG, targetTransferTag: session.newTransferTag() };
  session.sender.send(nopIn, fields, { keepsStatSN: true });
}
