/** SEND DIAGNOSTIC and RECEIVE DIAGNOSTIC RESULTS. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";
import { allocationLength, parameterListLength } from "./shared-fields";

export const sendDiagnostic = command({
  name: "SEND DIAGNOSTIC",
  opcode: 0x1d,
  length: 6,
  reference: "SPC-4 SEND DIAGNOSTIC",
  direction: "out",
  fields: {
    selfTestCode: bits(1, 7, 5, "SELF-TEST CODE"),
    pf: flag(1, 4, "PF"),
    selfTest: flag(1, 2, "SELFTEST"),
    devOffL: flag(1, 1, "DEVOFFL"),
    unitOffL: flag(1, 0, "UNITOFFL"),
    parameterListLength: parameterListLength(3, 2),
  },
});

export const receiveDiagnosticResults = command({
  name: "RECEIVE DIAGNOSTIC RESULTS",
  opcode: 0x1c,
  length: 6,
  reference: "SPC-4 RECEIVE DIAGNOSTIC RESULTS",
  direction: "in",
  fields: {
    pcv: flag(1, 0, "PCV"),
    pageCode: uint(2, 1, "PAGE CODE"),
    allocationLength: allocationLength(3, 2),
  },
});
