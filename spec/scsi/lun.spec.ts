import { REPORT_LUNS_LUN, formatLun, parseLun } from "../../lib/scsi/lun";

describe("[SAM-5 4.7] the LUN field", () => {
  it.each([
    ["0000000000000000", 0],
    ["0001000000000000", 1],
    ["00ff000000000000", 255],
    ["4001000000000000", 1],
    ["4100000000000000", 256],
    ["7fff000000000000", 16383],
    ["8000000000000000", 0],
    ["801f000000000000", 31],
    ["d200000000000000", 0],
    ["d2003fff00000000", 16383],
    ["e200000000000000", 0],
    ["e200000012340000", 0x1234],
    ["c101000000000000", REPORT_LUNS_LUN],
  ])("%s is LUN %i", (field, lun) => {
    expect(parseLun(Buffer.from(field, "hex"))).toBe(lun);
  });

  it.each([
    ["a bus other than 0", "0101000000000000"],
    ["a target other than 0", "8100000000000000"],
    ["a bus of a target other than 0", "8020000000000000"],
    ["a LUN beyond flat space", "d200400000000000"],
    ["a LUN of 40 bits", "e201000000010000"],
    ["another well known unit", "c102000000000000"],
    ["no unit at all", "ffffffffffffffff"],
    ["another extended method", "c201000000000000"],
    ["a second level", "0000000100000000"],
    ["a second level of flat space", "4001000100000000"],
    ["bytes behind a well known unit", "c101010000000000"],
    ["bytes behind an extended LUN", "d200000101000000"],
    ["bytes behind a long extended LUN", "e200000000010100"],
  ])("of %s is no unit's", (_, field) => {
    expect(parseLun(Buffer.from(field, "hex"))).toBeNull();
  });

  it.each([
    [255, "00ff000000000000"],
    [256, "4100000000000000"],
    [16383, "7fff000000000000"],
    [REPORT_LUNS_LUN, "c101000000000000"],
  ])("of LUN %i is %s: peripheral below 256, flat space above", (lun, field) => {
    expect(Buffer.from(formatLun(lun)).toString("hex")).toBe(field);
  });

  it("stands anywhere in a header", () => {
    const bytes = Buffer.from("ffff" + "d200010000000000" + "ff", "hex");
    expect(parseLun(bytes, 2)).toBe(256);
  });

  it.each([0, 1, 255, 256, 16383, REPORT_LUNS_LUN])("of LUN %i reads back", (lun) => {
    expect(parseLun(formatLun(lun))).toBe(lun);
  });
});
