/** READ. RARC only allows a device server to end sooner, so it is taken and may be ignored. */
import { command } from "../command";
import { bits, flag } from "../fields";
import { blocks10, blocks12, blocks16, blocks6, cacheControl, reladr } from "./shared-fields";

const how = {
  rdprotect: bits(1, 7, 5, "RDPROTECT"),
  ...cacheControl,
  rarc: flag(1, 2, "RARC", { ignored: true }),
};

/** `blocksOf6` gives its number of blocks. */
export const read6 = command({
  name: "READ (6)",
  opcode: 0x08,
  length: 6,
  reference: "SBC-2 READ (6)",
  direction: "in",
  fields: blocks6,
});

export const read10 = command({
  name: "READ (10)",
  opcode: 0x28,
  length: 10,
  reference: "SBC-3 READ (10)",
  direction: "in",
  fields: { ...how, ...reladr, ...blocks10() },
});

export const read12 = command({
  name: "READ (12)",
  opcode: 0xa8,
  length: 12,
  reference: "SBC-3 READ (12)",
  direction: "in",
  fields: { ...how, ...reladr, ...blocks12() },
});

export const read16 = command({
  name: "READ (16)",
  opcode: 0x88,
  length: 16,
  reference: "SBC-3 READ (16)",
  direction: "in",
  fields: { ...how, ...blocks16() },
});
