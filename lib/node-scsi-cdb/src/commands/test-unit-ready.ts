/** TEST UNIT READY. */
import { command } from "../command";

export const testUnitReady = command({
  name: "TEST UNIT READY",
  opcode: 0x00,
  length: 6,
  reference: "SPC-4 TEST UNIT READY",
  direction: "none",
  fields: {},
});
