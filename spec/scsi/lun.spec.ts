import { formatLun, parseLun } from "../../lib/scsi/lun";

describe("[SAM-5 4.7] the LUN field", () => {
  it.each([
    ["0000000000000000", 0],
    ["0001000000000000", 1],
    ["00ff000000000000", 255],
    ["4001000000000000", 1],
    ["4100000000000000", 256],
    ["7fff000000000000", 16383],
  ])("%s is LUN %i", (field, lun) => {
    expect(parseLun(Buffer.from(field, "hex"))).toBe(lun);
  });

  it.each([
    ["a bus other than 0", "0101000000000000"],
    ["logical unit addressing", "8001000000000000"],
    ["extended addressing", "c101000000000000"],
    ["a second level", "0000000100000000"],
  ])("of %s is no unit's", (_, field) => {
    expect(parseLun(Buffer.from(field, "hex"))).toBeNull();
  });

  it.each([0, 1, 255, 256, 16383])("of LUN %i reads back", (lun) => {
    expect(parseLun(formatLun(lun))).toBe(lun);
  });
});
