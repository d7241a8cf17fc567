/**
 * SCSI Command PDUs become tasks: checked, put in order by CmdSN, and given to the SCSI layer.
 * [RFC7143 11.3]
 */
import { INVALID_FIELD_IN_CDB } from "node-scsi-cdb";
import { gather } from "../base/bytes";
import { parseLun } from "../scsi/lun";
import type { Nexus } from "../scsi/nexus";
import { Task, type TaskAttribute } from "../scsi/task";
import { DataOut } from "./data-out";
import { proceed, watchDataOut } from "./data-out-phase";
import { NO_TAG, type Pdu } from "./pdu";
import { RejectReason } from "./pdus/reject";
import {
  LUN_OFFSET,
  type ScsiCommandBhs,
  readCommandAhs,
  readScsiCommand,
} from "./pdus/scsi-command";
import { rejectCommand, sendReject } from "./reject";
import type { Session } from "./session";
import type { SessionConnection } from "./session-connection";
import { Transfer, transferOf } from "./transfer";

/** By the value of ATTR. [RFC7143 11.3.1.2] */
const ATTRIBUTES: readonly TaskAttribute[] = [
  "untagged",
  "simple",
  "ordered",
  "head-of-queue",
  "aca",
];

/** Takes a SCSI Command PDU in a session with a nexus. */
export function receiveScsiCommand(connection: SessionConnection, nexus: Nexus, pdu: Pdu): void {
  const { session } = connection;
  const bhs = readScsiCommand(pdu.bhs);
  const { immediate } = pdu;
  if (!immediate && !session.window.accepts(bhs.cmdSN)) return;
  if (session.tasks.has(bhs.initiatorTaskTag)) {
    rejectCommand(connection, pdu, RejectReason.TASK_IN_PROGRESS, "initiator task tag in use");
    return;
  }
  const cdb = wholeCdb(bhs, pdu);
  const attribute = ATTRIBUTES[bhs.attribute];
  if (cdb === null || attribute === undefined || !isConsistent(bhs, pdu)) {
    rejectCommand(connection, pdu, RejectReason.INVALID_PDU_FIELD, "malformed SCSI Command");
    return;
  }
  if (!session.admit(immediate)) {
    const reason = RejectReason.IMMEDIATE_COMMAND_REJECT;
    sendReject(connection, pdu, reason, "too many immediate commands");
    return;
  }
  const task = taskOf({ connection, nexus, bhs, pdu, attribute, cdb });
  session.tasks.set(task.tag, task);
  const transfer = transferOf(task);
  const { dataOut } = transfer;
  transfer.keepCommand(pdu);
  if (dataOut !== null && dataOut.isOpen) watchDataOut(connection, dataOut);
  if (immediate || session.window.takeNow(bhs.cmdSN)) start(session, task);
  else session.window.put(bhs.cmdSN, () => start(session, task));
  session.runTurns();
}

/** It is the task's turn. */
function start(session: Session, task: Task): void {
  const transfer = transferOf(task);
  if (transfer.state === "gone") return;
  transfer.state = "running";
  if (transfer.failure === null) {
    session.context.deviceServer.commandReceived(task);
  } else {
    transfer.state = "ended";
    proceed(session, task);
  }
}

/** The CDB with what an additional header segment adds to it; null: the segment is malformed. */
function wholeCdb(bhs: ScsiCommandBhs, pdu: Pdu): Uint8Array | null {
  if (pdu.ahs === null) return bhs.cdb;
  const ahs = readCommandAhs(pdu.ahs);
  if (ahs === null) return null;
  return ahs.extendedCdb === null ? bhs.cdb : gather([bhs.cdb, ahs.extendedCdb]);
}

/** Bytes that the initiator is ready to read of a command that takes data, too. */
function bidirectionalReadLengthOf({ ahs }: Pdu): number {
  return (ahs === null ? null : readCommandAhs(ahs)?.bidirectionalReadLength) ?? 0;
}

/** Data comes only with the W bit. [RFC7143 11.3.1.1] */
function isConsistent(bhs: ScsiCommandBhs, pdu: Pdu): boolean {
  if (bhs.initiatorTaskTag === NO_TAG) return false;
  return bhs.write || (bhs.final && pdu.dataLength === 0);
}

function taskOf(command: {
  connection: SessionConnection;
  nexus: Nexus;
  bhs: ScsiCommandBhs;
  pdu: Pdu;
  attribute: TaskAttribute;
  cdb: Uint8Array;
}): Task {
  const { connection, nexus, bhs, pdu, attribute, cdb } = command;
  const expectedLength = bhs.expectedDataTransferLength;
  const dataOut = bhs.write ? dataOutOf(connection, bhs, pdu) : null;
  const transfer = new Transfer({
    connection,
    bhs: pdu.bhs,
    isImmediate: pdu.immediate,
    expectedLength,
    dataOut,
    // No command here moves data both ways.
    refusal: bhs.read && bhs.write ? INVALID_FIELD_IN_CDB : null,
    bidirectionalReadLength: bhs.read && bhs.write ? bidirectionalReadLengthOf(pdu) : 0,
  });
  return new Task({
    nexus,
    lun: parseLun(pdu.bhs, LUN_OFFSET),
    tag: bhs.initiatorTaskTag,
    attribute,
    cdb,
    dataInMax: bhs.read ? expectedLength : 0,
    dataOutMax: bhs.write ? expectedLength : 0,
    transport: transfer,
  });
}

/** FirstBurstLength bounds immediate and unsolicited data together. [RFC7143 13.14] */
function dataOutOf(connection: SessionConnection, bhs: ScsiCommandBhs, pdu: Pdu): DataOut {
  const { ImmediateData, InitialR2T, FirstBurstLength, ErrorRecoveryLevel } = connection.agreed;
  return new DataOut({
    expectedLength: bhs.expectedDataTransferLength,
    immediateMax: ImmediateData ? FirstBurstLength : 0,
    unsolicitedMax: InitialR2T ? 0 : FirstBurstLength,
    immediate: pdu.data,
    immediateLength: pdu.dataLength,
    hasMore: !bhs.final,
    canRecover: ErrorRecoveryLevel > 0,
    order: connection.session.dataOrder,
  });
}
