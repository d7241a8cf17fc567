/** COMPARE AND WRITE. Its Data-Out Buffer holds twice `blockCount` blocks. */
import { command } from "../command";
import { bits, uint } from "../fields";
import { cacheControl } from "./shared-fields";

export const compareAndWrite = command({
  name: "COMPARE AND WRITE",
  opcode: 0x89,
  length: 16,
  reference: "SBC-3 COMPARE AND WRITE",
  direction: "out",
  fields: {
    wrprotect: bits(1, 7, 5, "WRPROTECT"),
    ...cacheControl,
    lba: uint(2, 8, "LOGICAL BLOCK ADDRESS"),
    blockCount: uint(13, 1, "NUMBER OF LOGICAL BLOCKS"),
    group: bits(14, 4, 0, "GROUP NUMBER"),
  },
});
