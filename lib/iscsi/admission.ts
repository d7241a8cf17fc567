/**
 * Whether a session may begin that a login asks for, and what becomes of the one in its place.
 * Called when all else is agreed, so a login that fails harms nobody. [RFC7143 6.3.4, 6.3.5]
 */
import { limits } from "../base/limits";
import type { Context } from "./context";
import type { Admission, LoginCandidate } from "./login";
import { LoginStatus } from "./pdus/login-status";
import type { SessionIdentity } from "./sessions";

/** What identifies a candidate's session. */
export function identityOf(candidate: LoginCandidate): SessionIdentity {
  return {
    initiatorName: candidate.initiatorName,
    isid: Buffer.from(candidate.isid).toString("hex"),
    groupTag: candidate.portal.groupTag,
  };
}

/** Admits a session, having ended the one that it reinstates. */
export function admitSession(context: Context, candidate: LoginCandidate): Admission {
  const { sessions } = context;
  const { tsih, cid, initiatorName, sessionType } = candidate;
  if (context.isStopping) return { status: LoginStatus.SERVICE_UNAVAILABLE };
  const existing = sessionType === "Normal" ? sessions.find(identityOf(candidate)) : null;
  if (tsih !== 0) {
    if (existing?.tsih !== tsih) return { status: LoginStatus.SESSION_DOES_NOT_EXIST };
    if (existing.cid !== cid) return { status: LoginStatus.TOO_MANY_CONNECTIONS };
    // With one connection and ErrorRecoveryLevel 0 nothing is left to go on with: the session
    // begins anew under its TSIH.
    existing.connection.close("reset", "connection reinstatement");
    return { tsih };
  }
  existing?.connection.close("reset", "session reinstatement");
  const isFull =
    sessions.count >= limits.sessionsMax ||
    sessions.countOf(initiatorName) >= limits.sessionsPerInitiatorMax;
  return isFull ? { status: LoginStatus.OUT_OF_RESOURCES } : { tsih: sessions.newTsih() };
}
