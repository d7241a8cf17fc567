/** SNACK Request: only sessions with ErrorRecoveryLevel above 0 may send it. [RFC7143 11.16] */
import { bits, octets, uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const snackRequest = pdu({
  name: "SNACK Request",
  opcode: 0x10,
  from: "initiator",
  fields: {
    type: bits(1, 3, 0, "Type"),
    lun: octets(8, 8, "LUN"),
    targetTransferTag: uint(20, 4, "Target Transfer Tag or SNACK Tag"),
    expStatSN: uint(28, 4, "ExpStatSN"),
    begRun: uint(40, 4, "BegRun"),
    runLength: uint(44, 4, "RunLength"),
  },
});

/** Values of Type. [RFC7143 11.16.1] */
export const SnackType = {
  DATA_OR_R2T: 0,
  STATUS: 1,
  DATA_ACK: 2,
  R_DATA: 3,
} as const;
