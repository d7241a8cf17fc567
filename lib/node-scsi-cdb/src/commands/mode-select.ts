/** MODE SELECT. */
import { command } from "../command";
import { flag } from "../fields";
import { parameterListLength } from "./shared-fields";

const how = { pf: flag(1, 4, "PF"), sp: flag(1, 0, "SP") };

export const modeSelect6 = command({
  name: "MODE SELECT (6)",
  opcode: 0x15,
  length: 6,
  reference: "SPC-4 MODE SELECT (6)",
  direction: "out",
  fields: { ...how, parameterListLength: parameterListLength(4, 1) },
});

export const modeSelect10 = command({
  name: "MODE SELECT (10)",
  opcode: 0x55,
  length: 10,
  reference: "SPC-4 MODE SELECT (10)",
  direction: "out",
  fields: { ...how, parameterListLength: parameterListLength(7, 2) },
});
