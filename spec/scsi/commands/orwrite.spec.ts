import { orwrite16 as row, read16, write16 } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const OUT_OF_RANGE = { status: 2, sense: "5/21/00" };

const filled = (blocks: number, byte: number): Buffer => Buffer.alloc(blocks * BLOCK, byte);

describe("ORWRITE (16)", () => {
  it("OrWrite.Simple: [SBC-3 ORWRITE (16)] sets the bits that the data has, and clears none", () => {
    const unit = new SpecUnit();
    unit.check(write16.encode({ lba: 7, blockCount: 2 }), { dataOut: filled(2, 0x51) });
    const cdb = row.encode({ lba: 6, blockCount: 3 });
    expect(unit.check(cdb, { dataOut: filled(3, 0x32) })).toMatchObject(GOOD);
    const { data } = unit.check(read16.encode({ lba: 5, blockCount: 5 }));
    const expected = [filled(1, 0), filled(1, 0x32), filled(2, 0x73), filled(1, 0)];
    expect(data).toEqual(Buffer.concat(expected));
  });

  it("is one job, so that nobody comes between; on stable storage where there is no cache", () => {
    const unit = new SpecUnit();
    unit.check(row.encode({ lba: 6, blockCount: 3 }), { dataOut: filled(3, 1) });
    expect(unit.jobs).toEqual(["or-write 6+3 fua"]);
  });

  it("leaves the blocks in the cache of a unit that has one, unless FUA says otherwise", () => {
    const unit = new SpecUnit({ can: { volatileCache: true } });
    unit.check(row.encode({ blockCount: 1 }), { dataOut: filled(1, 1) });
    unit.check(row.encode({ blockCount: 1, fua: true, dpo: true }), { dataOut: filled(1, 1) });
    expect(unit.jobs).toEqual(["or-write 0+1", "or-write 0+1 fua"]);
  });

  it.each([
    { lba: BLOCK_COUNT - 1, blockCount: 1, expected: GOOD },
    { lba: BLOCK_COUNT - 1, blockCount: 2, expected: OUT_OF_RANGE },
    { lba: BLOCK_COUNT, blockCount: 0, expected: GOOD },
    { lba: BLOCK_COUNT + 1, blockCount: 0, expected: OUT_OF_RANGE },
    { lba: 2 ** 63, blockCount: 1, expected: OUT_OF_RANGE },
  ])("OrWrite.BeyondEol: $blockCount blocks at $lba", ({ lba, blockCount, expected }) => {
    const dataOut = filled(blockCount, 1);
    expect(new SpecUnit().check(row.encode({ lba, blockCount }), { dataOut })).toMatchObject(
      expected,
    );
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("OrWrite.Protect: ORPROTECT %d is refused", (orprotect) => {
    const unit = new SpecUnit();
    const outcome = unit.check(row.encode({ blockCount: 1, orprotect }), { dataOut: filled(1, 1) });
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 1.7" });
    expect(unit.jobs).toEqual([]);
  });

  it("[SBC-3 Block Limits] is bounded by MAXIMUM TRANSFER LENGTH", () => {
    const blockCount = limits.transferMax / BLOCK + 1;
    const unit = new SpecUnit({ geometry: { blockCount } });
    const outcome = unit.check(row.encode({ blockCount }), { dataOut: filled(1, 1) });
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 10.7" });
  });

  it("[RFC7143 11.4.5.1] takes the whole blocks that came", () => {
    const unit = new SpecUnit();
    const cdb = row.encode({ blockCount: 3 });
    const dataOut = filled(2, 1).subarray(0, BLOCK + 9);
    expect(unit.check(cdb, { dataOut })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["or-write 0+1 fua"]);
  });

  it("OrWrite.WriteProtect: is refused on a write-protected unit", () => {
    const unit = new SpecUnit({ profile: { readOnly: true } });
    const outcome = unit.check(row.encode({ blockCount: 1 }), { dataOut: filled(1, 1) });
    expect(outcome).toMatchObject({ status: 2, sense: "7/27/00" });
  });
});
