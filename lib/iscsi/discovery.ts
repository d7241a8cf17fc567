/**
 * Text requests in full feature phase: SendTargets, and what else may be said there. One target,
 * with all its portals; who may not log in does not see it. [RFC7143 Appendix C, 13.3]
 */
import type { IscsiConfig } from "./config";
import { isListed, normalizeName } from "./names";
import { type Agreed, type SessionType, negotiate, startNegotiation } from "./negotiation";
import { type ProtocolError, isProtocolError } from "./protocol-error";
import type { TextItem } from "./text";

/** Who asks, and by which address it came. */
export interface TextAsker {
  readonly initiatorName: string;
  readonly sessionType: SessionType;
  /** `address:port` of our end of the connection. */
  readonly localAddress: string;
}

/** Answers the text of one text exchange; `agreed` may change by a new MaxRecvDataSegmentLength. */
export function answerText(
  items: readonly TextItem[],
  asker: TextAsker & { readonly agreed: Agreed },
  config: IscsiConfig,
): { answers: TextItem[]; agreed: Agreed } | ProtocolError {
  const asked = items.find(({ key }) => key === "SendTargets");
  const others = items.filter((item) => item !== asked);
  const start = startNegotiation("full-feature", asker.agreed);
  const outcome = negotiate(others, { ...start, sessionType: asker.sessionType }, {});
  if (isProtocolError(outcome)) return outcome;
  const targets = asked === undefined ? [] : sendTargets(asked.value, asker, config);
  return { answers: [...targets, ...outcome.answers], agreed: outcome.negotiation.agreed };
}

/**
 * The answer to SendTargets. `All` is for discovery sessions; a normal session that asks for it is
 * told of its own target, which is all it could ask for by the empty value. [RFC7143 Appendix C]
 */
export function sendTargets(value: string, asker: TextAsker, config: IscsiConfig): TextItem[] {
  const isOurs = value !== "" && normalizeName(value) === normalizeName(config.targetName);
  const isCurrent = value === "" && asker.sessionType === "Normal";
  if (value === "" && asker.sessionType === "Discovery") {
    return [{ key: "SendTargets", value: "Reject" }];
  }
  const isMeant = value === "All" || isOurs || isCurrent;
  if (!isMeant || !isListed(config.initiators, asker.initiatorName)) return [];
  return [
    { key: "TargetName", value: config.targetName },
    ...addressesOf(config, asker.localAddress).map((value) => ({ key: "TargetAddress", value })),
  ];
}

/** `address:port,groupTag` of every portal that the initiator can reach. [RFC7143 13.8] */
function addressesOf(config: IscsiConfig, localAddress: string): string[] {
  const addresses = config.portals
    .map(({ address, groupTag }) => ({ address: announced(address, localAddress), groupTag }))
    .filter(({ address }) => address === localAddress || !isLinkLocal(address))
    .map(({ address, groupTag }) => `${address},${groupTag}`);
  return [...new Set(addresses)];
}

/** A wildcard portal is announced by the address that this initiator found it at. */
function announced(address: string, localAddress: string): string {
  const port = address.slice(address.lastIndexOf(":"));
  const host = address.slice(0, -port.length);
  if (host !== "0.0.0.0" && host !== "[::]") return address;
  return `${localAddress.slice(0, localAddress.lastIndexOf(":"))}${port}`;
}

/** fe80::/10 means nothing without a zone, which only the host itself knows. [RFC4291 2.5.6] */
function isLinkLocal(address: string): boolean {
  return /^\[fe[89ab][0-9a-f]:/i.test(address);
}
