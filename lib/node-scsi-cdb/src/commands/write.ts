/** WRITE and WRITE ATOMIC. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";
import { blocks10, blocks12, blocks16, blocks6, cacheControl, reladr } from "./shared-fields";

const how = { wrprotect: bits(1, 7, 5, "WRPROTECT"), ...cacheControl };

/** `blocksOf6` gives its number of blocks. */
export const write6 = command({
  name: "WRITE (6)",
  opcode: 0x0a,
  length: 6,
  reference: "SBC-2 WRITE (6)",
  direction: "out",
  fields: blocks6,
});

export const write10 = command({
  name: "WRITE (10)",
  opcode: 0x2a,
  length: 10,
  reference: "SBC-3 WRITE (10)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks10() },
});

export const write12 = command({
  name: "WRITE (12)",
  opcode: 0xaa,
  length: 12,
  reference: "SBC-3 WRITE (12)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks12() },
});

export const write16 = command({
  name: "WRITE (16)",
  opcode: 0x8a,
  length: 16,
  reference: "SBC-3 WRITE (16)",
  direction: "out",
  fields: { ...how, ...blocks16() },
});

export const writeAtomic16 = command({
  name: "WRITE ATOMIC (16)",
  opcode: 0x9c,
  length: 16,
  reference: "SBC-4 WRITE ATOMIC (16)",
  direction: "out",
  fields: {
    wrprotect: bits(1, 7, 5, "WRPROTECT"),
    dpo: flag(1, 4, "DPO"),
    fua: flag(1, 3, "FUA"),
    lba: uint(2, 8, "LOGICAL BLOCK ADDRESS"),
    atomicBoundary: uint(10, 2, "ATOMIC BOUNDARY"),
    blockCount: uint(12, 2, "TRANSFER LENGTH"),
    group: bits(14, 4, 0, "GROUP NUMBER"),
  },
});
