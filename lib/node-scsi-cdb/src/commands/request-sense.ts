/** REQUEST SENSE. */
import { command } from "../command";
import { flag } from "../fields";
import { allocationLength } from "./shared-fields";

export const requestSense = command({
  name: "REQUEST SENSE",
  opcode: 0x03,
  length: 6,
  reference: "SPC-4 REQUEST SENSE",
  direction: "in",
  fields: { desc: flag(1, 0, "DESC"), allocationLength: allocationLength(4, 1) },
});
