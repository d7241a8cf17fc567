/**
 * What an operator may want of a session, and the Asynchronous Messages that tell its initiator.
 * Unit attentions are never sent this way: standard INQUIRY data has no bit any more by which an
 * initiator could know of SCSI asynchronous events, nor a mode page one to ask for them.
 * [RFC7143 11.9]
 */
import { unreachable } from "../base/assert";
import { NO_TAG } from "./pdu";
import { AsyncEvent, asyncMessage } from "./pdus/async-message";
import type { Session } from "./session";

/**
 * logout: the initiator is asked to log out, and dropped when it does not. drop: the session is
 * dropped at once. drop-connection: its connection is, and with its only one the session.
 * renegotiate: the initiator is asked for a text negotiation.
 */
export const SESSION_ORDERS = ["logout", "drop", "drop-connection", "renegotiate"] as const;
export type SessionOrder = (typeof SESSION_ORDERS)[number];

/** Does as an operator wants. A discovery session takes no messages: it is ended, if anything. */
export function carryOutOrder(session: Session, order: SessionOrder): void {
  switch (order) {
    case "logout":
      return requestLogout(session, "an operator wants it");
    case "drop":
      return dropSession(session, "dropped by an operator");
    case "drop-connection":
      return dropConnection(session, "connection dropped by an operator");
    case "renegotiate":
      return tell(session, {
        asyncEvent: AsyncEvent.NEGOTIATION_REQUEST,
        parameter3: within(session),
      });
    default:
      return unreachable(order);
  }
}

/** Asks the initiator to log out; `dropSession` is what comes when it does not. */
export function requestLogout(session: Session, reason: string): void {
  const { connection, context, nexus } = session;
  if (nexus === null) return connection.close("end", reason);
  if (connection.timers.isSet("logout")) return;
  tell(session, { asyncEvent: AsyncEvent.LOGOUT_REQUEST, parameter3: within(session) });
  connection.timers.set("logout", context.nowMs + context.config.timeoutsMs.logout);
}

/** Ends the session, and says so before. */
export function dropSession(session: Session, reason: string): void {
  const { DefaultTime2Wait: parameter2, DefaultTime2Retain: parameter3 } = session.agreed;
  tell(session, { asyncEvent: AsyncEvent.SESSION_DROP, parameter2, parameter3 });
  session.connection.close("end", reason);
}

function dropConnection(session: Session, reason: string): void {
  const { DefaultTime2Wait: parameter2, DefaultTime2Retain: parameter3 } = session.agreed;
  const parameter1 = session.cid;
  tell(session, { asyncEvent: AsyncEvent.CONNECTION_DROP, parameter1, parameter2, parameter3 });
  session.connection.close("end", reason);
}

/** Seconds that the initiator has for what it is asked. */
function within({ context }: Session): number {
  return Math.ceil(context.config.timeoutsMs.logout / 1000);
}

function tell(
  { nexus, sender }: Session,
  fields: Partial<Record<"asyncEvent" | "parameter1" | "parameter2" | "parameter3", number>>,
): void {
  if (nexus !== null) sender.send(asyncMessage, { initiatorTaskTag: NO_TAG, ...fields });
}
