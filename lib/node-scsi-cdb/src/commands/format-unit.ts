/** FORMAT UNIT. Its parameter list, there with FMTDATA alone, holds its own length. */
import { command } from "../command";
import { bits, flag, uint } from "../fields";

export const formatUnit = command({
  name: "FORMAT UNIT",
  opcode: 0x04,
  length: 6,
  reference: "SBC-4 FORMAT UNIT",
  direction: "out",
  fields: {
    fmtpinfo: bits(1, 7, 6, "FMTPINFO"),
    longList: flag(1, 5, "LONGLIST"),
    fmtdata: flag(1, 4, "FMTDATA"),
    cmplst: flag(1, 3, "CMPLST"),
    defectListFormat: bits(1, 2, 0, "DEFECT LIST FORMAT"),
    vendorSpecific: uint(2, 1, "Vendor specific", { ignored: true }),
    interleave: uint(3, 1, "INTERLEAVE (obsolete)", { ignored: true }),
    interleaveEnd: bits(4, 7, 2, "INTERLEAVE (obsolete)", { ignored: true }),
    ffmt: bits(4, 1, 0, "FFMT"),
  },
});
