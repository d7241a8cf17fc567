/** UNMAP. */
import { command } from "../command";
import { bits, flag } from "../fields";
import { parameterListLength } from "./shared-fields";

export const unmap = command({
  name: "UNMAP",
  opcode: 0x42,
  length: 10,
  reference: "SBC-3 UNMAP",
  direction: "out",
  fields: {
    anchor: flag(1, 0, "ANCHOR"),
    group: bits(6, 4, 0, "GROUP NUMBER"),
    parameterListLength: parameterListLength(7, 2),
  },
});
