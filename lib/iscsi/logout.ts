/** Logout, as initiators ask for it. [RFC7143 11.14, 11.15] */
import type { Task } from "../scsi/task";
import type { Pdu } from "./pdu";
import {
  LogoutReason,
  LogoutResponseCode as ResponseCode,
  logoutRequest,
  logoutResponse,
} from "./pdus/logout";
import { RejectReason } from "./pdus/reject";
import { rejectCommand } from "./reject";
import { orderOf } from "./session";
import type { SessionConnection } from "./session-connection";
import { transferOf } from "./transfer";

/** Takes a Logout Request. */
export function receiveLogout(connection: SessionConnection, pdu: Pdu): void {
  const { reason, cid, initiatorTaskTag } = logoutRequest.decode(pdu.bhs);
  if (reason > LogoutReason.REMOVE_CONNECTION_FOR_RECOVERY) {
    rejectCommand(connection, pdu, RejectReason.INVALID_PDU_FIELD, "unknown logout reason");
    return;
  }
  const answer = (response: number): void => {
    const time2Wait = connection.agreed.DefaultTime2Wait;
    connection.sender.send(logoutResponse, { response, initiatorTaskTag, time2Wait });
  };
  connection.order(orderOf(pdu), () => {
    const { session } = connection;
    const named = session.connectionOf(cid);
    if (reason === LogoutReason.CLOSE_SESSION) {
      logOut(connection, null, answer);
    } else if (reason === LogoutReason.REMOVE_CONNECTION_FOR_RECOVERY) {
      answer(ResponseCode.CONNECTION_RECOVERY_NOT_SUPPORTED);
    } else if (named === null) {
      answer(ResponseCode.CID_NOT_FOUND);
    } else {
      logOut(connection, named, answer);
    }
  });
}

/**
 * Terminates the tasks of one connection, or of all for `null`; answers when the last has ended;
 * and closes behind the answer. The session ends with its last connection. [RFC7143 11.14, 11.15]
 */
function logOut(
  connection: SessionConnection,
  named: SessionConnection | null,
  answer: (response: number) => void,
): void {
  const { session } = connection;
  const isCovered = (task: Task): boolean =>
    named === null || transferOf(task).connection === named;
  session.terminate(isCovered, () => {
    if (!connection.isEnded) {
      answer(ResponseCode.CLOSED_SUCCESSFULLY);
      const { id } = (named ?? connection).carrier;
      session.context.trace({ type: "logout", connection: id, session: session.tsih });
    }
    if (named === null || isLast(named)) {
      session.close("end", "logout");
    } else {
      session.detach(named);
      named.carrier.close("end", "logout");
    }
  });
}

function isLast(connection: SessionConnection): boolean {
  const { connections } = connection.session;
  return connections.length === 1 && connections[0] === connection;
}
