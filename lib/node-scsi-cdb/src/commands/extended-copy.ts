/** Third-party copy: EXTENDED COPY and RECEIVE COPY RESULTS with one-byte list identifiers. */
import { command } from "../command";
import { uint } from "../fields";
import { allocationLength, parameterListLength } from "./shared-fields";

export const extendedCopyLid1 = command({
  name: "EXTENDED COPY (LID1)",
  opcode: 0x83,
  serviceAction: 0x00,
  length: 16,
  reference: "SPC-4 EXTENDED COPY (LID1)",
  direction: "out",
  fields: { parameterListLength: parameterListLength(10, 4) },
});

function receive(
  serviceAction: number,
  name: string,
  options: { readonly ignored?: boolean } = {},
) {
  return command({
    name,
    opcode: 0x84,
    serviceAction,
    length: 16,
    reference: `SPC-4 ${name}`,
    direction: "in",
    fields: {
      listIdentifier: uint(2, 1, "LIST IDENTIFIER", options),
      allocationLength: allocationLength(10, 4),
    },
  });
}

export const receiveCopyStatusLid1 = receive(0x00, "RECEIVE COPY STATUS (LID1)");
export const receiveCopyDataLid1 = receive(0x01, "RECEIVE COPY DATA (LID1)");
/** It is about no list: its LIST IDENTIFIER is taken and does nothing. */
export const receiveCopyOperatingParameters = receive(0x03, "RECEIVE COPY OPERATING PARAMETERS", {
  ignored: true,
});
export const receiveCopyFailureDetailsLid1 = receive(0x04, "RECEIVE COPY FAILURE DETAILS (LID1)");
