import { read10, writeSame10, writeSame16 } from "node-scsi-cdb";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const ones = Buffer.alloc(BLOCK, 0xff);
const zeros = Buffer.alloc(BLOCK);

describe.each([
  { name: "10", row: writeSame10, count: "7.7" },
  { name: "16", row: writeSame16, count: "10.7" },
])("WRITE SAME ($name)", ({ name, row, count }) => {
  it(`WriteSame${name}.Simple: repeats one block`, () => {
    const unit = new SpecUnit();
    expect(unit.check(row.encode({ lba: 3, blockCount: 4 }), { dataOut: ones })).toMatchObject(
      GOOD,
    );
    const { data } = unit.check(read10.encode({ lba: 2, blockCount: 6 }));
    expect(data).toEqual(Buffer.alloc(6 * BLOCK).fill(0xff, BLOCK, 5 * BLOCK));
  });

  it.each([
    { unmap: true, dataOut: zeros, job: "unmap 0+4 fua" },
    { unmap: true, dataOut: ones, job: "write-same 0+4 fua" },
    { unmap: false, dataOut: zeros, job: "write-same 0+4 fua" },
  ])(`WriteSame${name}.Unmap: UNMAP $unmap makes $job`, ({ unmap, dataOut, job }) => {
    const unit = new SpecUnit();
    const cdb = row.encode({ lba: 0, blockCount: 4, unmap });
    expect(unit.check(cdb, { dataOut })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([job]);
  });

  it.each([
    { what: "BeyondEol", cdb: { lba: BLOCK_COUNT - 1, blockCount: 2 }, sense: "5/21/00" },
    { what: "ZeroBlocks (WSNZ)", cdb: { lba: 0, blockCount: 0 }, sense: `5/24/00 cdb ${count}` },
    { what: "no block at the end", cdb: { lba: BLOCK_COUNT, blockCount: 0 }, sense: "5/21/00" },
    { what: "no block far beyond", cdb: { lba: 2 ** 31, blockCount: 0 }, sense: "5/21/00" },
    { what: "WriteProtect", cdb: { blockCount: 1, wrprotect: 1 }, sense: "5/24/00 cdb 1.7" },
    { what: "ANCHOR", cdb: { blockCount: 1, anchor: true }, sense: "5/24/00 cdb 1.4" },
    {
      what: "ANCHOR and UNMAP",
      cdb: { blockCount: 1, anchor: true, unmap: true },
      sense: "5/24/00 cdb 1.4",
    },
  ])(`WriteSame${name}: $what is refused`, ({ cdb, sense }) => {
    const unit = new SpecUnit();
    expect(unit.check(row.encode(cdb), { dataOut: ones })).toMatchObject({ status: 2, sense });
  });

  it(`[SBC-3 WRITE SAME] WriteSame${name}.ZeroBlocks: 0 blocks are all to the end, if not thin`, () => {
    const unit = new SpecUnit({ profile: { thin: false } });
    const cdb = row.encode({ lba: BLOCK_COUNT - 3, blockCount: 0 });
    expect(unit.check(cdb, { dataOut: ones })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["write-same 997+3 fua"]);
  });

  it("[SBC-3 Block Limits] refuses more than MAXIMUM WRITE SAME LENGTH", () => {
    const unit = new SpecUnit({ geometry: { blockCount: 100_000 } });
    const most = row.encode({ blockCount: 0x8000 });
    expect(unit.check(most, { dataOut: zeros })).toMatchObject(GOOD);
    const more = row.encode({ blockCount: 0x8001 });
    expect(unit.check(more, { dataOut: zeros })).toMatchObject({ sense: `5/24/00 cdb ${count}` });
  });

  it.each([0, BLOCK / 2, 2 * BLOCK])(
    `WriteSame${name}.InvalidDataOutSize: %d bytes are not one block`,
    (length) => {
      const unit = new SpecUnit();
      const cdb = row.encode({ blockCount: 1, unmap: true });
      expect(unit.check(cdb, { dataOut: Buffer.alloc(length) })).toMatchObject({ status: 2 });
      expect(unit.jobs).toEqual([]);
    },
  );

  it("refuses UNMAP where blocks cannot be unmapped", () => {
    const unit = new SpecUnit({ profile: { thin: false } });
    const cdb = row.encode({ blockCount: 1, unmap: true });
    expect(unit.check(cdb, { dataOut: zeros })).toMatchObject({ sense: "5/24/00 cdb 1.3" });
  });
});

describe("WRITE SAME (16) with NDOB", () => {
  it.each([
    { unmap: true, job: "unmap 8+2 fua" },
    { unmap: false, job: "write-same 8+2 fua" },
  ])("[SBC-3 WRITE SAME (16)] needs no data: UNMAP $unmap makes $job", ({ unmap, job }) => {
    const unit = new SpecUnit();
    const cdb = writeSame16.encode({ lba: 8, blockCount: 2, ndob: true, unmap });
    expect(unit.check(cdb)).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([job]);
  });
});
