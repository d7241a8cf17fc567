/** Full feature phase: which PDU is handled where, and what is refused. Nothing is handled here. */
import type { Nexus } from "../scsi/nexus";
import { receiveDataOutPdu } from "./data-out-phase";
import { receiveLogout } from "./logout";
import { receiveNopOut } from "./nop";
import { type Pdu, expStatSNOf, ownPdu } from "./pdu";
import { dataOut } from "./pdus/data";
import { initiatorPdus } from "./pdus/initiator-pdus";
import { loginRequest } from "./pdus/login";
import { logoutRequest } from "./pdus/logout";
import { nopOut } from "./pdus/nop";
import { RejectReason } from "./pdus/reject";
import { scsiCommand } from "./pdus/scsi-command";
import { snackRequest } from "./pdus/snack";
import { taskManagementRequest } from "./pdus/task-management";
import { textRequest } from "./pdus/text";
import { rejectCommand, sendReject } from "./reject";
import { receiveScsiCommand } from "./scsi-command";
import type { SessionConnection } from "./session-connection";
import { receiveSnack } from "./snack";
import { receiveTaskManagement } from "./task-management";
import { receiveText } from "./text-request";

/**
 * Only in sessions with a nexus. The first two keep what they need; the others get a PDU to own.
 */
const OF_NEXUS: ReadonlyMap<
  number,
  (connection: SessionConnection, nexus: Nexus, pdu: Pdu) => void
> = new Map([
  [scsiCommand.opcode, receiveScsiCommand],
  [dataOut.opcode, (connection, _nexus, pdu) => receiveDataOutPdu(connection, pdu)],
  [
    taskManagementRequest.opcode,
    (connection, nexus, pdu) => receiveTaskManagement(connection, nexus, ownPdu(pdu)),
  ],
]);

/** In discovery sessions too. [RFC7143 4.3] */
const OF_ALL: ReadonlyMap<number, (connection: SessionConnection, pdu: Pdu) => void> = new Map([
  [nopOut.opcode, receiveNopOut],
  [textRequest.opcode, receiveText],
  [logoutRequest.opcode, receiveLogout],
  [snackRequest.opcode, receiveSnack],
  [loginRequest.opcode, refuseLogin],
]);

/** Takes a PDU that came by a connection in full feature phase. */
export function receivePdu(connection: SessionConnection, pdu: Pdu): void {
  if (pdu.ahs !== null && pdu.opcode !== scsiCommand.opcode) {
    refuseAhs(connection, pdu);
    return;
  }
  const { fence, nexus } = connection.session;
  const { unacknowledged } = connection.sender;
  if ((unacknowledged !== null || fence !== null) && initiatorPdus.has(pdu.opcode)) {
    const expStatSN = expStatSNOf(pdu);
    unacknowledged?.acknowledge(expStatSN);
    fence?.acknowledge(connection, expStatSN);
  }
  const ofNexus = OF_NEXUS.get(pdu.opcode);
  if (ofNexus !== undefined && nexus !== null) {
    ofNexus(connection, nexus, pdu);
    return;
  }
  const ofAll = OF_ALL.get(pdu.opcode);
  if (ofAll !== undefined) {
    ofAll(connection, ownPdu(pdu));
  } else if (ofNexus !== undefined) {
    rejectCommand(connection, pdu, RejectReason.PROTOCOL_ERROR, "not in a discovery session");
  } else {
    const detail = `opcode ${pdu.opcode}`;
    rejectCommand(connection, pdu, RejectReason.COMMAND_NOT_SUPPORTED, detail);
  }
}

/** PDUs without a CmdSN. */
const UNNUMBERED: ReadonlySet<number> = new Set([dataOut.opcode, snackRequest.opcode]);

/** Only SCSI commands have additional header segments. [RFC7143 11.2.1.5] */
function refuseAhs(connection: SessionConnection, pdu: Pdu): void {
  const refuse = UNNUMBERED.has(pdu.opcode) ? sendReject : rejectCommand;
  refuse(connection, pdu, RejectReason.INVALID_PDU_FIELD, "additional header segment");
}

/** [RFC7143 7.11] */
function refuseLogin(connection: SessionConnection, pdu: Pdu): void {
  sendReject(connection, pdu, RejectReason.PROTOCOL_ERROR, "login in full feature phase");
  connection.carrier.close("end", "login in full feature phase");
}
