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
import { type Session, orderOf } from "./session";
import { formatText, splitText } from "./text";
import { TextExchange } from "./text-exchange";

type Request = Bhs<typeof textRequest>;

/** Takes a Text Request. */
export function receiveText(session: Session, pdu: Pdu): void {
  const request = textRequest.decode(pdu.bhs);
  if ((request.final && request.continue) || request.initiatorTaskTag === NO_TAG) {
    rejectCommand(session, pdu, RejectReason.INVALID_PDU_FIELD, "malformed Text Request");
    return;
  }
  session.order(orderOf(pdu), () => {
    const error = goOn(session, request, pdu);
    if (error === null) return;
    session.texts.delete(request.initiatorTaskTag);
    sendReject(session, pdu, error.reason ?? RejectReason.PROTOCOL_ERROR, error.detail);
  });
}

function goOn(session: Session, request: Request, pdu: Pdu): ProtocolError | null {
  const exchange = exchangeOf(session, request);
  if (exchange === null) return textError("no such text exchange");
  if (exchange.outgoing.length > 0) {
    if (pdu.dataLength > 0) return textError("text while our answer goes on");
    sendNext(session, request, exchange);
    return null;
  }
  const overflow = exchange.inbox.add(pdu.data, pdu.dataLength);
  if (overflow !== null) return overflow;
  if (request.continue) {
    const { initiatorTaskTag } = request;
    const { targetTransferTag } = exchange;
    session.sender.send(textResponse, { final: false, initiatorTaskTag, targetTransferTag });
    return null;
  }
  const error = answer(session, exchange);
  if (error === null) sendNext(session, request, exchange);
  return error;
}

/** A request without Target Transfer Tag begins an exchange; it resets one with the same tag. */
function exchangeOf(session: Session, request: Request): TextExchange | null {
  const { texts } = session;
  const { initiatorTaskTag, targetTransferTag } = request;
  if (targetTransferTag !== NO_TAG) {
    const exchange = texts.get(initiatorTaskTag);
    return exchange?.targetTransferTag === targetTransferTag ? exchange : null;
  }
  texts.delete(initiatorTaskTag);
  // Whoever begins many and ends none loses the oldest.
  const [oldest] = texts.keys();
  if (texts.size === limits.textExchangesMax && oldest !== undefined) texts.delete(oldest);
  const exchange = new TextExchange(session.newTransferTag());
  texts.set(initiatorTaskTag, exchange);
  return exchange;
}

function answer(session: Session, exchange: TextExchange): ProtocolError | null {
  const items = exchange.inbox.take();
  if (isProtocolError(items)) return items;
  const { agreed, initiatorName, type: sessionType, connection, context } = session;
  const asker = { initiatorName, sessionType, localAddress: connection.local, agreed };
  const outcome = answerText(items, asker, context.config);
  if (isProtocolError(outcome)) return outcome;
  session.agreed = outcome.agreed;
  const text = formatText(outcome.answers);
  exchange.outgoing = splitText(text, session.agreed.MaxRecvDataSegmentLength);
  return null;
}

/** Sends the next part of the answer; the last one, if the initiator has said all, is final. */
function sendNext(session: Session, request: Request, exchange: TextExchange): void {
  const { initiatorTaskTag } = request;
  const data = exchange.outgoing.shift() as Uint8Array;
  const isLast = exchange.outgoing.length === 0;
  const final = isLast && request.final;
  if (final) session.texts.delete(initiatorTaskTag);
  const targetTransferTag = final ? NO_TAG : exchange.targetTransferTag;
  const fields = { final, continue: !isLast, initiatorTaskTag, targetTransferTag };
  session.sender.send(textResponse, fields, { data });
}

function textError(detail: string): ProtocolError {
  return protocolError({ reason: RejectReason.PROTOCOL_ERROR, detail, fatal: false });
}
