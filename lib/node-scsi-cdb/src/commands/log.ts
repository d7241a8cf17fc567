/** LOG SENSE and LOG SELECT. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";
import { allocationLength, parameterListLength } from "./shared-fields";

const page = {
  sp: flag(1, 0, "SP"),
  pc: bits(2, 7, 6, "PC"),
  pageCode: bits(2, 5, 0, "PAGE CODE"),
  subpageCode: uint(3, 1, "SUBPAGE CODE"),
};

export const logSense = command({
  name: "LOG SENSE",
  opcode: 0x4d,
  length: 10,
  reference: "SPC-4 LOG SENSE",
  direction: "in",
  fields: {
    ...page,
    parameterPointer: uint(5, 2, "PARAMETER POINTER"),
    allocationLength: allocationLength(7, 2),
  },
});

export const logSelect = command({
  name: "LOG SELECT",
  opcode: 0x4c,
  length: 10,
  reference: "SPC-4 LOG SELECT",
  direction: "out",
  fields: {
    pcr: flag(1, 1, "PCR"),
    ...page,
    parameterListLength: parameterListLength(7, 2),
  },
});
