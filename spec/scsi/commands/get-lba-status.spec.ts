import { getLbaStatus as row, unmap, write10 } from "node-scsi-cdb";
import { Prng } from "../../../lib/base/prng";
import { limits } from "../../../lib/base/limits";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const PORTION = limits.scanPortionMax / BLOCK;

/** `first+count mapped`, one for each descriptor. */
function statusOf(unit: SpecUnit, lba: number, allocationLength = 4096): string[] {
  const { data, status } = unit.check(row.encode({ lba, allocationLength }));
  expect(status).toBe(0);
  const count = (data.length - 8) / 16;
  return Array.from({ length: count }, (_, index) => {
    const at = 8 + 16 * index;
    const state = ["mapped", "deallocated"][data[at + 12] as number];
    return `${data.readBigUInt64BE(at)}+${data.readUInt32BE(at + 8)} ${state}`;
  });
}

function write(unit: SpecUnit, lba: number, blockCount: number, byte: number): void {
  const dataOut = Buffer.alloc(blockCount * BLOCK, byte);
  expect(unit.check(write10.encode({ lba, blockCount }), { dataOut }).status).toBe(0);
}

describe("GET LBA STATUS", () => {
  it("[SBC-4 GET LBA STATUS] tells blocks that hold anything from those of zeros", () => {
    const unit = new SpecUnit();
    write(unit, 3, 2, 0xaa);
    write(unit, 7, 1, 0xaa);
    write(unit, 8, 1, 0);
    const rest = `8+${PORTION - 8} deallocated`;
    expect(statusOf(unit, 0)).toEqual([
      ...["0+3 deallocated", "3+2 mapped", "5+2 deallocated", "7+1 mapped"],
      rest,
    ]);
    expect(statusOf(unit, 4)[0]).toBe("4+1 mapped");
  });

  it("GetLBAStatus.UnmapSingle: what is unmapped is deallocated, its neighbours are not", () => {
    const unit = new SpecUnit();
    write(unit, 0, 64, 0xaa);
    const list = Buffer.from(
      "0016001000000000" + "000000000000000a" + "00000001" + "00000000",
      "hex",
    );
    unit.check(unmap.encode({ parameterListLength: list.length }), { dataOut: list });
    expect(statusOf(unit, 10)[0]).toBe("10+1 deallocated");
    expect(statusOf(unit, 11)[0]).toBe("11+53 mapped");
  });

  it("goes on while all is zeros, in one descriptor, to the end of the medium", () => {
    const blockCount = 5 * PORTION + 3;
    const unit = new SpecUnit({ geometry: { blockCount } });
    expect(statusOf(unit, 1, 24)).toEqual([`1+${blockCount - 1} deallocated`]);
    expect(unit.jobs.length).toBe(6);
  });

  it("goes no further than the portion that holds something", () => {
    const unit = new SpecUnit({ geometry: { blockCount: 8 * PORTION } });
    write(unit, 2 * PORTION + 1, 1, 1);
    unit.jobs.length = 0;
    expect(statusOf(unit, 0)).toEqual([
      `0+${2 * PORTION + 1} deallocated`,
      `${2 * PORTION + 1}+1 mapped`,
      `${2 * PORTION + 2}+${PORTION - 2} deallocated`,
    ]);
    expect(unit.jobs.length).toBe(3);
  });

  it.each([
    { allocationLength: 24, most: limits.lbaStatusLength },
    { allocationLength: 4096, most: limits.lbaStatusMax },
  ])("looks at no more than $most bytes for $allocationLength", ({ allocationLength, most }) => {
    const unit = new SpecUnit({ geometry: { blockCount: (3 * limits.lbaStatusMax) / BLOCK } });
    expect(statusOf(unit, 7, allocationLength)).toEqual([`7+${most / BLOCK} deallocated`]);
  });

  it.each([0, 8, 23, 24, 39, 40])(
    "cuts its data to %i bytes, and tells of one at least",
    (length) => {
      const unit = new SpecUnit();
      write(unit, 1, 1, 1);
      const { data } = unit.check(row.encode({ lba: 0, allocationLength: length }));
      const whole = unit.check(row.encode({ lba: 0, allocationLength: Math.max(24, length) })).data;
      expect(data).toEqual(whole.subarray(0, length));
      expect(whole.readUInt32BE(0)).toBe(4 + 16 * Math.max(1, Math.floor((length - 8) / 16)));
    },
  );

  it.each([BLOCK_COUNT, BLOCK_COUNT + 1, 2 ** 63, 2 ** 64 - 2048])(
    "GetLBAStatus.BeyondEol: block %i is out of range",
    (lba) => {
      const cdb = Buffer.from(row.encode({ allocationLength: 24 }));
      cdb.writeBigUInt64BE(BigInt(lba), 2);
      expect(new SpecUnit().check(cdb)).toMatchObject({ status: 2, sense: "5/21/00" });
    },
  );

  it("is no command of a unit that is not thin", () => {
    const thick = new SpecUnit({ profile: { thin: false } });
    expect(thick.check(row.encode({})).status).toBe(2);
  });

  it.each([1, 2, 3])("covers every block once, whatever was written (seed %i)", (seed) => {
    const prng = new Prng(seed);
    const blockCount = 3 * PORTION;
    const unit = new SpecUnit({ geometry: { blockCount } });
    const expected = Array.from({ length: blockCount }, () => "deallocated");
    for (let round = 0; round < 20; round++) {
      const lba = prng.below(blockCount - 40);
      const count = 1 + prng.below(40);
      const byte = prng.below(2);
      write(unit, lba, count, byte);
      expected.fill(byte === 0 ? "deallocated" : "mapped", lba, lba + count);
    }
    const found: string[] = [];
    while (found.length < blockCount) {
      for (const line of statusOf(unit, found.length, prng.pick([24, 56, 4096]))) {
        const [, first, count, state] = /(\d+)\+(\d+) (\w+)/.exec(line) as unknown as string[];
        expect(Number(first)).toBe(found.length);
        for (let index = 0; index < Number(count); index++) found.push(state as string);
      }
    }
    expect(found).toEqual(expected);
  });
});
