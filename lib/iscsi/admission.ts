/**
 * Whether the session or the further connection of one may begin that a login asks for, and what
 * becomes of the one in its place. Called when all else is agreed, so a login that fails harms
 * nobody. [RFC7143 6.3.4, 6.3.5]
 */
import { limits } from "../base/limits";
import type { Context } from "./context";
import type { Admission, LoginCandidate } from "./login";
import { LoginStatus } from "./pdus/login-status";
import type { SessionConnection } from "./session-connection";
import type { SessionIdentity } from "./sessions";

/** What identifies a candidate's session. */
export function identityOf(candidate: LoginCandidate): SessionIdentity {
  return {
    initiatorName: candidate.initiatorName,
    isid: Buffer.from(candidate.isid).toString("hex"),
    groupTag: candidate.portal.groupTag,
  };
}

/** Admits a session, having ended the one that it reinstates, or a further connection of one. */
export function admit(context: Context, candidate: LoginCandidate): Admission {
  const { sessions } = context;
  const { tsih, initiatorName, sessionType } = candidate;
  if (context.isStopping) return { status: LoginStatus.SERVICE_UNAVAILABLE };
  if (tsih !== 0) return admitConnection(context, candidate);
  const existing = sessionType === "Normal" ? sessions.find(identityOf(candidate)) : null;
  existing?.close("reset", "session reinstatement");
  const isFull =
    sessions.count >= limits.sessionsMax ||
    sessions.countOf(initiatorName) >= limits.sessionsPerInitiatorMax;
  return isFull ? { status: LoginStatus.OUT_OF_RESOURCES } : { tsih: sessions.newTsih() };
}

/** A session has one connection for each CID, all of them by one portal group. [RFC7143 4.4.1] */
function admitConnection({ sessions }: Context, candidate: LoginCandidate): Admission {
  const { tsih, cid } = candidate;
  const session = sessions.withTsih(tsih);
  const { initiatorName, isid, groupTag } = identityOf(candidate);
  const isTheirs = session?.initiatorName === initiatorName && session.isid === isid;
  if (!isTheirs || session.nexus === null || candidate.sessionType !== "Normal") {
    return { status: LoginStatus.SESSION_DOES_NOT_EXIST };
  }
  if (session.groupTag !== groupTag) return { status: LoginStatus.CANNOT_INCLUDE_IN_SESSION };
  const old = session.connectionOf(cid);
  if (old !== null) {
    replaceConnection(old, candidate);
  } else if (session.connections.length >= session.agreed.MaxConnections) {
    return { status: LoginStatus.TOO_MANY_CONNECTIONS };
  }
  return { tsih };
}

/**
 * An implicit logout: the session goes on, the tasks of the old connection do not. When there is no
 * other, commands from before the login that have not come will not come any more: their numbers
 * count as received, or all that follow would wait for them. [RFC7143 6.3.4]
 */
function replaceConnection(old: SessionConnection, { cmdSN }: LoginCandidate): void {
  const { session } = old;
  session.detach(old);
  old.carrier.close("reset", "connection reinstatement");
  if (session.connections.length > 0) return;
  session.window.plug(cmdSN);
  session.runTurns();
}
