/** WRITE AND VERIFY. */
import { command } from "../command";
import { bits, flag } from "../fields";
import { blocks10, blocks12, blocks16, reladr } from "./shared-fields";

const how = {
  wrprotect: bits(1, 7, 5, "WRPROTECT"),
  dpo: flag(1, 4, "DPO"),
  bytchk: bits(1, 2, 1, "BYTCHK"),
};

export const writeAndVerify10 = command({
  name: "WRITE AND VERIFY (10)",
  opcode: 0x2e,
  length: 10,
  reference: "SBC-3 WRITE AND VERIFY (10)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks10() },
});

export const writeAndVerify12 = command({
  name: "WRITE AND VERIFY (12)",
  opcode: 0xae,
  length: 12,
  reference: "SBC-3 WRITE AND VERIFY (12)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks12() },
});

export const writeAndVerify16 = command({
  name: "WRITE AND VERIFY (16)",
  opcode: 0x8e,
  length: 16,
  reference: "SBC-3 WRITE AND VERIFY (16)",
  direction: "out",
  fields: { ...how, ...blocks16() },
});
