/**
 * WRITE SAME. PBDATA and LBDATA, obsolete, are no fields of it: they would change what is written,
 * so a CDB that sets one is refused and not taken for another command.
 */
import { command } from "../command";
import { bits, flag } from "../fields";
import { blocks10, blocks16, reladr } from "./shared-fields";

const how = {
  wrprotect: bits(1, 7, 5, "WRPROTECT"),
  anchor: flag(1, 4, "ANCHOR"),
  unmap: flag(1, 3, "UNMAP"),
};

export const writeSame10 = command({
  name: "WRITE SAME (10)",
  opcode: 0x41,
  length: 10,
  reference: "SBC-3 WRITE SAME (10)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks10("NUMBER OF LOGICAL BLOCKS") },
});

/** With NDOB there is no Data-Out Buffer. */
export const writeSame16 = command({
  name: "WRITE SAME (16)",
  opcode: 0x93,
  length: 16,
  reference: "SBC-3 WRITE SAME (16)",
  direction: "out",
  fields: { ...how, ndob: flag(1, 0, "NDOB"), ...blocks16("NUMBER OF LOGICAL BLOCKS") },
});
