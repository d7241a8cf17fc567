import { read16, reportSupportedOperationCodes as rsoc, writeAtomic16 as row } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const OUT_OF_RANGE = { status: 2, sense: "5/21/00" };

const filled = (blocks: number): Buffer => Buffer.alloc(blocks * BLOCK, 0xa5);

describe("WRITE ATOMIC (16)", () => {
  it("WriteAtomic16.Simple: [SBC-4 WRITE ATOMIC (16)] writes all blocks by one job", () => {
    const unit = new SpecUnit();
    const dataOut = filled(300);
    expect(unit.check(row.encode({ lba: 7, blockCount: 300 }), { dataOut })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["write-atomic 7+300 fua"]);
    const { data } = unit.check(read16.encode({ lba: 6, blockCount: 302 }));
    expect(data).toEqual(Buffer.concat([Buffer.alloc(BLOCK), dataOut, Buffer.alloc(BLOCK)]));
  });

  it("WriteAtomic16.DpoFua: DPO and FUA are taken", () => {
    const unit = new SpecUnit({ can: { volatileCache: true } });
    for (const flags of [{ dpo: true }, { fua: true }]) {
      const cdb = row.encode({ blockCount: 1, ...flags });
      expect(unit.check(cdb, { dataOut: filled(1) })).toMatchObject(GOOD);
    }
    expect(unit.jobs).toEqual(["write-atomic 0+1", "write-atomic 0+1 fua"]);
  });

  it.each([
    { lba: BLOCK_COUNT - 1, blockCount: 1, expected: GOOD },
    { lba: BLOCK_COUNT - 1, blockCount: 2, expected: OUT_OF_RANGE },
    { lba: BLOCK_COUNT, blockCount: 0, expected: GOOD },
    { lba: BLOCK_COUNT + 1, blockCount: 0, expected: OUT_OF_RANGE },
    { lba: 2 ** 63, blockCount: 1, expected: OUT_OF_RANGE },
  ])("WriteAtomic16.BeyondEol: $blockCount blocks at $lba", ({ lba, blockCount, expected }) => {
    const dataOut = filled(blockCount);
    const outcome = new SpecUnit().check(row.encode({ lba, blockCount }), { dataOut });
    expect(outcome).toMatchObject(expected);
  });

  it.each([
    { what: "WRPROTECT", cdb: { wrprotect: 1 }, blocks: 2, sense: "5/24/00 cdb 1.7" },
    { what: "ATOMIC BOUNDARY", cdb: { atomicBoundary: 8 }, blocks: 2, sense: "5/24/00 cdb 10.7" },
    { what: "data for fewer blocks", cdb: {}, blocks: 1, sense: "5/24/00 cdb 12.7" },
  ])("[SBC-4 WRITE ATOMIC (16)] refuses $what", ({ cdb, blocks, sense }) => {
    const unit = new SpecUnit();
    const outcome = unit.check(row.encode({ blockCount: 2, ...cdb }), { dataOut: filled(blocks) });
    expect(outcome).toMatchObject({ status: 2, sense });
    expect(unit.jobs).toEqual([]);
  });

  it("[SBC-4 Block Limits] is bounded by MAXIMUM ATOMIC TRANSFER LENGTH, 256 blocks at least", () => {
    const most = limits.atomicWriteMax / BLOCK;
    expect(limits.atomicWriteMax / 4096).toBeGreaterThanOrEqual(256);
    const unit = new SpecUnit({ geometry: { blockCount: most + 1 } });
    const write = (blockCount: number): string | null =>
      unit.check(row.encode({ blockCount }), { dataOut: filled(blockCount) }).sense;
    expect([write(most), write(most + 1)]).toEqual([null, "5/24/00 cdb 12.7"]);
  });

  it("is refused on a write-protected unit", () => {
    const unit = new SpecUnit({ profile: { readOnly: true } });
    const outcome = unit.check(row.encode({ blockCount: 1 }), { dataOut: filled(1) });
    expect(outcome).toMatchObject({ status: 2, sense: "7/27/00" });
  });

  it("is neither run nor reported where the store does not keep what it promises", () => {
    const unit = new SpecUnit({ can: { atomicWrites: false } });
    const outcome = unit.check(row.encode({ blockCount: 1 }), { dataOut: filled(1) });
    expect(outcome).toMatchObject({ status: 2, sense: "5/20/00" });
    const asked = { reportingOptions: 1, requestedOperationCode: row.opcode };
    const { data } = unit.check(rsoc.encode({ ...asked, allocationLength: 255 }));
    expect((data[1] as number) & 7).toBe(1);
  });
});
