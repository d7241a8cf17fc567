/**
 * One login, from the first request to full feature phase: it is given login requests and says what
 * to answer. Keys are negotiated by `negotiation.ts`, identity is proved in
 * `login-authentication.ts`; this file knows stages, the T and C bits and the statuses.
 *
 *   (first) ─┬─▶ SecurityNegotiation ─┬─▶ LoginOperationalNegotiation ─┬─▶ FullFeaturePhase
 *            └────────────────────────┘ └─────────────────────────────┘
 *                                                                     [RFC7143 6.3, 11.12]
 */
import { limits } from "../base/limits";
import { serialAdd } from "../base/serial-number";
import type { IscsiConfig, IscsiPorts, Portal } from "./config";
import { keys } from "./keys";
import { Authentication } from "./login-authentication";
import { isIscsiName, isListed, normalizeName } from "./names";
import {
  type Agreed,
  type Negotiation,
  type SessionType,
  negotiate,
  ownDataSegmentMax,
  proposeUnoffered,
  startNegotiation,
  wishesOf,
} from "./negotiation";
import { type Bhs, type Pdu } from "./pdu";
import { LoginStage, loginRequest, loginResponse } from "./pdus/login";
import { LoginStatus } from "./pdus/login-status";
import { isProtocolError } from "./protocol-error";
import { type TextItem, TextInbox, formatText, splitText } from "./text";

/** Who wants in: whoever keeps the sessions is asked about it, once all else is agreed. */
export interface LoginCandidate {
  /** In normal form. */
  readonly initiatorName: string;
  /** 6 bytes. */
  readonly isid: Uint8Array;
  /** 0: a new session; else a further connection of this one. */
  readonly tsih: number;
  readonly cid: number;
  /** Of the login: where a new session begins to count, and a further connection stands. */
  readonly cmdSN: number;
  readonly sessionType: SessionType;
  readonly portal: Portal;
}

export type Admission = { readonly tsih: number } | { readonly status: LoginStatus };

/** What a session starts from. */
export interface LoginResult extends LoginCandidate {
  readonly initiatorAlias: string | null;
  /** The CHAP name that the initiator proved, or null. */
  readonly user: string | null;
  readonly agreed: Agreed;
  /** The StatSN of the next response. */
  readonly statSN: number;
}

/** A Login Response to send in any case (without digests), and how the login stands with it. */
export type LoginReply = {
  /** 48 bytes; DataSegmentLength is the outbox's to write. */
  readonly bhs: Uint8Array;
  readonly data: Uint8Array;
} & (
  | { readonly type: "continue" }
  | { readonly type: "done"; readonly result: LoginResult }
  /** Close the connection behind it. */
  | { readonly type: "failed"; readonly status: LoginStatus; readonly reason: string }
);

/** What every response says of the command window. */
export interface WindowNumbers {
  readonly expCmdSN: number;
  readonly maxCmdSN: number;
}

type Request = Bhs<typeof loginRequest>;

interface Refusal {
  readonly status: LoginStatus;
  readonly reason: string;
  /** Where to go instead. */
  readonly targetAddress?: string;
}

const NO_BYTES = new Uint8Array(0);

export class Login {
  readonly #config: IscsiConfig;
  readonly #ports: IscsiPorts;
  readonly #portal: Portal;
  readonly #admit: (candidate: LoginCandidate) => Admission;
  readonly #windowOf: (tsih: number) => WindowNumbers | null;

  #first: Request | null = null;
  #stage: number = LoginStage.SecurityNegotiation;
  #requestCount = 0;
  /** The latest request: what an answer must repeat of it. */
  #latest: Request | null = null;
  #statSN = 0;
  readonly #inbox = new TextInbox();
  /** Data segments of an answer that is too long for one response. */
  #outgoing: Uint8Array[] = [];

  #initiatorName: string | null = null;
  #authentication: Authentication;
  #negotiation: Negotiation = startNegotiation("login");
  #hasDeclared = false;

  constructor(options: {
    config: IscsiConfig;
    ports: IscsiPorts;
    portal: Portal;
    admit: (candidate: LoginCandidate) => Admission;
    /** The command window of a session, which all its connections tell of. */
    windowOf: (tsih: number) => WindowNumbers | null;
  }) {
    this.#config = options.config;
    this.#ports = options.ports;
    this.#portal = options.portal;
    this.#admit = options.admit;
    this.#windowOf = options.windowOf;
    this.#authentication = new Authentication(options.config.chap, options.ports);
  }

  /** The login has taken too long: what to tell an initiator that has asked something before. */
  expire(): LoginReply | null {
    const reason = "login takes too long";
    const status = LoginStatus.OUT_OF_RESOURCES;
    return this.#latest === null ? null : this.#refuse(this.#latest, { status, reason });
  }

  /** Takes the next PDU of the connection. Call no more after "done" or "failed". */
  receive(pdu: Pdu): LoginReply {
    const request = loginRequest.decode(pdu.bhs);
    this.#latest = request;
    const refusal = this.#checkHeader(pdu, request);
    if (refusal !== null) return this.#refuse(request, refusal);
    const overflow = this.#inbox.add(pdu.data, pdu.dataLength);
    if (overflow !== null) return this.#refuse(request, initiatorError(overflow.detail));
    if (request.continue) return { type: "continue", ...this.#response(request, {}) };
    if (this.#outgoing.length === 0) {
      const answers = this.#answer(request);
      if ("status" in answers) return this.#refuse(request, answers);
      this.#outgoing = splitText(formatText(answers), limits.loginDataSegmentMax);
    } else if (!this.#inbox.isEmpty) {
      return this.#refuse(request, initiatorError("text while our answer goes on"));
    }
    return this.#sendNext(request);
  }

  /** What must hold of every request before its text is looked at. */
  #checkHeader(pdu: Pdu, request: Request): Refusal | null {
    if (pdu.opcode !== loginRequest.opcode) {
      const reason = `opcode ${pdu.opcode} during login`;
      return { status: LoginStatus.INVALID_DURING_LOGIN, reason };
    }
    if (pdu.ahs !== null) return initiatorError("additional header segment");
    if (request.versionMin > 0) {
      const reason = `version ${request.versionMin}…${request.versionMax}`;
      return { status: LoginStatus.UNSUPPORTED_VERSION, reason };
    }
    if (++this.#requestCount > limits.loginRequestsMax) {
      return initiatorError("the login does not end");
    }
    if (this.#first === null) {
      this.#first = { ...request, isid: Buffer.from(request.isid) };
      this.#stage = request.csg;
      if (request.tsih !== 0) this.#negotiation = startNegotiation("further-login");
      this.#statSN = request.expStatSN;
    } else if (!isSameLogin(this.#first, request)) {
      return initiatorError("the request belongs to another login");
    }
    return checkStages(request, this.#stage);
  }

  /** Answers the text of one request, or of several that continue each other. */
  #answer(request: Request): TextItem[] | Refusal {
    const items = this.#inbox.take();
    if (isProtocolError(items)) return initiatorError(items.detail);
    const answers: TextItem[] = [];
    if (this.#initiatorName === null) {
      const refusal = this.#identify(items);
      if (refusal !== null) return refusal;
      answers.push(...this.#introduce());
    }
    const authenticated = this.#authenticate(request, items);
    if ("status" in authenticated) return authenticated;
    answers.push(...authenticated);

    const others = items.filter((item) => !isSecurityKey(item) || !isSecurityStage(request));
    const wishes = wishesOf(this.#config.negotiation, this.#negotiation.sessionType);
    const outcome = negotiate(others, this.#negotiation, wishes);
    if (isProtocolError(outcome)) return initiatorError(outcome.detail);
    answers.push(...outcome.answers);
    this.#negotiation = outcome.negotiation;
    if (!isSecurityStage(request)) answers.push(...this.#declare(request));
    return answers;
  }

  /** The first request says who wants to talk to whom, and in which way. [RFC7143 6.3] */
  #identify(items: readonly TextItem[]): Refusal | null {
    const value = (key: string): string | undefined =>
      items.find((item) => item.key === key)?.value;
    const name = value("InitiatorName");
    if (name === undefined) {
      return { status: LoginStatus.MISSING_PARAMETER, reason: "no InitiatorName" };
    }
    if (!isIscsiName(name)) return initiatorError("malformed InitiatorName");
    const sessionType = value("SessionType") ?? "Normal";
    if (sessionType !== "Normal" && sessionType !== "Discovery") {
      return { status: LoginStatus.SESSION_TYPE_NOT_SUPPORTED, reason: "unknown SessionType" };
    }
    if (sessionType === "Normal") {
      const refusal = this.#checkTarget(name, value("TargetName")) ?? this.#redirect();
      if (refusal !== null) return refusal;
    } else {
      this.#authentication = new Authentication(this.#config.discoveryChap, this.#ports);
    }
    this.#initiatorName = normalizeName(name);
    this.#negotiation = { ...this.#negotiation, sessionType };
    return null;
  }

  #checkTarget(initiatorName: string, targetName: string | undefined): Refusal | null {
    if (targetName === undefined) {
      return { status: LoginStatus.MISSING_PARAMETER, reason: "no TargetName" };
    }
    if (normalizeName(targetName) !== normalizeName(this.#config.targetName)) {
      return { status: LoginStatus.NOT_FOUND, reason: "no such target" };
    }
    if (!isListed(this.#config.initiators, initiatorName)) {
      return { status: LoginStatus.AUTHORIZATION_FAILURE, reason: "initiator not listed" };
    }
    return null;
  }

  /** Nobody proves anything before: an initiator that cares lets the other portal prove itself. */
  #redirect(): Refusal | null {
    const { redirect } = this.#portal;
    if (redirect === undefined) return null;
    const { address: targetAddress, isPermanent } = redirect;
    const status = isPermanent
      ? LoginStatus.TARGET_MOVED_PERMANENTLY
      : LoginStatus.TARGET_MOVED_TEMPORARILY;
    return { status, reason: `redirected to ${targetAddress}`, targetAddress };
  }

  /** A normal session's first answer names the portal group. [RFC7143 13.9] */
  #introduce(): TextItem[] {
    if (this.#negotiation.sessionType === "Discovery") return [];
    const { targetAlias } = this.#config;
    return [
      { key: "TargetPortalGroupTag", value: String(this.#portal.groupTag) },
      ...(targetAlias === null ? [] : [{ key: "TargetAlias", value: targetAlias }]),
    ];
  }

  /** Nobody gets past the security stage, or around it, before it is complete. */
  #authenticate(request: Request, items: readonly TextItem[]): TextItem[] | Refusal {
    const status = LoginStatus.AUTHENTICATION_FAILURE;
    const authentication = this.#authentication;
    if (!isSecurityStage(request)) {
      return authentication.isComplete ? [] : { status, reason: "authentication was left out" };
    }
    const step = authentication.receive(items.filter(isSecurityKey));
    if (step.type === "failed") return { status, reason: step.reason };
    if (request.transit && !authentication.isComplete && !authentication.hasBegun) {
      return { status, reason: "authentication was left out" };
    }
    return step.answers;
  }

  /** What we say of ourselves in the operational stage, once, behind all answers. */
  #declare(request: Request): TextItem[] {
    const answers: TextItem[] = [];
    if (this.#config.answerUnofferedKeys && request.transit) {
      const proposal = proposeUnoffered(this.#negotiation);
      this.#negotiation = proposal.negotiation;
      answers.push(...proposal.answers);
    }
    if (this.#hasDeclared) return answers;
    this.#hasDeclared = true;
    const ownMaxRecvDataSegmentLength = ownDataSegmentMax(this.#config.negotiation);
    const agreed = { ...this.#negotiation.agreed, ownMaxRecvDataSegmentLength };
    this.#negotiation = { ...this.#negotiation, agreed };
    answers.push({ key: "MaxRecvDataSegmentLength", value: String(ownMaxRecvDataSegmentLength) });
    return answers;
  }

  /** The next part of the answer; with the last one the stage may change. */
  #sendNext(request: Request): LoginReply {
    const data = this.#outgoing.shift() as Uint8Array;
    const isLast = this.#outgoing.length === 0;
    const mayLeave = !isSecurityStage(request) || this.#authentication.isComplete;
    // An initiator may set T while CHAP goes on; agreeing to it would end CHAP.
    if (!isLast || !request.transit || !mayLeave) {
      return { type: "continue", data, bhs: this.#response(request, { continue: !isLast }).bhs };
    }
    this.#stage = request.nsg;
    if (request.nsg !== LoginStage.FullFeaturePhase) {
      const { bhs } = this.#response(request, { transit: true, nsg: request.nsg });
      return { type: "continue", data, bhs };
    }
    const candidate: LoginCandidate = {
      initiatorName: this.#initiatorName as string,
      isid: (this.#first as Request).isid,
      tsih: request.tsih,
      cid: request.cid,
      cmdSN: (this.#first as Request).cmdSN,
      sessionType: this.#negotiation.sessionType,
      portal: this.#portal,
    };
    const admission = this.#admit(candidate);
    if ("status" in admission) {
      return this.#refuse(request, { status: admission.status, reason: "not admitted" });
    }
    const { tsih } = admission;
    const { bhs } = this.#response(request, { transit: true, nsg: request.nsg, tsih });
    return { type: "done", data, bhs, result: this.#result({ ...candidate, tsih }) };
  }

  #result(candidate: LoginCandidate): LoginResult {
    return {
      ...candidate,
      initiatorAlias: this.#negotiation.received.get("InitiatorAlias") ?? null,
      user: this.#authentication.user,
      agreed: this.#negotiation.agreed,
      statSN: this.#statSN,
    };
  }

  /** A Login Response without text. Both its versions are 0, the only one there is. */
  #response(
    request: Request,
    fields: Partial<Bhs<typeof loginResponse>>,
  ): { bhs: Uint8Array; data: Uint8Array } {
    const bhs = loginResponse.encode({
      csg: request.csg,
      isid: request.isid,
      tsih: request.tsih,
      initiatorTaskTag: request.initiatorTaskTag,
      statSN: this.#statSN,
      ...this.#windowNumbers(request),
      ...fields,
    });
    this.#statSN = serialAdd(this.#statSN, 1);
    return { bhs, data: NO_BYTES };
  }

  #windowNumbers({ tsih, cmdSN }: Request): WindowNumbers {
    const window = tsih === 0 ? null : this.#windowOf(tsih);
    if (window !== null) return { expCmdSN: window.expCmdSN, maxCmdSN: window.maxCmdSN };
    return { expCmdSN: cmdSN, maxCmdSN: serialAdd(cmdSN, limits.commandWindow - 1) };
  }

  /** A redirection names an address without portal group tag. [RFC7143 13.8] */
  #refuse(request: Request, { status, reason, targetAddress }: Refusal): LoginReply {
    const fields = { statusClass: status >>> 8, statusDetail: status & 0xff };
    const { bhs } = this.#response(request, fields);
    const isMoved = targetAddress !== undefined;
    const data = isMoved ? formatText([{ key: "TargetAddress", value: targetAddress }]) : NO_BYTES;
    return { type: "failed", status, reason, bhs, data };
  }
}

function initiatorError(reason: string): Refusal {
  return { status: LoginStatus.INITIATOR_ERROR, reason };
}

function isSecurityStage(request: Request): boolean {
  return request.csg === LoginStage.SecurityNegotiation;
}

function isSecurityKey({ key }: TextItem): boolean {
  return keys.get(key)?.use === "security";
}

/** One login keeps its task tag, session and connection. [RFC7143 11.12] */
function isSameLogin(first: Request, request: Request): boolean {
  return (
    first.initiatorTaskTag === request.initiatorTaskTag &&
    first.tsih === request.tsih &&
    first.cid === request.cid &&
    Buffer.compare(first.isid, request.isid) === 0
  );
}

/** Stages only go on, and T and C exclude each other. [RFC7143 11.12.1 … 11.12.3] */
function checkStages(request: Request, stage: number): Refusal | null {
  const { SecurityNegotiation, LoginOperationalNegotiation, FullFeaturePhase } = LoginStage;
  const isStage =
    request.csg === SecurityNegotiation || request.csg === LoginOperationalNegotiation;
  if (!isStage || request.csg !== stage) return initiatorError("wrong current stage");
  if (!request.transit) return null;
  if (request.continue) return initiatorError("T and C in one request");
  const isNext = request.nsg === LoginOperationalNegotiation || request.nsg === FullFeaturePhase;
  return isNext && request.nsg > request.csg ? null : initiatorError("wrong next stage");
}
