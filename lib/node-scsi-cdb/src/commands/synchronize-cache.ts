/** SYNCHRONIZE CACHE. SYNC_NV went obsolete and does nothing. */
import { command } from "../command";
import { flag } from "../fields";
import { blocks10, blocks16, reladr } from "./shared-fields";

const how = {
  syncNv: flag(1, 2, "SYNC_NV (obsolete)", { ignored: true }),
  immed: flag(1, 1, "IMMED"),
};

/** A `blockCount` of 0 means all blocks from `lba` on. */
export const synchronizeCache10 = command({
  name: "SYNCHRONIZE CACHE (10)",
  opcode: 0x35,
  length: 10,
  reference: "SBC-3 SYNCHRONIZE CACHE (10)",
  direction: "none",
  fields: { ...how, ...reladr, ...blocks10("NUMBER OF LOGICAL BLOCKS") },
});

/** A `blockCount` of 0 means all blocks from `lba` on. */
export const synchronizeCache16 = command({
  name: "SYNCHRONIZE CACHE (16)",
  opcode: 0x91,
  length: 16,
  reference: "SBC-3 SYNCHRONIZE CACHE (16)",
  direction: "none",
  fields: { ...how, ...blocks16("NUMBER OF LOGICAL BLOCKS") },
});
