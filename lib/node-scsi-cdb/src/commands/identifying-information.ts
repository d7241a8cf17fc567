/** REPORT IDENTIFYING INFORMATION and SET IDENTIFYING INFORMATION. */
import { command } from "../command";
import { bits } from "../fields";
import { allocationLength, parameterListLength } from "./shared-fields";

const type = bits(10, 7, 1, "IDENTIFYING INFORMATION TYPE");

export const reportIdentifyingInformation = command({
  name: "REPORT IDENTIFYING INFORMATION",
  opcode: 0xa3,
  serviceAction: 0x05,
  length: 12,
  reference: "SPC-4 REPORT IDENTIFYING INFORMATION",
  direction: "in",
  fields: { allocationLength: allocationLength(6, 4), type },
});

export const setIdentifyingInformation = command({
  name: "SET IDENTIFYING INFORMATION",
  opcode: 0xa4,
  serviceAction: 0x06,
  length: 12,
  reference: "SPC-4 SET IDENTIFYING INFORMATION",
  direction: "out",
  fields: { parameterListLength: parameterListLength(6, 4), type },
});
