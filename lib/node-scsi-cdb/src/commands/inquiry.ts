/** INQUIRY. CMDDT, obsolete, is no field of it: a set CMDDT is an invalid field in the CDB. */
import { command } from "../command";
import { flag, uint } from "../fields";
import { allocationLength } from "./shared-fields";

export const inquiry = command({
  name: "INQUIRY",
  opcode: 0x12,
  length: 6,
  reference: "SPC-4 INQUIRY",
  direction: "in",
  fields: {
    evpd: flag(1, 0, "EVPD"),
    pageCode: uint(2, 1, "PAGE CODE"),
    allocationLength: allocationLength(3, 2),
  },
});
