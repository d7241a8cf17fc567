/** Full feature phase: which PDU is handled where, and what is refused. Nothing is handled here. */
import { getU32 } from "../base/bytes";
import type { Nexus } from "../scsi/nexus";
import { receiveDataOutPdu } from "./data-out-phase";
import { receiveLogout } from "./logout";
import { receiveNopOut } from "./nop";
import { type Pdu, ownPdu } from "./pdu";
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
import type { Session } from "./session";
import { receiveSnack } from "./snack";
import { receiveTaskManagement } from "./task-management";
import { receiveText } from "./text-request";

/** Where ExpStatSN stands in every PDU of an initiator. */
const EXP_STAT_SN = 28;

/**
 * Only in sessions with a nexus. The first two keep what they need; the others get a PDU to own.
 */
const OF_NEXUS: ReadonlyMap<number, (session: Session, nexus: Nexus, pdu: Pdu) => void> = new Map([
  [scsiCommand.opcode, receiveScsiCommand],
  [dataOut.opcode, (session, _nexus, pdu) => receiveDataOutPdu(session, pdu)],
  [
    taskManagementRequest.opcode,
    (session, nexus, pdu) => receiveTaskManagement(session, nexus, ownPdu(pdu)),
  ],
]);

/** In discovery sessions too. [RFC7143 4.3] */
const OF_ALL: ReadonlyMap<number, (session: Session, pdu: Pdu) => void> = new Map([
  [nopOut.opcode, receiveNopOut],
  [textRequest.opcode, receiveText],
  [logoutRequest.opcode, receiveLogout],
  [snackRequest.opcode, receiveSnack],
  [loginRequest.opcode, refuseLogin],
]);

/** Takes a PDU of a session in full feature phase. */
export function receivePdu(session: Session, pdu: Pdu): void {
  if (pdu.ahs !== null && pdu.opcode !== scsiCommand.opcode) {
    refuseAhs(session, pdu);
    return;
  }
  const { nexus } = session;
  const { unacknowledged } = session.sender;
  if (unacknowledged !== null && initiatorPdus.has(pdu.opcode)) {
    unacknowledged.acknowledge(getU32(pdu.bhs, EXP_STAT_SN));
  }
  const ofNexus = OF_NEXUS.get(pdu.opcode);
  if (ofNexus !== undefined && nexus !== null) {
    ofNexus(session, nexus, pdu);
    return;
  }
  const ofAll = OF_ALL.get(pdu.opcode);
  if (ofAll !== undefined) {
    ofAll(session, ownPdu(pdu));
  } else if (ofNexus !== undefined) {
    rejectCommand(session, pdu, RejectReason.PROTOCOL_ERROR, "not in a discovery session");
  } else {
    const detail = `opcode ${pdu.opcode}`;
    rejectCommand(session, pdu, RejectReason.COMMAND_NOT_SUPPORTED, detail);
  }
}

/** PDUs without a CmdSN. */
const UNNUMBERED: ReadonlySet<number> = new Set([dataOut.opcode, snackRequest.opcode]);

/** Only SCSI commands have additional header segments. [RFC7143 11.2.1.5] */
function refuseAhs(session: Session, pdu: Pdu): void {
  const refuse = UNNUMBERED.has(pdu.opcode) ? sendReject : rejectCommand;
  refuse(session, pdu, RejectReason.INVALID_PDU_FIELD, "additional header segment");
}

/** [RFC7143 7.11] */
function refuseLogin(session: Session, pdu: Pdu): void {
  sendReject(session, pdu, RejectReason.PROTOCOL_ERROR, "login in full feature phase");
  session.connection.close("end", "login in full feature phase");
}
