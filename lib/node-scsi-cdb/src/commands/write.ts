/** WRITE and WRITE ATOMIC. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";
import type { ReadByHand } from "../format";
import {
  blocks10,
  blocks12,
  blocks16,
  blocks6,
  cacheControl,
  getU16,
  getU32,
  getU64,
  reladr,
} from "./shared-fields";

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

const write10ByHand: ReadByHand = (bytes, at) => {
  const flags = bytes[at + 1] as number;
  const control = bytes[at + 9] as number;
  return {
    opcode: bytes[at],
    wrprotect: flags >>> 5,
    dpo: (flags & 0x10) !== 0,
    fua: (flags & 0x08) !== 0,
    fuaNv: (flags & 0x02) !== 0,
    reladr: (flags & 0x01) !== 0,
    lba: getU32(bytes, at + 2),
    group: (bytes[at + 6] as number) & 0x1f,
    blockCount: getU16(bytes, at + 7),
    naca: (control & 0x04) !== 0,
    vendorControl: control >>> 6,
    obsoleteControl: control & 0x03,
  };
};

export const write10 = command({
  name: "WRITE (10)",
  opcode: 0x2a,
  length: 10,
  reference: "SBC-3 WRITE (10)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks10() },
  readByHand: write10ByHand,
});

export const write12 = command({
  name: "WRITE (12)",
  opcode: 0xaa,
  length: 12,
  reference: "SBC-3 WRITE (12)",
  direction: "out",
  fields: { ...how, ...reladr, ...blocks12() },
});

const write16ByHand: ReadByHand = (bytes, at) => {
  const flags = bytes[at + 1] as number;
  const control = bytes[at + 15] as number;
  return {
    opcode: bytes[at],
    wrprotect: flags >>> 5,
    dpo: (flags & 0x10) !== 0,
    fua: (flags & 0x08) !== 0,
    fuaNv: (flags & 0x02) !== 0,
    lba: getU64(bytes, at + 2),
    group: (bytes[at + 14] as number) & 0x1f,
    blockCount: getU32(bytes, at + 10),
    naca: (control & 0x04) !== 0,
    vendorControl: control >>> 6,
    obsoleteControl: control & 0x03,
  };
};

export const write16 = command({
  name: "WRITE (16)",
  opcode: 0x8a,
  length: 16,
  reference: "SBC-3 WRITE (16)",
  direction: "out",
  fields: { ...how, ...blocks16() },
  readByHand: write16ByHand,
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
