/**
 * RESERVE and RELEASE, from SPC-2. The 6-byte forms have neither third parties nor extents left;
 * a CDB that asks for them is refused. A device server without third-party reservations refuses
 * `thirdParty` and `longId` of the 10-byte forms.
 */
import { command } from "../command";
import { flag, uint } from "../fields";
import { parameterListLength } from "./shared-fields";

/* It identified an extent. */
const reservationIdentification = uint(2, 1, "RESERVATION IDENTIFICATION (obsolete)", {
  ignored: true,
});

const thirdParty10 = {
  thirdParty: flag(1, 4, "3RDPTY"),
  longId: flag(1, 1, "LONGID"),
  reservationIdentification,
  thirdPartyDeviceId: uint(3, 1, "THIRD PARTY DEVICE ID"),
  parameterListLength: parameterListLength(7, 2),
};

export const reserve6 = command({
  name: "RESERVE (6)",
  opcode: 0x16,
  length: 6,
  reference: "SPC-2 RESERVE (6)",
  direction: "none",
  fields: {
    reservationIdentification,
    extentListLength: uint(3, 2, "EXTENT LIST LENGTH (obsolete)", { ignored: true }),
  },
});

export const release6 = command({
  name: "RELEASE (6)",
  opcode: 0x17,
  length: 6,
  reference: "SPC-2 RELEASE (6)",
  direction: "none",
  fields: { reservationIdentification },
});

export const reserve10 = command({
  name: "RESERVE (10)",
  opcode: 0x56,
  length: 10,
  reference: "SPC-2 RESERVE (10)",
  direction: "out",
  fields: thirdParty10,
});

export const release10 = command({
  name: "RELEASE (10)",
  opcode: 0x57,
  length: 10,
  reference: "SPC-2 RELEASE (10)",
  direction: "out",
  fields: thirdParty10,
});
