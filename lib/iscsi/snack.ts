/**
 * SNACK Requests: what was sent is sent again, or need not be kept any longer. What is kept is
 * `unacknowledged.ts`'s; R2Ts are the Data-Out phase's. [RFC7143 11.16]
 */
import { getU32, putU32 } from "../base/bytes";
import { serialAdd, serialDistance } from "../base/serial-number";
import { sendKept } from "./data-in";
import { sendR2t } from "./data-out-phase";
import { type Bhs, NO_TAG, type Pdu } from "./pdu";
import { RejectReason } from "./pdus/reject";
import { SnackType, snackRequest } from "./pdus/snack";
import { type ProtocolError, protocolError } from "./protocol-error";
import { sendReject } from "./reject";
import type { SessionConnection } from "./session-connection";
import { transferOf } from "./transfer";
import type { SentStatus, Unacknowledged } from "./unacknowledged";

/** Where a SCSI Response has its SNACK Tag and ExpDataSN. */
const SNACK_TAG = 20;
const EXP_DATA_SN = 36;

interface Request {
  readonly connection: SessionConnection;
  readonly unacknowledged: Unacknowledged;
  readonly bhs: Bhs<typeof snackRequest>;
}

/** By Type; each gives what is wrong with the request, or null. */
const TYPES: ReadonlyMap<number, (request: Request) => ProtocolError | null> = new Map([
  [SnackType.DATA_OR_R2T, resendDataOrR2ts],
  [SnackType.STATUS, resendStatuses],
  [SnackType.DATA_ACK, acknowledgeData],
  [SnackType.R_DATA, resegmentData],
]);

/** Takes a SNACK Request. */
export function receiveSnack(connection: SessionConnection, pdu: Pdu): void {
  const { unacknowledged } = connection.sender;
  if (unacknowledged === null) {
    const detail = "SNACK at ErrorRecoveryLevel 0";
    sendReject(connection, pdu, RejectReason.PROTOCOL_ERROR, detail);
    return;
  }
  const request = { connection, unacknowledged, bhs: snackRequest.decode(pdu.bhs) };
  const take = TYPES.get(request.bhs.type);
  const error = take === undefined ? wrongField("SNACK of a reserved type") : take(request);
  if (error === null) return;
  const reason = error.reason ?? RejectReason.PROTOCOL_ERROR;
  const isForData = request.bhs.type === SnackType.DATA_OR_R2T;
  const dataSN =
    isForData && reason === RejectReason.PROTOCOL_ERROR ? nextNumberOf(request) : undefined;
  sendReject(connection, pdu, reason, error.detail, dataSN);
}

/** Replicas of Data-In PDUs or R2Ts, whichever the command has. */
function resendDataOrR2ts(request: Request): ProtocolError | null {
  const { connection, bhs } = request;
  if (bhs.targetTransferTag !== NO_TAG) return wrongField("SNACK with a Target Transfer Tag");
  const task = connection.session.tasks.get(bhs.initiatorTaskTag);
  if (task !== undefined) {
    const { dataOut, connection: own } = transferOf(task);
    if (own !== connection) return notThere("SNACK by another connection than its command");
    const open = dataOut?.openR2ts ?? [];
    const end = dataOut?.r2tCount ?? 0;
    const run = runOf(bhs, open[0]?.r2tSN ?? end, end);
    if (run === null) return notThere("SNACK for R2Ts not sent or fulfilled");
    for (const r2t of open) {
      const index = serialDistance(r2t.r2tSN, run.begin);
      if (index >= 0 && index < run.count) sendR2t(task, r2t);
    }
    return null;
  }
  const sent = sentOf(request);
  if ("kind" in sent) return sent;
  const { dataIn } = sent;
  const run = runOf(bhs, dataIn?.first ?? 0, dataIn?.end ?? 0);
  if (run === null) return notThere("SNACK for data not sent or acknowledged");
  if (dataIn === null) return null;
  if (dataIn.segmentMax !== connection.agreed.MaxRecvDataSegmentLength) {
    return notThere("Data SNACK where MaxRecvDataSegmentLength has changed");
  }
  sendKept(connection.sender, dataIn, dataIn.segments(run.begin, run.count));
  return null;
}

function resendStatuses({ connection, unacknowledged, bhs }: Request): ProtocolError | null {
  if (bhs.initiatorTaskTag !== NO_TAG || bhs.targetTransferTag !== NO_TAG) {
    return wrongField("Status SNACK with a tag");
  }
  const run = runOf(bhs, unacknowledged.begin, unacknowledged.end);
  if (run === null) return notThere("SNACK for statuses not sent or acknowledged");
  const all: SentStatus[] = [];
  for (let index = 0; index < run.count; index++) {
    const sent = unacknowledged.ofStatSN(serialAdd(run.begin, index));
    if (sent === undefined) return forgotten();
    all.push(sent);
  }
  for (const sent of all) connection.sender.sendAgain(sent);
  return null;
}

/** What the initiator has need not be kept. [RFC7143 11.16.2] */
function acknowledgeData({ unacknowledged, bhs }: Request): ProtocolError | null {
  if (bhs.initiatorTaskTag !== NO_TAG || bhs.runLength !== 0) {
    return wrongField("DataACK with a task tag or a RunLength");
  }
  const dataIn = unacknowledged.ofTransferTag(bhs.targetTransferTag);
  if (dataIn === undefined && !unacknowledged.isComplete) return null;
  const isOurs = dataIn !== undefined && Buffer.compare(dataIn.lun, bhs.lun) === 0;
  if (isOurs && dataIn.acknowledge(bhs.begRun)) return null;
  const detail = "DataACK for data not sent or acknowledged";
  return protocolError({ reason: RejectReason.INVALID_DATA_ACK, detail, fatal: false });
}

/**
 * All that is not acknowledged, cut for the MaxRecvDataSegmentLength of now, and the response with
 * the SNACK Tag behind it. [RFC7143 11.16.3]
 */
function resegmentData(request: Request): ProtocolError | null {
  const { connection, bhs } = request;
  const { targetTransferTag: snackTag } = bhs;
  if (snackTag === 0 || snackTag === NO_TAG || bhs.begRun !== 0 || bhs.runLength !== 0) {
    return wrongField("R-Data SNACK without a SNACK Tag, or with a run");
  }
  if (connection.session.tasks.has(bhs.initiatorTaskTag))
    return notThere("R-Data SNACK before the data");
  const sent = sentOf(request);
  if ("kind" in sent) return sent;
  if (getU32(sent.bhs, SNACK_TAG) === snackTag) return wrongField("SNACK Tag used before");
  const { dataIn } = sent;
  putU32(sent.bhs, SNACK_TAG, snackTag);
  if (dataIn !== null) {
    dataIn.cut(connection.agreed.MaxRecvDataSegmentLength);
    putU32(sent.bhs, EXP_DATA_SN, dataIn.end);
    sendKept(connection.sender, dataIn, dataIn.segments(dataIn.first, dataIn.end - dataIn.first));
  }
  connection.sender.sendAgain(sent);
  return null;
}

/** The answer to the command that the request names. */
function sentOf({ unacknowledged, bhs }: Request): SentStatus | ProtocolError {
  const sent = unacknowledged.ofCommand(bhs.initiatorTaskTag);
  if (sent !== undefined) return sent;
  return unacknowledged.isComplete ? notThere("SNACK for no such command") : forgotten();
}

/** The next Data-In or R2T of the command would have this number. [RFC7143 11.17.2] */
function nextNumberOf({ connection, unacknowledged, bhs }: Request): number {
  const task = connection.session.tasks.get(bhs.initiatorTaskTag);
  if (task !== undefined) return transferOf(task).dataOut?.r2tCount ?? 0;
  const sent = unacknowledged.ofCommand(bhs.initiatorTaskTag);
  return sent === undefined ? 0 : getU32(sent.bhs, EXP_DATA_SN);
}

/** Consecutive DataSNs, R2TSNs or StatSNs. */
interface Run {
  readonly begin: number;
  readonly count: number;
}

/** The numbers asked for; null when one of them is outside `first`…`end`. [RFC7143 11.16.6, .7] */
function runOf(bhs: Request["bhs"], first: number, end: number): Run | null {
  const { begRun, runLength } = bhs;
  const total = serialDistance(end, first);
  if (begRun === 0 && runLength === 0) return { begin: first, count: total };
  const offset = serialDistance(begRun, first);
  if (offset < 0 || offset >= total) return null;
  const count = runLength === 0 ? total - offset : runLength;
  return offset + count <= total ? { begin: begRun, count } : null;
}

function wrongField(detail: string): ProtocolError {
  return protocolError({ reason: RejectReason.INVALID_PDU_FIELD, detail, fatal: false });
}

function notThere(detail: string): ProtocolError {
  return protocolError({ reason: RejectReason.PROTOCOL_ERROR, detail, fatal: false });
}

function forgotten(): ProtocolError {
  const detail = "SNACK for what there was no room to keep";
  return protocolError({ reason: RejectReason.SNACK_REJECT, detail, fatal: false });
}
