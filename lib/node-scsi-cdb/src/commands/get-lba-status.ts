/** GET LBA STATUS. */
import { command } from "../command";
import { uint } from "../fields";
import { allocationLength } from "./shared-fields";

export const getLbaStatus = command({
  name: "GET LBA STATUS",
  opcode: 0x9e,
  serviceAction: 0x12,
  length: 16,
  reference: "SBC-3 GET LBA STATUS",
  direction: "in",
  fields: {
    lba: uint(2, 8, "STARTING LOGICAL BLOCK ADDRESS"),
    allocationLength: allocationLength(10, 4),
  },
});
