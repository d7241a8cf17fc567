/** REPORT TARGET PORT GROUPS and SET TARGET PORT GROUPS. */
import { command } from "../command";
import { bits } from "../fields";
import { allocationLength, parameterListLength } from "./shared-fields";

export const reportTargetPortGroups = command({
  name: "REPORT TARGET PORT GROUPS",
  opcode: 0xa3,
  serviceAction: 0x0a,
  length: 12,
  reference: "SPC-4 REPORT TARGET PORT GROUPS",
  direction: "in",
  fields: {
    parameterDataFormat: bits(1, 7, 5, "PARAMETER DATA FORMAT"),
    allocationLength: allocationLength(6, 4),
  },
});

export const setTargetPortGroups = command({
  name: "SET TARGET PORT GROUPS",
  opcode: 0xa4,
  serviceAction: 0x0a,
  length: 12,
  reference: "SPC-4 SET TARGET PORT GROUPS",
  direction: "out",
  fields: { parameterListLength: parameterListLength(6, 4) },
});
