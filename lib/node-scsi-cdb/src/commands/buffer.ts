/** READ BUFFER and WRITE BUFFER: the device's buffer and its microcode. */
import { command } from "../command";
import { bits, uint } from "../fields";
import { allocationLength, parameterListLength } from "./shared-fields";

const place = {
  mode: bits(1, 4, 0, "MODE"),
  bufferId: uint(2, 1, "BUFFER ID"),
  bufferOffset: uint(3, 3, "BUFFER OFFSET"),
};

export const readBuffer = command({
  name: "READ BUFFER",
  opcode: 0x3c,
  length: 10,
  reference: "SPC-4 READ BUFFER",
  direction: "in",
  fields: { ...place, allocationLength: allocationLength(6, 3) },
});

export const writeBuffer = command({
  name: "WRITE BUFFER",
  opcode: 0x3b,
  length: 10,
  reference: "SPC-4 WRITE BUFFER",
  direction: "out",
  fields: {
    modeSpecific: bits(1, 7, 5, "MODE SPECIFIC"),
    ...place,
    parameterListLength: parameterListLength(6, 3),
  },
});
