/**
 * One initiator connection: bytes in, PDUs to the login or the session, bytes out, and its timers.
 * What a PDU means is decided in `login.ts` and `full-feature.ts`. That it fails is told to its
 * session; that it is logged out the session knows.
 *
 *   login ──▶ full feature ──▶ closing ──▶ (disconnected: forgotten)
 *     └────────────────────────────┘
 */
import { unreachable } from "../base/assert";
import type { Lease } from "../base/lease";
import { limits } from "../base/limits";
import { type Nexus, nexusName } from "../scsi/nexus";
import { admit, identityOf } from "./admission";
import type { Portal } from "./config";
import type { Context } from "./context";
import { expireDataOut } from "./data-out-phase";
import { discardDamagedPdu } from "./digest-error";
import type { ConnectionEffect } from "./events";
import { Framer } from "./framer";
import { receivePdu } from "./full-feature";
import { Login, type LoginReply, type LoginResult } from "./login";
import { sendPing } from "./nop";
import { agreedFurther } from "./negotiation";
import { Outbox } from "./outbox";
import { type Pdu, ownPdu } from "./pdu";
import { type ProtocolError, isProtocolError } from "./protocol-error";
import { sendReject } from "./reject";
import { Session } from "./session";
import type { Carrier, SessionConnection } from "./session-connection";
import { dropSession, requestLogout } from "./session-orders";
import { type TimerName, Timers } from "./timers";

/** Below half of the limit an initiator is listened to again. */
const BACKLOG_LOW = limits.socketBacklogMax / 2;

export class Connection implements Carrier {
  readonly id: number;
  readonly remote: string;
  readonly local: string;
  readonly portal: Portal;
  readonly outbox: Outbox;
  readonly timers: Timers;
  readonly #context: Context;
  readonly #framer: Framer;
  readonly #login: Login;
  /** Where connections with something to send in this turn stand in line. */
  readonly #touched: Connection[];
  /** Its part in a session, once the login is done. */
  #member: SessionConnection | null = null;
  #closing: "end" | "reset" | null = null;
  #isCloseSent = false;
  #isTouched = false;
  /** No PDU is looked at until the socket has taken what waits for it. */
  #isBackedUp = false;
  #isPaused = false;
  #heardMs: number;
  /** A ping is out and nothing has come since. */
  #isAwaited = false;

  constructor(fields: {
    id: number;
    remote: string;
    local: string;
    portal: Portal;
    context: Context;
    touched: Connection[];
  }) {
    const { context, portal } = fields;
    const { config, ports, deadlines, nowMs } = context;
    this.id = fields.id;
    this.remote = fields.remote;
    this.local = fields.local;
    this.portal = portal;
    this.outbox = new Outbox(ports.crc32c);
    this.timers = new Timers(fields.id, deadlines);
    this.#context = context;
    this.#framer = new Framer(ports.crc32c);
    const { sessions } = context;
    this.#login = new Login({
      config,
      ports,
      portal,
      admit: (candidate) => admit(context, candidate),
      windowOf: (tsih) => sessions.withTsih(tsih)?.window ?? null,
    });
    this.#touched = fields.touched;
    this.#heardMs = nowMs;
    this.timers.set("login", nowMs + config.timeoutsMs.login);
    const { id, remote } = this;
    context.trace({ type: "connection-opened", connection: id, remote, portal: portal.address });
  }

  /** Neither logged in nor about to be closed. */
  get isInLogin(): boolean {
    return this.#member === null && this.#closing === null;
  }

  /** Bytes that are valid for this turn, and longer while their lease is held. */
  receive(chunk: Uint8Array, lease: Lease | null): void {
    if (this.#closing !== null) return;
    this.#hear();
    this.#framer.push(chunk, lease);
    if (this.#isBackedUp) this.touch();
    this.#parse();
  }

  /** The socket has taken what `count` send effects gave it. */
  sent(count: number): void {
    this.outbox.sent(count);
    if (!this.#isBackedUp) return;
    // An initiator that is not listened to shows by this that it is there.
    this.#hear();
    if (this.outbox.backlog > BACKLOG_LOW) return;
    this.#isBackedUp = false;
    this.touch();
    this.#parse();
  }

  /** The socket is gone. */
  disconnected(): void {
    this.#end("connection lost");
    this.#closing = "reset";
    this.#isCloseSent = true;
    this.outbox.drop();
    this.timers.clearAll();
    this.#framer.close();
  }

  close(how: "end" | "reset", reason: string): void {
    if (this.#closing === how || this.#closing === "reset") return;
    this.#end(reason);
    this.#closing = how;
    this.#isCloseSent = false;
    this.timers.clearAll();
    const { nowMs, config } = this.#context;
    if (how === "end") this.timers.set("close", nowMs + config.timeoutsMs.logout);
    this.touch();
  }

  /** The target comes to its end: asks for logout, or closes what is not in full feature phase. */
  stop(): void {
    const member = this.#member;
    if (member === null) this.close("reset", "target stops");
    else if (this.#closing === null) requestLogout(member, "target stops");
  }

  touch(): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    this.#touched.push(this);
  }

  /** The effects of this turn. */
  drain(sink: (effect: ConnectionEffect) => void): void {
    this.#isTouched = false;
    if (this.#isCloseSent) return;
    const connection = this.id;
    const chunks = this.#closing === "reset" ? null : this.outbox.take();
    if (chunks !== null) sink({ type: "send", connection, chunks });
    const isTooMuch = this.#isBackedUp && this.#framer.length > limits.unparsedMax;
    if (this.#isPaused !== isTooMuch) {
      this.#isPaused = isTooMuch;
      sink({ type: isTooMuch ? "pause" : "resume", connection });
    }
    if (this.#closing === null) return;
    this.#isCloseSent = true;
    this.#framer.close();
    sink({ type: "close", connection, how: this.#closing });
  }

  /** One of its timers has run out. */
  expire(name: TimerName): void {
    switch (name) {
      case "login":
        return this.#expireLogin();
      case "nop":
        return this.#checkSilence();
      case "nop-answer":
        return this.#checkAnswer();
      case "data-out":
        return this.#member === null ? undefined : expireDataOut(this.#member);
      case "logout":
        return this.#member === null ? undefined : dropSession(this.#member.session, "no logout");
      case "close":
        return this.close("reset", "");
      default:
        return unreachable(name);
    }
  }

  #parse(): void {
    this.#takePdus();
    this.#framer.settle();
  }

  #takePdus(): void {
    while (this.#closing === null && !this.#isBackedUp) {
      const pdu = this.#framer.next();
      if (pdu === null) return;
      if (isProtocolError(pdu)) this.#fail(pdu);
      else if (this.#member === null) this.#logIn(pdu);
      else receivePdu(this.#member, pdu);
      if (this.outbox.backlog <= limits.socketBacklogMax) continue;
      this.#isBackedUp = true;
      this.touch();
    }
  }

  /** At ErrorRecoveryLevel 0 every such error ends the session. [RFC7143 7.7, 7.8, 7.1.4.4] */
  #fail(error: ProtocolError): void {
    const { reason, pdu, detail, fatal } = error;
    const member = this.#member;
    if (member !== null && member.agreed.ErrorRecoveryLevel > 0 && pdu !== undefined && !fatal) {
      discardDamagedPdu(member, pdu);
      return;
    }
    if (member === null || reason === null || pdu === undefined) {
      this.close("reset", detail);
      return;
    }
    sendReject(member, pdu, reason, detail);
    this.close("end", detail);
  }

  #expireLogin(): void {
    const reply = this.#login.expire();
    if (reply === null) this.close("reset", "login takes too long");
    else this.#answerLogin(reply);
  }

  #answerLogin(reply: LoginReply): void {
    const { bhs, data } = reply;
    this.outbox.add(bhs, data.length === 0 ? [] : [data], data.length);
    this.touch();
    if (reply.type === "failed") {
      const { status, reason } = reply;
      this.#context.trace({ type: "login-failed", connection: this.id, status, reason });
      this.close("end", "login failed");
    } else if (reply.type === "done") {
      this.#begin(reply.result);
    }
  }

  #logIn(pdu: Pdu): void {
    this.#answerLogin(this.#login.receive(ownPdu(pdu)));
  }

  /** Full feature phase begins: digests and lengths hold from the next PDU on. [RFC7143 6.3] */
  #begin(result: LoginResult): void {
    const { agreed, initiatorName, sessionType: type, tsih, cid, statSN } = result;
    const context = this.#context;
    const headerDigest = agreed.HeaderDigest === "CRC32C";
    const dataDigest = agreed.DataDigest === "CRC32C";
    const dataSegmentMax = agreed.ownMaxRecvDataSegmentLength;
    this.outbox.headerDigest = headerDigest;
    this.outbox.dataDigest = dataDigest;
    this.#framer.expect({ headerDigest, dataDigest, dataSegmentMax });

    const session = context.sessions.withTsih(tsih) ?? this.#newSession(result);
    const keys = agreedFurther(session.agreed, agreed);
    this.#member = session.join({ carrier: this, cid, agreed: keys, statSN });
    this.timers.clear("login");
    this.#watchSilence(context.nowMs);
    const target = type === "Normal" ? context.config.targetName : null;
    context.trace({ type: "login", connection: this.id, initiatorName, session: tsih, target });
  }

  #newSession(result: LoginResult): Session {
    const { sessions, deviceServer } = this.#context;
    const { agreed, sessionType: type, tsih, cmdSN: expCmdSN } = result;
    const nexus = type === "Normal" ? this.#nexusOf(result) : null;
    const fields = { ...identityOf(result), type, tsih, agreed, nexus, expCmdSN };
    const session = new Session({ ...fields, context: this.#context });
    sessions.add(session);
    if (nexus !== null) deviceServer.nexusEstablished(nexus);
    return session;
  }

  #nexusOf(result: LoginResult): Nexus {
    const { initiatorName, isid } = identityOf(result);
    const { relativeTargetPort } = this.portal;
    const initiatorPort = `${initiatorName},i,0x${isid}`;
    return {
      id: this.#context.sessions.newNexusId(),
      name: nexusName(initiatorPort, relativeTargetPort),
      initiatorName,
      initiatorPort,
      relativeTargetPort,
    };
  }

  /** Tells the session, and says once why the connection ends. */
  #end(reason: string): void {
    if (this.#closing !== null) return;
    this.#member?.session.fail(this.#member, reason);
    this.#context.trace({ type: "connection-closed", connection: this.id, reason });
  }

  #hear(): void {
    this.#heardMs = this.#context.nowMs;
    this.#isAwaited = false;
  }

  #watchSilence(sinceMs: number): void {
    const { nopInterval } = this.#context.config.timeoutsMs;
    if (nopInterval > 0) this.timers.set("nop", sinceMs + nopInterval);
  }

  /** A discovery session is not asked: whoever keeps one open in silence is gone. */
  #checkSilence(): void {
    const { config, nowMs } = this.#context;
    const { nopInterval, nopTimeout } = config.timeoutsMs;
    const member = this.#member;
    if (member === null || this.#heardMs + nopInterval > nowMs) {
      // Its StatSN shows the initiator which statuses it has missed. [RFC7143 7.1.4.2]
      if (member?.sender.unacknowledged?.isStuck() === true) sendPing(member);
      this.#watchSilence(this.#heardMs);
      return;
    }
    this.#isAwaited = true;
    if (member.session.nexus !== null) sendPing(member);
    this.timers.set("nop-answer", nowMs + nopTimeout);
  }

  /** Whatever came since the ping shows that somebody is there. */
  #checkAnswer(): void {
    if (this.#isAwaited) this.close("reset", "no answer to NOP-In");
    else this.#watchSilence(this.#heardMs);
  }
}
