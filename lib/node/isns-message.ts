/**
 * iSNS messages as values and as bytes: those by which a target registers and deregisters, and what
 * a server answers. Pure; who sends them is `isns-client.ts`. [RFC4171 5, 6]
 *
 *   header 12 | source | message key | delimiter | operating attributes      a request
 *   header 12 | status 4 | …                                                 its answer
 *
 * An attribute is its tag, its length and its value, padded to four bytes.
 */
import { isIPv4 } from "node:net";
import { flag, format, uint } from "node-scsi-cdb";
import type { Address } from "./formats";

const VERSION = 1;

const header = format({
  name: "iSNSP header",
  length: 12,
  fields: {
    version: uint(0, 2, "iSNSP VERSION"),
    functionId: uint(2, 2, "FUNCTION ID"),
    pduLength: uint(4, 2, "PDU LENGTH"),
    isFromClient: flag(6, 7, "Sender is the iSNS client"),
    isFromServer: flag(6, 6, "Sender is the iSNS server"),
    hasAuthentication: flag(6, 5, "Authentication block is present"),
    isReplace: flag(6, 4, "Replace flag"),
    isLast: flag(6, 3, "Last PDU"),
    isFirst: flag(6, 2, "First PDU"),
    transactionId: uint(8, 2, "TRANSACTION ID"),
    sequenceId: uint(10, 2, "SEQUENCE ID"),
  },
});

const attributeHeader = format({
  name: "iSNS attribute",
  length: 8,
  fields: { tag: uint(0, 4, "Attribute Tag"), length: uint(4, 4, "Attribute Length") },
});

const number = format({ name: "Number", length: 4, fields: { value: uint(0, 4, "Value") } });

/** [RFC4171 4.1] */
export const IsnsFunction = { DEV_ATTR_REG: 0x0001, DEV_DEREG: 0x0004 } as const;
/** The function ID of an answer is that of the request and this. */
const ANSWER = 0x8000;

/** Values of Entity Protocol and of iSCSI Node Type. [RFC4171 6.2.2, 6.4.2] */
export const ENTITY_PROTOCOL_ISCSI = 2;
export const NODE_TYPE_TARGET = 1;

/** The attributes that a target has, by tag. [RFC4171 6.1] */
const ATTRIBUTES = {
  delimiter: { tag: 0, encode: () => Buffer.alloc(0) },
  entityIdentifier: { tag: 1, encode: encodeText },
  entityProtocol: { tag: 2, encode: encodeNumber },
  registrationPeriod: { tag: 6, encode: encodeNumber },
  portalAddress: { tag: 16, encode: encodeHost },
  portalPort: { tag: 17, encode: encodeNumber },
  iscsiName: { tag: 32, encode: encodeText },
  iscsiNodeType: { tag: 33, encode: encodeNumber },
  iscsiAlias: { tag: 34, encode: encodeText },
  groupIscsiName: { tag: 48, encode: encodeText },
  groupPortalAddress: { tag: 49, encode: encodeHost },
  groupPortalPort: { tag: 50, encode: encodeNumber },
  groupTag: { tag: 51, encode: encodeNumber },
} satisfies Readonly<Record<string, { tag: number; encode: (value: string) => Buffer }>>;

/** An attribute and its value as text. */
export type Attribute = readonly [name: keyof typeof ATTRIBUTES, value: string];

/** What a target registers. */
export interface Registration {
  readonly entityIdentifier: string;
  readonly iscsiName: string;
  readonly alias: string | null;
  readonly portals: readonly (Address & { readonly groupTag: number })[];
}

/** Registers the entity, its portals, the target and the portal groups. [RFC4171 5.6.5.1] */
export function registrationOf(
  { entityIdentifier, iscsiName, alias, portals }: Registration,
  periodS: number,
): readonly Attribute[] {
  return [
    ["iscsiName", iscsiName],
    ["entityIdentifier", entityIdentifier],
    ["delimiter", ""],
    ["entityIdentifier", entityIdentifier],
    ["entityProtocol", String(ENTITY_PROTOCOL_ISCSI)],
    ["registrationPeriod", String(periodS)],
    ...portals.flatMap(portalOf),
    ["iscsiName", iscsiName],
    ["iscsiNodeType", String(NODE_TYPE_TARGET)],
    ...(alias === null ? [] : [["iscsiAlias", alias] as const]),
    ...portals.flatMap(({ host, port, groupTag }): Attribute[] => [
      ["groupIscsiName", iscsiName],
      ["groupPortalAddress", host],
      ["groupPortalPort", String(port)],
      ["groupTag", String(groupTag)],
    ]),
  ];
}

/** Deregisters the portals, or the entity with all that it has. [RFC4171 5.6.5.4] */
export function deregistrationOf(
  { entityIdentifier, iscsiName, portals }: Registration,
  isWhole: boolean,
): readonly Attribute[] {
  const what: readonly Attribute[] = isWhole
    ? [["entityIdentifier", entityIdentifier]]
    : portals.flatMap(portalOf);
  return [["iscsiName", iscsiName], ["delimiter", ""], ...what];
}

function portalOf({ host, port }: Address): Attribute[] {
  return [
    ["portalAddress", host],
    ["portalPort", String(port)],
  ];
}

/** One request in one PDU. */
export function encodeRequest(request: {
  readonly functionId: number;
  readonly transactionId: number;
  readonly attributes: readonly Attribute[];
}): Buffer {
  const payload = Buffer.concat(request.attributes.map(encodeAttribute));
  const head = header.encode({
    version: VERSION,
    functionId: request.functionId,
    pduLength: payload.length,
    isFromClient: true,
    isLast: true,
    isFirst: true,
    transactionId: request.transactionId,
  });
  return Buffer.concat([head, payload]);
}

function encodeAttribute([name, value]: Attribute): Buffer {
  const { tag, encode } = ATTRIBUTES[name];
  const bytes = encode(value);
  return Buffer.concat([attributeHeader.encode({ tag, length: bytes.length }), bytes]);
}

/** Text ends with a zero, and is padded with more. */
function encodeText(text: string): Buffer {
  const length = Buffer.byteLength(text) + 1;
  return Buffer.concat([Buffer.from(text)], (length + 3) & ~3);
}

function encodeNumber(text: string): Buffer {
  return Buffer.from(number.encode({ value: Number(text) }));
}

/** 16 bytes; IPv4 as IPv6 maps it. [RFC4171 6.3.1] */
function encodeHost(host: string): Buffer {
  if (isIPv4(host)) return encodeHost(`::ffff:${hexOf(host)}`);
  const [head = "", tail] = (host.split("%")[0] as string).split("::");
  const groups = (text = ""): string[] =>
    text.split(":").flatMap((group) => {
      if (group === "") return [];
      return isIPv4(group) ? hexOf(group).split(":") : [group];
    });
  const [front, back] = [groups(head), groups(tail)];
  const zeros = new Array<string>(8 - front.length - back.length).fill("0");
  const hex = [...front, ...zeros, ...back].map((group) => group.padStart(4, "0"));
  return Buffer.from(hex.join(""), "hex");
}

/** The two groups that an IPv4 address is at the end of an IPv6 address. */
function hexOf(host: string): string {
  const hex = Buffer.from(host.split(".").map(Number)).toString("hex");
  return `${hex.slice(0, 4)}:${hex.slice(4)}`;
}

/** What a server answers. */
export interface IsnsAnswer {
  readonly functionId: number;
  readonly transactionId: number;
  /** 0: it is done. [RFC4171 5.4] */
  readonly status: number;
  /** Seconds after which the entity is forgotten unless it registers again; null: not said. */
  readonly periodS: number | null;
}

/** Reads an answer; "more": not all of it is there; null: that is none. */
export function decodeAnswer(bytes: Buffer): IsnsAnswer | "more" | null {
  if (bytes.length < header.length) return "more";
  const { version, functionId, pduLength, transactionId } = header.decode(bytes);
  if (version !== VERSION || pduLength < number.length || functionId < ANSWER) return null;
  const payload = bytes.subarray(header.length, header.length + pduLength);
  if (payload.length < pduLength) return "more";
  const status = number.decode(payload).value;
  const periodS = periodIn(payload.subarray(number.length));
  return { functionId: functionId & ~ANSWER, transactionId, status, periodS };
}

function periodIn(attributes: Buffer): number | null {
  for (let at = 0; at + attributeHeader.length <= attributes.length;) {
    const { tag, length } = attributeHeader.decode(attributes.subarray(at));
    at += attributeHeader.length;
    const value = attributes.subarray(at, at + length);
    const isPeriod = tag === ATTRIBUTES.registrationPeriod.tag && value.length === number.length;
    if (isPeriod) return number.decode(value).value;
    at += length;
  }
  return null;
}
