import { preFetch10, preFetch16 } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const OUT_OF_RANGE = { status: 2, sense: "5/21/00" };

describe.each([
  { name: "10", row: preFetch10 },
  { name: "16", row: preFetch16 },
])("PRE-FETCH ($name)", ({ name, row }) => {
  it.each([{ immed: false }, { immed: true }, { group: 3 }])(
    `Prefetch${name}.Flags: [SBC-3 PRE-FETCH] reads the blocks, and says GOOD with %j`,
    (fields) => {
      const unit = new SpecUnit();
      const outcome = unit.check(row.encode({ lba: 3, blockCount: 7, ...fields }));
      expect(outcome).toMatchObject(GOOD);
      expect(outcome.task.dataInLength).toBe(0);
      expect(unit.jobs).toEqual(["read 3+7"]);
    },
  );

  it(`Prefetch${name}.ZeroBlocks: [SBC-3 PRE-FETCH] 0 blocks are all to the end`, () => {
    const unit = new SpecUnit();
    expect(unit.check(row.encode({ lba: BLOCK_COUNT - 9 }))).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([`read ${BLOCK_COUNT - 9}+9`]);
  });

  it.each([
    { lba: BLOCK_COUNT - 1, blockCount: 2 },
    { lba: BLOCK_COUNT, blockCount: 0 },
    { lba: 0xffff_ffff, blockCount: 1 },
  ])(`Prefetch${name}.BeyondEol: $blockCount blocks at $lba`, (cdb) => {
    const unit = new SpecUnit();
    expect(unit.check(row.encode(cdb))).toMatchObject(OUT_OF_RANGE);
    expect(unit.jobs).toEqual([]);
  });
});

describe("A long PRE-FETCH", () => {
  const most = limits.transferMax / BLOCK;
  const unit = new SpecUnit({ geometry: { blockCount: 3 * most } });

  it("[SBC-3 Block Limits] is refused beyond MAXIMUM PREFETCH LENGTH", () => {
    expect(unit.check(preFetch16.encode({ blockCount: most }))).toMatchObject(GOOD);
    const { sense } = unit.check(preFetch16.encode({ blockCount: most + 1 }));
    expect(sense).toBe("5/24/00 cdb 10.7");
  });

  it("reads no more than that, though all to the end were asked for", () => {
    unit.jobs.length = 0;
    expect(unit.check(preFetch16.encode({ lba: 5 }))).toMatchObject(GOOD);
    const portion = limits.scanPortionMax / BLOCK;
    expect(unit.jobs).toHaveLength(most / portion);
    expect(unit.jobs.at(-1)).toBe(`read ${5 + most - portion}+${portion}`);
  });
});
