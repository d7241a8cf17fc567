/** The PDUs an initiator may send, by opcode: everything else is answered with a Reject. */
import type { PduRow } from "../pdu";
import { dataOut } from "./data";
import { loginRequest } from "./login";
import { logoutRequest } from "./logout";
import { nopOut } from "./nop";
import { scsiCommand } from "./scsi-command";
import { snackRequest } from "./snack";
import { taskManagementRequest } from "./task-management";
import { textRequest } from "./text";

export const initiatorPdus: ReadonlyMap<number, PduRow> = new Map(
  [
    nopOut,
    scsiCommand,
    taskManagementRequest,
    loginRequest,
    textRequest,
    dataOut,
    logoutRequest,
    snackRequest,
  ].map((row) => [row.opcode, row as unknown as PduRow]),
);
