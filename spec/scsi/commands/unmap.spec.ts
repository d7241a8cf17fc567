import { read10, unmap, write10 } from "node-scsi-cdb";
import { BLOCK, BLOCK_COUNT, type Outcome, SpecUnit } from "../support/unit";

type Range = readonly [lba: number, blockCount: number];

/** An UNMAP parameter list as SBC-3 has it. */
function listOf(ranges: readonly Range[]): Buffer {
  const list = Buffer.alloc(8 + 16 * ranges.length);
  list.writeUInt16BE(list.length - 2, 0);
  list.writeUInt16BE(list.length - 8, 2);
  ranges.forEach(([lba, blockCount], index) => {
    list.writeBigUInt64BE(BigInt(lba), 8 + 16 * index);
    list.writeUInt32BE(blockCount, 16 + 16 * index);
  });
  return list;
}

function send(unit: SpecUnit, list: Buffer, parameterListLength = list.length): Outcome {
  return unit.check(unmap.encode({ parameterListLength }), { dataOut: list });
}

describe("UNMAP", () => {
  it("[SBC-3 UNMAP] Unmap.Simple: the blocks read as zeros, their neighbours stay", () => {
    const unit = new SpecUnit();
    const dataOut = Buffer.alloc(8 * BLOCK, 0xff);
    unit.check(write10.encode({ lba: 0, blockCount: 8 }), { dataOut });
    expect(send(unit, listOf([[2, 1], [4, 3]]))).toMatchObject({ status: 0 }); // prettier-ignore
    const { data } = unit.check(read10.encode({ lba: 0, blockCount: 8 }));
    const set = Array.from({ length: 8 }, (_, block) => data[block * BLOCK] === 0xff);
    expect(set).toEqual([true, true, false, true, false, false, false, true]);
  });

  it.each([
    { what: "no list", list: Buffer.alloc(0), jobs: [] },
    { what: "no descriptors", list: listOf([]), jobs: [] },
    { what: "0 blocks at the end", list: listOf([[BLOCK_COUNT, 0]]), jobs: [] },
    {
      what: "overlapping ranges of 0 and of 2 blocks",
      list: listOf([[1, 0], [1, 2], [1, 0], [2, 2]]), // prettier-ignore
      jobs: ["unmap 1+2 fua", "unmap 2+2 fua"],
    },
    {
      what: "a descriptor that is not whole",
      list: (() => {
        const list = listOf([[1, 1], [5, 1]]); // prettier-ignore
        list.writeUInt16BE(31, 2);
        return list;
      })(),
      jobs: ["unmap 1+1 fua"],
    },
  ])("Unmap.ZeroBlocks: $what is GOOD", ({ list, jobs }) => {
    const unit = new SpecUnit();
    expect(send(unit, list)).toMatchObject({ status: 0, sense: null });
    expect(unit.jobs).toEqual(jobs);
  });

  it("takes as many descriptors as the Block Limits page says", () => {
    const ranges = Array.from({ length: 256 }, (_, lba): Range => [lba, 1]);
    const unit = new SpecUnit();
    expect(send(unit, listOf(ranges))).toMatchObject({ status: 0 });
    expect(unit.jobs.length).toBe(256);
    expect(send(unit, listOf([...ranges, [0, 1]]))).toMatchObject({ sense: "5/26/00 data 2.7" });
  });

  it.each([
    { what: "a list shorter than its header", list: Buffer.alloc(7), sense: "5/1a/00" },
    { what: "a list cut within", list: listOf([[0, 1]]).subarray(0, 20), sense: "5/1a/00" },
    { what: "a range across the end", list: listOf([[1, 1], [BLOCK_COUNT, 1]]), sense: "5/21/00" }, // prettier-ignore
    { what: "an LBA of 64 bits", list: listOf([[2 ** 63, 0]]), sense: "5/21/00" },
  ])("refuses $what, and unmaps nothing", ({ list, sense }) => {
    const unit = new SpecUnit();
    expect(send(unit, list)).toMatchObject({ status: 2, sense });
    expect(unit.jobs).toEqual([]);
  });

  it("[SBC-3 Block Limits] refuses more blocks than MAXIMUM UNMAP LBA COUNT in all", () => {
    const unit = new SpecUnit({ geometry: { blockCount: 2 ** 22 } });
    const most = 2 ** 20;
    expect(send(unit, listOf([[0, most]]))).toMatchObject({ status: 0 });
    const list = listOf([[0, most], [most, 1]]); // prettier-ignore
    expect(send(unit, list)).toMatchObject({ sense: "5/26/00 data 32.7" });
  });

  it("cannot anchor", () => {
    const cdb = unmap.encode({ anchor: true });
    expect(new SpecUnit().check(cdb)).toMatchObject({ sense: "5/24/00 cdb 1.0" });
  });

  it.each([
    { profile: { thin: false }, can: {} },
    { profile: {}, can: { unmap: false } },
  ])("is no command of a unit with $profile $can", (options) => {
    const outcome = new SpecUnit(options).check(unmap.encode({}));
    expect(outcome).toMatchObject({ status: 2, sense: "5/20/00" });
  });
});
