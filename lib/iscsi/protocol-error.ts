/** What an initiator did against the protocol, as a value: never thrown, answered or fatal. */
import type { Pdu } from "./pdu";
import type { RejectReason } from "./pdus/reject";

export interface ProtocolError {
  readonly kind: "protocol-error";
  /** What a Reject would say; null when none can be sent, since the header cannot be trusted. */
  readonly reason: RejectReason | null;
  /** For the log. */
  readonly detail: string;
  /** The byte stream or the session can not go on: close the connection. */
  readonly fatal: boolean;
  /** The PDU at fault, where its header is known: a Reject returns it. [RFC7143 11.17.4] */
  readonly pdu?: Pdu;
}

export function protocolError(fields: Omit<ProtocolError, "kind">): ProtocolError {
  return { kind: "protocol-error", ...fields };
}

export function isProtocolError(value: object): value is ProtocolError {
  return "kind" in value && value.kind === "protocol-error";
}
