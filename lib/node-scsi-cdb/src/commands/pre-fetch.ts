/** PRE-FETCH. A `blockCount` of 0 means all blocks from `lba` on. */
import { command } from "../command";
import { flag } from "../fields";
import { blocks10, blocks16, reladr } from "./shared-fields";

const immed = flag(1, 1, "IMMED");

export const preFetch10 = command({
  name: "PRE-FETCH (10)",
  opcode: 0x34,
  length: 10,
  reference: "SBC-3 PRE-FETCH (10)",
  direction: "none",
  fields: { immed, ...reladr, ...blocks10("PREFETCH LENGTH") },
});

export const preFetch16 = command({
  name: "PRE-FETCH (16)",
  opcode: 0x90,
  length: 16,
  reference: "SBC-3 PRE-FETCH (16)",
  direction: "none",
  fields: { immed, ...blocks16("PREFETCH LENGTH") },
});
