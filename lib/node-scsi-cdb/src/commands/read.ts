/** READ. RARC only allows a device server to end sooner, so it is taken and may be ignored. */
import { command } from "../command";
import { bits, flag } from "../fields";
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

const read10ByHand: ReadByHand = (bytes, at) => {
  const flags = bytes[at + 1] as number;
  const control = bytes[at + 9] as number;
  return {
    opcode: bytes[at],
    rdprotect: flags >>> 5,
    dpo: (flags & 0x10) !== 0,
    fua: (flags & 0x08) !== 0,
    fuaNv: (flags & 0x02) !== 0,
    rarc: (flags & 0x04) !== 0,
    reladr: (flags & 0x01) !== 0,
    lba: getU32(bytes, at + 2),
    group: (bytes[at + 6] as number) & 0x1f,
    blockCount: getU16(bytes, at + 7),
    naca: (control & 0x04) !== 0,
    vendorControl: control >>> 6,
    obsoleteControl: control & 0x03,
  };
};

export const read10 = command({
  name: "READ (10)",
  opcode: 0x28,
  length: 10,
  reference: "SBC-3 READ (10)",
  direction: "in",
  fields: { ...how, ...reladr, ...blocks10() },
  readByHand: read10ByHand,
});

export const read12 = command({
  name: "READ (12)",
  opcode: 0xa8,
  length: 12,
  reference: "SBC-3 READ (12)",
  direction: "in",
  fields: { ...how, ...reladr, ...blocks12() },
});

const read16ByHand: ReadByHand = (bytes, at) => {
  const flags = bytes[at + 1] as number;
  const control = bytes[at + 15] as number;
  return {
    opcode: bytes[at],
    rdprotect: flags >>> 5,
    dpo: (flags & 0x10) !== 0,
    fua: (flags & 0x08) !== 0,
    fuaNv: (flags & 0x02) !== 0,
    rarc: (flags & 0x04) !== 0,
    lba: getU64(bytes, at + 2),
    group: (bytes[at + 14] as number) & 0x1f,
    blockCount: getU32(bytes, at + 10),
    naca: (control & 0x04) !== 0,
    vendorControl: control >>> 6,
    obsoleteControl: control & 0x03,
  };
};

export const read16 = command({
  name: "READ (16)",
  opcode: 0x88,
  length: 16,
  reference: "SBC-3 READ (16)",
  direction: "in",
  fields: { ...how, ...blocks16() },
  readByHand: read16ByHand,
});
