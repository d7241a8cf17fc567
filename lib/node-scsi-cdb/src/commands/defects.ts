/** READ DEFECT DATA and REASSIGN BLOCKS. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";
import { allocationLength } from "./shared-fields";

export const readDefectData10 = command({
  name: "READ DEFECT DATA (10)",
  opcode: 0x37,
  length: 10,
  reference: "SBC-3 READ DEFECT DATA (10)",
  direction: "in",
  fields: {
    reqPlist: flag(2, 4, "REQ_PLIST"),
    reqGlist: flag(2, 3, "REQ_GLIST"),
    defectListFormat: bits(2, 2, 0, "DEFECT LIST FORMAT"),
    allocationLength: allocationLength(7, 2),
  },
});

export const readDefectData12 = command({
  name: "READ DEFECT DATA (12)",
  opcode: 0xb7,
  length: 12,
  reference: "SBC-3 READ DEFECT DATA (12)",
  direction: "in",
  fields: {
    reqPlist: flag(1, 4, "REQ_PLIST"),
    reqGlist: flag(1, 3, "REQ_GLIST"),
    defectListFormat: bits(1, 2, 0, "DEFECT LIST FORMAT"),
    addressDescriptorIndex: uint(2, 4, "ADDRESS DESCRIPTOR INDEX"),
    allocationLength: allocationLength(6, 4),
  },
});

/** The length of its parameter list is in the list itself. */
export const reassignBlocks = command({
  name: "REASSIGN BLOCKS",
  opcode: 0x07,
  length: 6,
  reference: "SBC-3 REASSIGN BLOCKS",
  direction: "out",
  fields: { longLba: flag(1, 1, "LONGLBA"), longList: flag(1, 0, "LONGLIST") },
});
