/** PREVENT ALLOW MEDIUM REMOVAL. */
import { command } from "../command";
import { bits } from "../fields";

export const preventAllowMediumRemoval = command({
  name: "PREVENT ALLOW MEDIUM REMOVAL",
  opcode: 0x1e,
  length: 6,
  reference: "SBC-3 PREVENT ALLOW MEDIUM REMOVAL",
  direction: "none",
  fields: { prevent: bits(4, 1, 0, "PREVENT") },
});
