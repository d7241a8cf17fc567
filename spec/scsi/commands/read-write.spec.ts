import { read10, read12, read16, read6, write10, write12, write16, write6 } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { caching } from "../../../lib/scsi/mode-pages/pages";
import { BLOCK, BLOCK_COUNT, type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const OUT_OF_RANGE = { status: 2, sense: "5/21/00" };

const longRows = [
  { name: "10", read: read10, write: write10, field: "7.7" },
  { name: "12", read: read12, write: write12, field: "6.7" },
  { name: "16", read: read16, write: write16, field: "10.7" },
] as const;

function pattern(blocks: number, seed = 1): Buffer {
  return Buffer.from(Array.from({ length: blocks * BLOCK }, (_, at) => (at * 7 + seed) & 0xff));
}

describe.each(longRows)("READ ($name) and WRITE ($name)", ({ name, read, write, field }) => {
  const unit = new SpecUnit();

  /** Both commands, with data for one block or as many as are asked for. */
  function both(cdb: { lba: number; blockCount: number }): Outcome[] {
    const dataOut = Buffer.alloc(Math.min(cdb.blockCount, 8) * BLOCK);
    return [unit.check(read.encode(cdb)), unit.check(write.encode(cdb), { dataOut })];
  }

  it(`Read${name}.Simple: what was written is read back`, () => {
    const dataOut = pattern(8);
    expect(unit.check(write.encode({ lba: 5, blockCount: 8 }), { dataOut })).toMatchObject(GOOD);
    const { data } = unit.check(read.encode({ lba: 5, blockCount: 8 }));
    expect(data).toEqual(dataOut);
  });

  it.each([
    { case: "the last block", lba: BLOCK_COUNT - 1, blockCount: 1, expected: GOOD },
    { case: "one past the last", lba: BLOCK_COUNT, blockCount: 1, expected: OUT_OF_RANGE },
    { case: "across the end", lba: BLOCK_COUNT - 1, blockCount: 2, expected: OUT_OF_RANGE },
    { case: "far beyond", lba: 0xffff_ffff, blockCount: 2, expected: OUT_OF_RANGE },
  ])(`Read${name}.BeyondEol: $case`, ({ lba, blockCount, expected }) => {
    for (const outcome of both({ lba, blockCount })) expect(outcome).toMatchObject(expected);
  });

  it.each([
    { lba: 0, expected: GOOD },
    { lba: BLOCK_COUNT, expected: GOOD },
    { lba: BLOCK_COUNT + 1, expected: OUT_OF_RANGE },
    { lba: 2 ** 31, expected: OUT_OF_RANGE },
    { lba: 0xffff_ffff, expected: OUT_OF_RANGE },
  ])(`Read${name}.ZeroBlocks: no block at LBA $lba`, ({ lba, expected }) => {
    for (const outcome of both({ lba, blockCount: 0 })) expect(outcome).toMatchObject(expected);
  });

  it(`Read${name}.ReadProtect: protection information is refused`, () => {
    for (let protect = 1; protect < 8; protect++) {
      const refused = { status: 2, sense: "5/24/00 cdb 1.7" };
      const range = { lba: 0, blockCount: 1 };
      const dataOut = Buffer.alloc(BLOCK);
      expect(unit.check(read.encode({ ...range, rdprotect: protect }))).toMatchObject(refused);
      const writes = write.encode({ ...range, wrprotect: protect });
      expect(unit.check(writes, { dataOut })).toMatchObject(refused);
    }
  });

  it(`Read${name}.DpoFua: DPO and FUA are taken`, () => {
    for (const flags of [{ dpo: true }, { fua: true }, { dpo: true, fua: true }]) {
      const cdb = { lba: 0, blockCount: 1, ...flags };
      expect(unit.check(read.encode(cdb))).toMatchObject(GOOD);
      const dataOut = Buffer.alloc(BLOCK);
      expect(unit.check(write.encode(cdb), { dataOut })).toMatchObject(GOOD);
    }
  });

  it("[RFC7143 11.4.5.1] of more than the initiator expects passes, or fails by profile", () => {
    const cdb = { lba: 0, blockCount: 2 };
    const refused = { status: 2, sense: `5/24/00 cdb ${field}` };
    for (const [refusesOverflow, expected] of [
      [false, GOOD],
      [true, refused],
    ] as const) {
      const other = new SpecUnit({ profile: { refusesOverflow } });
      expect(other.check(read.encode(cdb), { dataInMax: BLOCK })).toMatchObject(expected);
      const dataOut = Buffer.alloc(BLOCK);
      expect(other.check(write.encode(cdb), { dataOut })).toMatchObject(expected);
      expect(other.check(read.encode(cdb), { dataInMax: 2 * BLOCK })).toMatchObject(GOOD);
    }
  });

  it("[SBC-3 Block Limits] more than MAXIMUM TRANSFER LENGTH is refused, after the range", () => {
    const most = limits.transferMax / BLOCK;
    const large = new SpecUnit({ geometry: { blockCount: 100_000 } });
    const read1 = (lba: number): Outcome =>
      large.check(read.encode({ lba, blockCount: most + 1 }), { dataInMax: BLOCK });
    expect(read1(0)).toMatchObject({ sense: `5/24/00 cdb ${field}` });
    expect(read1(99_999)).toMatchObject(OUT_OF_RANGE);
  });
});

describe("READ (6) and WRITE (6)", () => {
  const unit = new SpecUnit();

  it("[SBC-3 READ (6)] Read6.Simple: a TRANSFER LENGTH of 0 means 256 blocks", () => {
    const dataOut = pattern(256);
    const cdb = { lba: 3, blockCount: 0 };
    expect(unit.check(write6.encode(cdb), { dataOut })).toMatchObject(GOOD);
    expect(unit.check(read6.encode(cdb)).data).toEqual(dataOut);
    expect(unit.jobs).toEqual(["write 3+256 fua", "read 3+256"]);
  });

  it("Read6.BeyondEol: across the end", () => {
    const cdb = { lba: BLOCK_COUNT - 255, blockCount: 0 };
    expect(unit.check(read6.encode(cdb))).toMatchObject(OUT_OF_RANGE);
  });
});

describe("residuals", () => {
  it("[RFC7143 11.4.5.1] a READ the initiator has less room for is GOOD and reads no more", () => {
    const unit = new SpecUnit();
    const cdb = read10.encode({ lba: 0, blockCount: 4 });
    const { status, task } = unit.check(cdb, { dataInMax: BLOCK + 1 });
    expect([status, task.dataInLength]).toEqual([0, 4 * BLOCK]);
    expect(unit.jobs).toEqual(["read 0+2"]);
  });

  it.each([
    { announced: 0, written: 0 },
    { announced: 200, written: 0 },
    { announced: BLOCK, written: 1 },
    { announced: BLOCK + 200, written: 1 },
    { announced: 2 * BLOCK, written: 2 },
    { announced: 10_000, written: 2 },
  ])("a WRITE of 2 blocks with $announced bytes writes $written", ({ announced, written }) => {
    const unit = new SpecUnit();
    const dataOut = Buffer.alloc(announced, 0xa5);
    const cdb = write10.encode({ lba: 0, blockCount: 2 });
    expect(unit.check(cdb, { dataOut })).toMatchObject(GOOD);
    const { data } = unit.check(read10.encode({ lba: 0, blockCount: 3 }));
    const expected = Buffer.alloc(3 * BLOCK).fill(0xa5, 0, written * BLOCK);
    expect(data).toEqual(expected);
  });
});

describe("stable storage", () => {
  it.each([
    { cache: true, fua: false, job: "write 0+1" },
    { cache: true, fua: true, job: "write 0+1 fua" },
    { cache: false, fua: false, job: "write 0+1 fua" },
  ])("[SBC-3 Caching] WCE $cache and FUA $fua make $job", ({ cache, fua, job }) => {
    const unit = new SpecUnit({ can: { volatileCache: cache } });
    const cdb = write10.encode({ lba: 0, blockCount: 1, fua });
    unit.check(cdb, { dataOut: Buffer.alloc(BLOCK) });
    expect(unit.jobs).toEqual([job]);
  });

  it.each([
    { cache: true, jobs: ["flush 7+2", "read 7+2"] },
    { cache: false, jobs: ["read 7+2"] },
  ])("[SBC-3 Caching, RCD] a READ reads the medium, where cached first: $jobs", (row) => {
    const unit = new SpecUnit({ can: { volatileCache: row.cache } });
    const page = unit.unit.modePages.read(caching, "current");
    page[2] = (page[2] as number) | 0x01;
    unit.unit.modePages.write(new Map([[caching, page]]));
    unit.check(read10.encode({ lba: 7, blockCount: 2 }));
    expect(unit.jobs).toEqual(row.jobs);
  });

  it("[SBC-3 READ (10)] a READ with FUA brings what is cached to the medium first", () => {
    const unit = new SpecUnit({ can: { volatileCache: true } });
    unit.check(read10.encode({ lba: 7, blockCount: 2, fua: true }));
    expect(unit.jobs).toEqual(["flush 7+2", "read 7+2"]);
  });
});
