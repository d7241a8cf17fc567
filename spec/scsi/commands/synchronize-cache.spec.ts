import { synchronizeCache10, synchronizeCache16 } from "node-scsi-cdb";
import { BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };

describe.each([
  { name: "10", row: synchronizeCache10 },
  { name: "16", row: synchronizeCache16 },
])("SYNCHRONIZE CACHE ($name)", ({ row }) => {
  it.each([
    { cdb: { lba: 0, blockCount: 0 }, job: "flush 0+0" },
    { cdb: { lba: 5, blockCount: 7 }, job: "flush 5+7" },
    { cdb: { lba: BLOCK_COUNT - 1, blockCount: 1, immed: true }, job: "flush 999+1" },
  ])("[SBC-3 SYNCHRONIZE CACHE] $cdb flushes: $job", ({ cdb, job }) => {
    const unit = new SpecUnit();
    expect(unit.check(row.encode(cdb))).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([job]);
  });

  it.each([
    { lba: BLOCK_COUNT, blockCount: 0 },
    { lba: BLOCK_COUNT - 1, blockCount: 2 },
  ])("$blockCount blocks at $lba are out of range", (cdb) => {
    expect(new SpecUnit().check(row.encode(cdb))).toMatchObject({ sense: "5/21/00" });
  });
});
