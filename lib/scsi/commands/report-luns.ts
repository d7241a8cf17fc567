/** REPORT LUNS: the logical units of the target. [SPC-4 REPORT LUNS] */
import { format, reportLuns as row, uint } from "node-scsi-cdb";
import { command } from "../command";
import { REPORT_LUNS_LUN, formatLun } from "../lun";
import { refuse } from "./transfer";

/** SELECT REPORT: which logical units. What SPC-5 adds is of conglomerates, which are not here. */
const SelectReport = { ADDRESSABLE: 0x00, WELL_KNOWN: 0x01, ALL: 0x02 } as const;
const ALLOCATION_LENGTH_MIN = 16;

const header = format({
  name: "REPORT LUNS parameter data",
  length: 8,
  fields: { lunListLength: uint(0, 4, "LUN LIST LENGTH") },
});

export const reportLuns = command({
  row,
  reservation: "allowed",
  needsMedium: false,
  writes: false,
  bypassesUnitAttention: true,
  runsWithoutUnit: true,
  check(cdb) {
    if (cdb.selectReport > SelectReport.ALL) return refuse(row, "selectReport");
    return cdb.allocationLength < ALLOCATION_LENGTH_MIN ? refuse(row, "allocationLength") : null;
  },
  execute(cdb, task, unit) {
    const { selectReport } = cdb;
    const disks = unit.targetUnits.map(({ profile }) => profile.lun);
    const luns = [
      ...(selectReport === SelectReport.WELL_KNOWN ? [] : disks),
      ...(selectReport === SelectReport.ADDRESSABLE ? [] : [REPORT_LUNS_LUN]),
    ];
    const list = Buffer.concat(luns.map(formatLun));
    const data = Buffer.concat([header.encode({ lunListLength: list.length }), list]);
    unit.goodWithData(task, data, cdb.allocationLength);
  },
});
