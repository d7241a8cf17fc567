/**
 * Text Requests in full feature phase: questions and answers over as many PDUs as they take. What
 * the answer says is `discovery.ts`'s. [RFC7143 11.10, 11.11]
 */
import { limits } from "../base/limits";
import { answerText } from "./discovery";
import { type Bhs, NO_TAG, type Pdu } from "./pdu";
import { RejectReason } from "./pdus/reject";
import { textRequest, textResponse } from "./pdus/text";
import { type ProtocolError, isProtocolError, protocolError } from "./protocol-error";
import { rejectCommand, sendReject } from "./reject";
import { orderOf } from "./session";
import type { SessionConnection } from "./session-connection";
import { formatText, splitText } from "./text";
import { TextExchange } from "./text-exchange";

type Request = Bhs<typeof textRequest>;

/** Takes a Text Request. */
export function receiveText(connection: SessionConnection, pdu: Pdu): void {
  const request = textRequest.decode(pdu.bhs);
  if ((request.final && request.continue) || request.initiatorTaskTag === NO_TAG) {
    rejectCommand(connection, pdu, RejectReason.INVALID_PDU_FIELD, "malformed Text Request");
    return;
  }
  connection.order(orderOf(pdu), () => {
    const error = goOn(connection, request, pdu);
    if (error === null) return;
    connection.texts.delete(request.initiatorTaskTag);
    sendReject(connection, pdu, error.reason ?? RejectReason.PROTOCOL_ERROR, error.detail);
  });
}

function goOn(connection: SessionConnection, request: Request, pdu: Pdu): ProtocolError | null {
  const exchange = exchangeOf(connection, request);
  if (exchange === null) return textError("no such text exchange");
  if (exchange.outgoing.length > 0) {
    if (pdu.dataLength > 0) return textError("text while our answer goes on");
    sendNext(connection, request, exchange);
    return null;
  }
  const overflow = exchange.inbox.add(pdu.data, pdu.dataLength);
  if (overflow !== null) return overflow;
  if (request.continue) {
    const { initiatorTaskTag } = request;
    const { targetTransferTag } = exchange;
    connection.sender.send(textResponse, { final: false, initiatorTaskTag, targetTransferTag });
    return null;
  }
  const error = answer(connection, exchange);
  if (error === null) sendNext(connection, request, exchange);
  return error;
}

/** A request without Target Transfer Tag begins an exchange; it resets one with the same tag. */
function exchangeOf(connection: SessionConnection, request: Request): TextExchange | null {
  const { texts } = connection;
  const { initiatorTaskTag, targetTransferTag } = request;
  if (targetTransferTag !== NO_TAG) {
    const exchange = texts.get(initiatorTaskTag);
    return exchange?.targetTransferTag === targetTransferTag ? exchange : null;
  }
  texts.delete(initiatorTaskTag);
  // Whoever begins many and ends none loses the oldest.
  const [oldest] = texts.keys();
  if (texts.size === limits.textExchangesMax && oldest !== undefined) texts.delete(oldest);
  const exchange = new TextExchange(connection.session.newTransferTag());
  texts.set(initiatorTaskTag, exchange);
  return exchange;
}

function answer(connection: SessionConnection, exchange: TextExchange): ProtocolError | null {
  const items = exchange.inbox.take();
  if (isProtocolError(items)) return items;
  const { agreed, carrier, session } = connection;
  const { initiatorName, type: sessionType, context } = session;
  const asker = { initiatorName, sessionType, localAddress: carrier.local, agreed };
  const outcome = answerText(items, asker, context.config);
  if (isProtocolError(outcome)) return outcome;
  connection.agreed = outcome.agreed;
  const text = formatText(outcome.answers);
  exchange.outgoing = splitText(text, connection.agreed.MaxRecvDataSegmentLength);
  return null;
}

/** Sends the next part of the answer; the last one, if the initiator has said all, is final. */
function sendNext(connection: SessionConnection, request: Request, exchange: TextExchange): void {
  const { initiatorTaskTag } = request;
  const data = exchange.outgoing.shift() as Uint8Array;
  const isLast = exchange.outgoing.length === 0;
  const final = isLast && request.final;
  if (final) connection.texts.delete(initiatorTaskTag);
  const targetTransferTag = final ? NO_TAG : exchange.targetTransferTag;
  const fields = { final, continue: !isLast, initiatorTaskTag, targetTransferTag };
  connection.sender.send(textResponse, fields, { data });
}

function textError(detail: string): ProtocolError {
  return protocolError({ reason: RejectReason.PROTOCOL_ERROR, detail, fatal: false });
}
