/** START STOP UNIT. */
import { command } from "../command";
import { bits, flag } from "../fields";

export const startStopUnit = command({
  name: "START STOP UNIT",
  opcode: 0x1b,
  length: 6,
  reference: "SBC-3 START STOP UNIT",
  direction: "none",
  fields: {
    immed: flag(1, 0, "IMMED"),
    powerConditionModifier: bits(3, 3, 0, "POWER CONDITION MODIFIER"),
    powerCondition: bits(4, 7, 4, "POWER CONDITION"),
    noFlush: flag(4, 2, "NO_FLUSH"),
    loej: flag(4, 1, "LOEJ"),
    start: flag(4, 0, "START"),
  },
});
