/**
 * READ DEFECT DATA (10) and (12): blocks in files and in memory have no defects, so both lists are
 * there and empty, in any format. [SBC-3 READ DEFECT DATA]
 */
import { bits, flag, format, readDefectData10, readDefectData12, uint } from "node-scsi-cdb";
import { type Command, command } from "../command";
import { refuse } from "./transfer";

/** The last DEFECT LIST FORMAT of the standard's own; 6 is vendor specific, 7 reserved. */
const FORMAT_MAX = 5;

const told = {
  plistv: flag(1, 4, "PLISTV"),
  glistv: flag(1, 3, "GLISTV"),
  defectListFormat: bits(1, 2, 0, "DEFECT LIST FORMAT"),
};

const header10 = format({
  name: "READ DEFECT DATA (10) parameter data",
  length: 4,
  fields: { ...told, defectListLength: uint(2, 2, "DEFECT LIST LENGTH") },
});

const header12 = format({
  name: "READ DEFECT DATA (12) parameter data",
  length: 8,
  fields: { ...told, defectListLength: uint(4, 4, "DEFECT LIST LENGTH") },
});

function readDefectData(
  row: typeof readDefectData10 | typeof readDefectData12,
  header: typeof header10 | typeof header12,
): Command {
  return command({
    row,
    reservation: "read",
    needsMedium: true,
    writes: false,
    check: ({ defectListFormat }) =>
      defectListFormat > FORMAT_MAX ? refuse(row, "defectListFormat") : null,
    execute({ reqPlist, reqGlist, defectListFormat, allocationLength }, task, unit) {
      const data = header.encode({ plistv: reqPlist, glistv: reqGlist, defectListFormat });
      unit.goodWithData(task, data, allocationLength);
    },
  });
}

export const readDefectDataCommands: readonly Command[] = [
  readDefectData(readDefectData10, header10),
  readDefectData(readDefectData12, header12),
];
