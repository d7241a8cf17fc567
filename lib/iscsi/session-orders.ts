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
import type { SessionConnection } from "./session-connection";

/**
 * logout: the initiator is asked to log out every connection, and the session dropped when it does
 * not. drop: the session is dropped at once. drop-connection: its newest connection is, and with
 * its only one the session. renegotiate: the initiator is asked for a text negotiation.
 */
export const SESSION_ORDERS = ["logout", "drop", "drop-connection", "renegotiate"] as const;
export type SessionOrder = (typeof SESSION_ORDERS)[number];

/** Does as an operator wants. A discovery session takes no messages: it is ended, if anything. */
export function carryOutOrder(session: Session, order: SessionOrder): void {
  switch (order) {
    case "logout":
      for (const connection of [...session.connections]) {
        requestLogout(connection, "an operator wants it");
      }
      return;
    case "drop":
      return dropSession(session, "dropped by an operator");
    case "drop-connection":
      return dropConnection(session, "connection dropped by an operator");
    case "renegotiate":
      for (const connection of session.connections) {
        const parameter3 = within(session);
        tell(connection, { asyncEvent: AsyncEvent.NEGOTIATION_REQUEST, parameter3 });
      }
      return;
    default:
      return unreachable(order);
  }
}

/**
 * Asks the initiator to log out, by the connection that it is asked to log out; `dropSession` is
 * what comes when it does not. [RFC7143 11.9.1]
 */
export function requestLogout(connection: SessionConnection, reason: string): void {
  const { session, carrier } = connection;
  const { context, nexus } = session;
  if (nexus === null) return carrier.close("end", reason);
  if (carrier.timers.isSet("logout")) return;
  tell(connection, { asyncEvent: AsyncEvent.LOGOUT_REQUEST, parameter3: within(session) });
  carrier.timers.set("logout", context.nowMs + context.config.timeoutsMs.logout);
}

/** Ends the session, and says so before. */
export function dropSession(session: Session, reason: string): void {
  const { DefaultTime2Wait: parameter2, DefaultTime2Retain: parameter3 } = session.agreed;
  const [oldest] = session.connections;
  if (oldest !== undefined) {
    tell(oldest, { asyncEvent: AsyncEvent.SESSION_DROP, parameter2, parameter3 });
  }
  session.close("end", reason);
}

function dropConnection(session: Session, reason: string): void {
  const { DefaultTime2Wait: parameter2, DefaultTime2Retain: parameter3 } = session.agreed;
  const newest = session.connections.at(-1);
  if (newest === undefined) return;
  const parameter1 = newest.cid;
  tell(newest, { asyncEvent: AsyncEvent.CONNECTION_DROP, parameter1, parameter2, parameter3 });
  if (session.connections.length === 1) return session.close("end", reason);
  session.detach(newest);
  newest.carrier.close("end", reason);
}

/** Seconds that the initiator has for what it is asked. */
function within({ context }: Session): number {
  return Math.ceil(context.config.timeoutsMs.logout / 1000);
}

function tell(
  { session, sender }: SessionConnection,
  fields: Partial<Record<"asyncEvent" | "parameter1" | "parameter2" | "parameter3", number>>,
): void {
  if (session.nexus !== null) sender.send(asyncMessage, { initiatorTaskTag: NO_TAG, ...fields });
}
