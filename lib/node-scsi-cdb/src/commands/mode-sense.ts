/** MODE SENSE. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";
import { allocationLength } from "./shared-fields";

const page = {
  dbd: flag(1, 3, "DBD"),
  pc: bits(2, 7, 6, "PC"),
  pageCode: bits(2, 5, 0, "PAGE CODE"),
  subpageCode: uint(3, 1, "SUBPAGE CODE"),
};

export const modeSense6 = command({
  name: "MODE SENSE (6)",
  opcode: 0x1a,
  length: 6,
  reference: "SPC-4 MODE SENSE (6)",
  direction: "in",
  fields: { ...page, allocationLength: allocationLength(4, 1) },
});

export const modeSense10 = command({
  name: "MODE SENSE (10)",
  opcode: 0x5a,
  length: 10,
  reference: "SPC-4 MODE SENSE (10)",
  direction: "in",
  fields: { llbaa: flag(1, 4, "LLBAA"), ...page, allocationLength: allocationLength(7, 2) },
});
