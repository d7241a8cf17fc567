import { readDefectData10, readDefectData12 } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

const rows = [
  { name: "10", row: readDefectData10, field: "2.2", rest: "0000" },
  { name: "12", row: readDefectData12, field: "1.2", rest: "000000000000" },
];

describe.each(rows)("READ DEFECT DATA ($name)", ({ name, row, field, rest }) => {
  const unit = new SpecUnit();
  const read = (fields: Parameters<typeof row.encode>[0]): string => {
    const { status, data } = unit.check(row.encode({ allocationLength: 255, ...fields }));
    return status === 0 ? data.toString("hex") : `status ${status}`;
  };

  it.each([
    { lists: {}, flags: 0x00 },
    { lists: { reqPlist: true }, flags: 0x10 },
    { lists: { reqGlist: true }, flags: 0x08 },
    { lists: { reqPlist: true, reqGlist: true }, flags: 0x18 },
  ])(`ReadDefectData${name}.Simple: [SBC-3 READ DEFECT DATA] %j are empty`, ({ lists, flags }) => {
    for (const defectListFormat of [0, 1, 2, 3, 4, 5]) {
      const told = (flags | defectListFormat).toString(16).padStart(2, "0");
      expect(read({ ...lists, defectListFormat })).toBe(`00${told}${rest}`);
    }
  });

  it.each([6, 7])("[SBC-3 READ DEFECT DATA] format %d is none of the standard's", (unknown) => {
    const { sense } = unit.check(row.encode({ defectListFormat: unknown }));
    expect(sense).toBe(`5/24/00 cdb ${field}`);
  });

  it("[SPC-4 4.2.5.6] is cut at the allocation length", () => {
    expect(read({ reqPlist: true, allocationLength: 3 })).toBe("001000");
    expect(read({ allocationLength: 0 })).toBe("");
  });
});
