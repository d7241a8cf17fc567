/** Pings both ways. [RFC7143 11.18, 11.19] */
import { gather, sliceChunks } from "../base/bytes";
import { NO_TAG, type Pdu } from "./pdu";
import { nopIn, nopOut } from "./pdus/nop";
import { orderOf } from "./session";
import type { SessionConnection } from "./session-connection";

/** Answers a ping with the data it brought. An answer to ours has done its work by coming. */
export function receiveNopOut(connection: SessionConnection, pdu: Pdu): void {
  const { initiatorTaskTag } = nopOut.decode(pdu.bhs);
  connection.order(orderOf(pdu), () => {
    if (initiatorTaskTag === NO_TAG) return;
    const length = Math.min(pdu.dataLength, connection.agreed.MaxRecvDataSegmentLength);
    const data = gather(sliceChunks(pdu.data, 0, length));
    connection.sender.send(nopIn, { initiatorTaskTag, targetTransferTag: NO_TAG }, { data });
  });
}

/**
 * Asks the initiator for a sign of life: with a Target Transfer Tag, or some would not answer, and
 * without using up a StatSN.
 */
export function sendPing(connection: SessionConnection): void {
  const targetTransferTag = connection.session.newTransferTag();
  const fields = { initiatorTaskTag: NO_TAG, targetTransferTag };
  connection.sender.send(nopIn, fields, { keepsStatSN: true });
}
