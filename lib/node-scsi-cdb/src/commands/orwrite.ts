/** ORWRITE. */
import { command } from "../command";
import { bits } from "../fields";
import { blocks16, cacheControl } from "./shared-fields";

export const orwrite16 = command({
  name: "ORWRITE (16)",
  opcode: 0x8b,
  length: 16,
  reference: "SBC-3 ORWRITE (16)",
  direction: "out",
  fields: { orprotect: bits(1, 7, 5, "ORPROTECT"), ...cacheControl, ...blocks16() },
});
