/** READ CAPACITY. The address and PMI went obsolete: they are taken and do nothing. */
import { command } from "../command";
import { flag, uint } from "../fields";
import { allocationLength } from "./shared-fields";

export const readCapacity10 = command({
  name: "READ CAPACITY (10)",
  opcode: 0x25,
  length: 10,
  reference: "SBC-3 READ CAPACITY (10)",
  direction: "in",
  fields: {
    lba: uint(2, 4, "LOGICAL BLOCK ADDRESS (obsolete)", { ignored: true }),
    pmi: flag(8, 0, "PMI (obsolete)", { ignored: true }),
  },
});

export const readCapacity16 = command({
  name: "READ CAPACITY (16)",
  opcode: 0x9e,
  serviceAction: 0x10,
  length: 16,
  reference: "SBC-3 READ CAPACITY (16)",
  direction: "in",
  fields: {
    lba: uint(2, 8, "LOGICAL BLOCK ADDRESS (obsolete)", { ignored: true }),
    allocationLength: allocationLength(10, 4),
    pmi: flag(14, 0, "PMI (obsolete)", { ignored: true }),
  },
});
