/** VERIFY. There is a Data-Out Buffer only if BYTCHK asks for a comparison. */
import { command } from "../command";
import { bits, flag } from "../fields";
import { blocks10, blocks12, blocks16, reladr } from "./shared-fields";

const how = {
  vrprotect: bits(1, 7, 5, "VRPROTECT"),
  dpo: flag(1, 4, "DPO"),
  bytchk: bits(1, 2, 1, "BYTCHK"),
};

export const verify10 = command({
  name: "VERIFY (10)",
  opcode: 0x2f,
  length: 10,
  reference: "SBC-3 VERIFY (10)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks10("VERIFICATION LENGTH") },
});

export const verify12 = command({
  name: "VERIFY (12)",
  opcode: 0xaf,
  length: 12,
  reference: "SBC-3 VERIFY (12)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks12("VERIFICATION LENGTH") },
});

export const verify16 = command({
  name: "VERIFY (16)",
  opcode: 0x8f,
  length: 16,
  reference: "SBC-3 VERIFY (16)",
  direction: "out",
  fields: { ...how, ...blocks16("VERIFICATION LENGTH") },
});
