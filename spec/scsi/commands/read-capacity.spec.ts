import { readCapacity10, readCapacity16 } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

describe("READ CAPACITY", () => {
  it("[SBC-3 READ CAPACITY (10)] ReadCapacity10.Simple: the last block and the block size", () => {
    const { status, data } = new SpecUnit().check(readCapacity10.encode({}));
    expect([status, data.toString("hex")]).toEqual([0, "000003e7" + "00000200"]);
  });

  it.each([
    { blockCount: 0xffff_ffff, lastLba: "fffffffe" },
    { blockCount: 0x1_0000_0000, lastLba: "ffffffff" },
    { blockCount: 0x2_0000_0000, lastLba: "ffffffff" },
  ])("$blockCount blocks read as $lastLba in READ CAPACITY (10)", ({ blockCount, lastLba }) => {
    const unit = new SpecUnit({ geometry: { blockCount } });
    expect(unit.check(readCapacity10.encode({})).data.toString("hex")).toBe(lastLba + "00000200");
  });

  it.each([
    { profile: { thin: true, physicalBlockExponent: 3 }, flags: "0003" + "c000" },
    { profile: { thin: false, physicalBlockExponent: 0 }, flags: "0000" + "0000" },
  ])("[SBC-3 READ CAPACITY (16)] ReadCapacity16.Simple: $flags", ({ profile, flags }) => {
    const unit = new SpecUnit({ profile, geometry: { blockCount: 2 ** 33 + 1 } });
    const { data } = unit.check(readCapacity16.encode({ allocationLength: 96 }));
    const expected = "0000000200000000" + "00000200" + flags + "00".repeat(16);
    expect(data.toString("hex")).toBe(expected);
  });

  it.each([0, 1, 15, 31])("ReadCapacity16.Alloclen: %d bytes of it", (allocationLength) => {
    const { status, data } = new SpecUnit().check(readCapacity16.encode({ allocationLength }));
    expect([status, data.length]).toEqual([0, allocationLength]);
  });
});
