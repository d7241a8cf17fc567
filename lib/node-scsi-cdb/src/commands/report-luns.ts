/** REPORT LUNS. */
import { command } from "../command";
import { uint } from "../fields";
import { allocationLength } from "./shared-fields";

export const reportLuns = command({
  name: "REPORT LUNS",
  opcode: 0xa0,
  length: 12,
  reference: "SPC-4 REPORT LUNS",
  direction: "in",
  fields: {
    selectReport: uint(2, 1, "SELECT REPORT"),
    allocationLength: allocationLength(6, 4),
  },
});
