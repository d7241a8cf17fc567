/** REPORT TIMESTAMP and SET TIMESTAMP. */
import { command } from "../command";
import { allocationLength, parameterListLength } from "./shared-fields";

export const reportTimestamp = command({
  name: "REPORT TIMESTAMP",
  opcode: 0xa3,
  serviceAction: 0x0f,
  length: 12,
  reference: "SPC-4 REPORT TIMESTAMP",
  direction: "in",
  fields: { allocationLength: allocationLength(6, 4) },
});

export const setTimestamp = command({
  name: "SET TIMESTAMP",
  opcode: 0xa4,
  serviceAction: 0x0f,
  length: 12,
  reference: "SPC-4 SET TIMESTAMP",
  direction: "out",
  fields: { parameterListLength: parameterListLength(6, 4) },
});
