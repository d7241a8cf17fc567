import { compareAndWrite as row, read10, write10 } from "node-scsi-cdb";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const zeros = (blocks: number): Buffer => Buffer.alloc(blocks * BLOCK);
const ones = (blocks: number): Buffer => Buffer.alloc(blocks * BLOCK, 1);

describe("COMPARE AND WRITE", () => {
  it.each([1, 3, 255])("[SBC-3 COMPARE AND WRITE] swaps %d blocks", (blockCount) => {
    const unit = new SpecUnit();
    const dataOut = Buffer.concat([zeros(blockCount), ones(blockCount)]);
    expect(unit.check(row.encode({ lba: 5, blockCount }), { dataOut })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([`compare-and-write 5+${blockCount} fua`]);
    const { data } = unit.check(read10.encode({ lba: 4, blockCount: blockCount + 2 }));
    expect(data).toEqual(Buffer.concat([zeros(1), ones(blockCount), zeros(1)]));
  });

  it("[SBC-3 COMPARE AND WRITE] tells where blocks differ, and writes none", () => {
    const unit = new SpecUnit();
    unit.check(write10.encode({ lba: 8, blockCount: 2 }), { dataOut: ones(2) });
    const expected = ones(2);
    expected[BLOCK + 7] = 9;
    const cdb = row.encode({ lba: 8, blockCount: 2 });
    const outcome = unit.check(cdb, { dataOut: Buffer.concat([expected, zeros(2)]) });
    expect(outcome).toMatchObject({ status: 2, sense: "e/1d/00" });
    expect(outcome.task.sense?.information).toBe(BLOCK + 7);
    expect(unit.check(read10.encode({ lba: 8, blockCount: 2 })).data).toEqual(ones(2));
  });

  it("leaves the blocks in the cache of a unit that has one, unless FUA says otherwise", () => {
    const unit = new SpecUnit({ can: { volatileCache: true } });
    const dataOut = Buffer.concat([zeros(1), zeros(1)]);
    unit.check(row.encode({ blockCount: 1 }), { dataOut });
    unit.check(row.encode({ blockCount: 1, fua: true }), { dataOut });
    expect(unit.jobs).toEqual(["compare-and-write 0+1", "compare-and-write 0+1 fua"]);
  });

  it("[SBC-3 COMPARE AND WRITE] does nothing with 0 blocks", () => {
    const unit = new SpecUnit();
    expect(unit.check(row.encode({ lba: BLOCK_COUNT }))).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([]);
  });

  it.each([
    {
      what: "WRPROTECT",
      cdb: { blockCount: 1, wrprotect: 1 },
      blocks: 2,
      sense: "5/24/00 cdb 1.7",
    },
    {
      what: "a range across the end",
      cdb: { lba: BLOCK_COUNT - 1, blockCount: 2 },
      blocks: 4,
      sense: "5/21/00",
    },
    { what: "0 blocks beyond the end", cdb: { lba: BLOCK_COUNT + 1 }, blocks: 0, sense: "5/21/00" },
    { what: "data for more blocks", cdb: { blockCount: 1 }, blocks: 4, sense: "5/24/00 cdb 13.7" },
    { what: "data for fewer blocks", cdb: { blockCount: 3 }, blocks: 4, sense: "5/24/00 cdb 13.7" },
    { what: "no second half", cdb: { blockCount: 1 }, blocks: 1, sense: "5/24/00 cdb 13.7" },
  ])("refuses $what", ({ cdb, blocks, sense }) => {
    const unit = new SpecUnit();
    const outcome = unit.check(row.encode(cdb), { dataOut: zeros(blocks) });
    expect(outcome).toMatchObject({ status: 2, sense });
    expect(unit.jobs).toEqual([]);
  });

  it("is refused on a write-protected unit", () => {
    const unit = new SpecUnit({ profile: { readOnly: true } });
    const outcome = unit.check(row.encode({ blockCount: 1 }), { dataOut: zeros(2) });
    expect(outcome).toMatchObject({ status: 2, sense: "7/27/00" });
  });
});
