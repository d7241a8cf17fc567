/** Logout, as initiators ask for it. [RFC7143 11.14, 11.15] */
import type { Pdu } from "./pdu";
import {
  LogoutReason,
  LogoutResponseCode as ResponseCode,
  logoutRequest,
  logoutResponse,
} from "./pdus/logout";
import { RejectReason } from "./pdus/reject";
import { rejectCommand } from "./reject";
import { type Session, orderOf } from "./session";

/** Takes a Logout Request. The session ends with its only connection, behind the response. */
export function receiveLogout(session: Session, pdu: Pdu): void {
  const { reason, cid, initiatorTaskTag } = logoutRequest.decode(pdu.bhs);
  if (reason > LogoutReason.REMOVE_CONNECTION_FOR_RECOVERY) {
    rejectCommand(session, pdu, RejectReason.INVALID_PDU_FIELD, "unknown logout reason");
    return;
  }
  session.order(orderOf(pdu), () => {
    const { connection, context, tsih } = session;
    const response = responseTo(reason, cid === session.cid);
    const time2Wait = session.agreed.DefaultTime2Wait;
    session.sender.send(logoutResponse, { response, initiatorTaskTag, time2Wait });
    if (response !== ResponseCode.CLOSED_SUCCESSFULLY) return;
    context.trace({ type: "logout", connection: connection.id, session: tsih });
    connection.close("end", "logout");
  });
}

function responseTo(reason: number, isOurCid: boolean): number {
  if (reason === LogoutReason.CLOSE_SESSION) return ResponseCode.CLOSED_SUCCESSFULLY;
  if (reason === LogoutReason.REMOVE_CONNECTION_FOR_RECOVERY) {
    return ResponseCode.CONNECTION_RECOVERY_NOT_SUPPORTED;
  }
  return isOurCid ? ResponseCode.CLOSED_SUCCESSFULLY : ResponseCode.CID_NOT_FOUND;
}
