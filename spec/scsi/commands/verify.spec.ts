import { verify10, verify12, verify16, write16, writeSame16 } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { diskCommands } from "../../../lib/scsi/commands/index";
import { Bench } from "../support/bench";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const OUT_OF_RANGE = { status: 2, sense: "5/21/00" };
const MISCOMPARE = { status: 2, sense: "e/1d/00" };

/** BYTCHK */
const [NOTHING, ALL_BLOCKS, RESERVED, ONE_BLOCK] = [0, 1, 2, 3];

const rows = [
  { name: "10", row: verify10, field: "7.7" },
  { name: "12", row: verify12, field: "6.7" },
  { name: "16", row: verify16, field: "10.7" },
] as const;

function pattern(blocks: number): Buffer {
  return Buffer.from(Array.from({ length: blocks * BLOCK }, (_, at) => (at * 7 + 1) & 0xff));
}

/** Of `blockCount` blocks, the pattern written to the first few. */
function unitWith(
  blocks: number,
  options: ConstructorParameters<typeof SpecUnit>[0] = {},
): SpecUnit {
  const unit = new SpecUnit(options);
  unit.check(write16.encode({ blockCount: blocks }), { dataOut: pattern(blocks) });
  unit.jobs.length = 0;
  return unit;
}

describe.each(rows)("VERIFY ($name)", ({ name, row, field }) => {
  it(`Verify${name}.Simple: [SBC-3 VERIFY] reads the blocks, and takes and gives no data`, () => {
    const unit = unitWith(4);
    const outcome = unit.check(row.encode({ lba: 2, blockCount: 5 }), { dataOut: pattern(5) });
    expect(outcome).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["read 2+5"]);
    const { dataInLength, dataOutLength, dataIn } = outcome.task;
    expect({ dataInLength, dataOutLength, dataIn }).toEqual({
      dataInLength: 0,
      dataOutLength: 0,
      dataIn: [],
    });
  });

  it.each([
    { lba: BLOCK_COUNT - 1, blockCount: 1, expected: GOOD },
    { lba: BLOCK_COUNT - 1, blockCount: 2, expected: OUT_OF_RANGE },
    { lba: BLOCK_COUNT, blockCount: 0, expected: GOOD },
    { lba: BLOCK_COUNT + 1, blockCount: 0, expected: OUT_OF_RANGE },
    { lba: 0xffff_ffff, blockCount: 1, expected: OUT_OF_RANGE },
  ])(`Verify${name}.BeyondEol: $blockCount blocks at $lba`, ({ lba, blockCount, expected }) => {
    const unit = new SpecUnit();
    for (const bytchk of [NOTHING, ALL_BLOCKS, ONE_BLOCK]) {
      const dataOut = Buffer.alloc(blockCount * BLOCK);
      const outcome = unit.check(row.encode({ lba, blockCount, bytchk }), { dataOut });
      expect(outcome).toMatchObject(expected);
    }
  });

  it("[SBC-3 VERIFY] BYTCHK 1 compares all blocks with Data-Out", () => {
    const unit = unitWith(3);
    const cdb = row.encode({ blockCount: 3, bytchk: ALL_BLOCKS });
    expect(unit.check(cdb, { dataOut: pattern(3) })).toMatchObject(GOOD);
  });

  it.each([0, 299, 300, BLOCK, 3 * BLOCK - 1])(
    `Verify${name}.Mismatch: [SBC-3 VERIFY] BYTCHK 1 tells that byte %d differs`,
    (at) => {
      const unit = unitWith(3);
      const dataOut = pattern(3);
      dataOut[at] = (dataOut[at] as number) ^ 0x40;
      const outcome = unit.check(row.encode({ blockCount: 3, bytchk: ALL_BLOCKS }), { dataOut });
      expect(outcome).toMatchObject(MISCOMPARE);
      expect(outcome.task.sense?.information).toBe(at);
    },
  );

  it("[SBC-3 VERIFY] BYTCHK 3 compares each block with the one of Data-Out", () => {
    const unit = new SpecUnit();
    const dataOut = pattern(1);
    unit.check(writeSame16.encode({ lba: 10, blockCount: 6 }), { dataOut });
    const cdb = row.encode({ lba: 10, blockCount: 6, bytchk: ONE_BLOCK });
    const outcome = unit.check(cdb, { dataOut });
    expect(outcome).toMatchObject(GOOD);
    expect(outcome.task.dataOutLength).toBe(BLOCK);
  });

  it("[SBC-3 VERIFY] BYTCHK 3 tells which byte of the range differs", () => {
    const unit = new SpecUnit();
    const dataOut = pattern(1);
    unit.check(writeSame16.encode({ lba: 10, blockCount: 6 }), { dataOut });
    const other = pattern(1);
    other[5] = 0;
    unit.check(write16.encode({ lba: 14, blockCount: 1 }), { dataOut: other });
    const cdb = row.encode({ lba: 10, blockCount: 6, bytchk: ONE_BLOCK });
    const outcome = unit.check(cdb, { dataOut });
    expect(outcome).toMatchObject(MISCOMPARE);
    expect(outcome.task.sense?.information).toBe(4 * BLOCK + 5);
  });

  it("[SBC-3 VERIFY] BYTCHK 3 of no blocks needs no data", () => {
    const unit = new SpecUnit();
    const outcome = unit.check(row.encode({ bytchk: ONE_BLOCK }));
    expect(outcome).toMatchObject(GOOD);
    expect(outcome.task.dataOutLength).toBe(0);
  });

  it.each([
    { what: "BYTCHK 2", cdb: { bytchk: RESERVED }, sense: "5/24/00 cdb 1.2" },
    {
      what: "BYTCHK 2 of no blocks",
      cdb: { bytchk: RESERVED, blockCount: 0 },
      sense: "5/24/00 cdb 1.2",
    },
    { what: "VRPROTECT", cdb: { vrprotect: 1 }, sense: "5/24/00 cdb 1.7" },
    { what: "BYTCHK 3 with half a block", cdb: { bytchk: ONE_BLOCK }, sense: "5/24/00 cdb 1.2" },
  ])("[SBC-3 VERIFY] refuses $what", ({ cdb, sense }) => {
    const unit = new SpecUnit();
    const dataOut = Buffer.alloc(BLOCK / 2);
    const outcome = unit.check(row.encode({ blockCount: 1, ...cdb }), { dataOut });
    expect(outcome).toMatchObject({ status: 2, sense });
    expect(unit.jobs).toEqual([]);
  });

  it("[RFC7143 11.4.5.1] compares the whole blocks that came, where fewer were announced", () => {
    const unit = unitWith(3);
    const dataOut = pattern(3).subarray(0, 2 * BLOCK + 100);
    dataOut[2 * BLOCK + 1] = 0;
    const cdb = row.encode({ blockCount: 3, bytchk: ALL_BLOCKS });
    expect(unit.check(cdb, { dataOut })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["read 0+2"]);
    const { sense } = new SpecUnit({ profile: { refusesOverflow: true } }).check(cdb, { dataOut });
    expect(sense).toBe(`5/24/00 cdb ${field}`);
  });

  it("[SBC-3 VERIFY] reads the medium: what the cache holds goes there first", () => {
    const unit = unitWith(2, { can: { volatileCache: true } });
    unit.check(row.encode({ blockCount: 2 }));
    expect(unit.jobs).toEqual(["flush 0+2", "read 0+2"]);
  });
});

describe("A long VERIFY", () => {
  const portion = limits.scanPortionMax / BLOCK;
  const blockCount = 2 * portion + 100;

  it("reads portion by portion into one buffer", () => {
    const unit = new SpecUnit({ geometry: { blockCount } });
    expect(unit.check(verify16.encode({ blockCount }))).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([
      `read 0+${portion}`,
      `read ${portion}+${portion}`,
      `read ${2 * portion}+100`,
    ]);
    expect(unit.unit.buffers.out).toBe(0);
  });

  it("tells where a byte differs in a later portion, and reads no further", () => {
    const unit = new SpecUnit({ geometry: { blockCount } });
    const dataOut = Buffer.alloc(blockCount * BLOCK);
    const at = (portion + 3) * BLOCK + 9;
    dataOut[at] = 1;
    const outcome = unit.check(verify16.encode({ blockCount, bytchk: ALL_BLOCKS }), { dataOut });
    expect(outcome).toMatchObject(MISCOMPARE);
    expect(outcome.task.sense?.information).toBe(at);
    expect(unit.jobs).toHaveLength(2);
  });

  it("[SBC-3 Block Limits] is bounded by MAXIMUM TRANSFER LENGTH only if all is transferred", () => {
    const most = limits.transferMax / BLOCK;
    const unit = new SpecUnit({ geometry: { blockCount: most + 1 } });
    const cdb = { blockCount: most + 1 };
    expect(unit.check(verify16.encode(cdb))).toMatchObject(GOOD);
    const compared = verify16.encode({ ...cdb, bytchk: ALL_BLOCKS });
    expect(unit.check(compared).sense).toBe("5/24/00 cdb 10.7");
    const dataOut = Buffer.alloc(BLOCK);
    const eachCompared = verify16.encode({ ...cdb, bytchk: ONE_BLOCK });
    expect(unit.check(eachCompared, { dataOut })).toMatchObject(GOOD);
  });

  it("[SAM-5 5.6] is aborted between two portions, and gives its buffer back", () => {
    const bench = new Bench({ commands: diskCommands });
    const nexus = bench.nexus("a");
    const task = bench.send(nexus, verify16.encode({ blockCount: 1000 }));
    bench.device.finish();
    expect(bench.device.jobs.map(({ lba }) => lba)).toEqual([512]);
    const responses = bench.manage(nexus, "abort-task", { referencedTag: task.tag });
    expect(bench.device.jobs.map(({ isAborted }) => isAborted)).toEqual([true]);
    bench.device.finish("aborted");
    expect(responses).toEqual(["function-complete"]);
    expect(bench.device.jobs).toEqual([]);
    expect(bench.buffers.out).toBe(0);
  });

  it("waits for room among the payload buffers", () => {
    const bench = new Bench({ commands: diskCommands, payloadMax: 4096 });
    const buffer = bench.buffers.take(4096);
    const task = bench.send(bench.nexus("a"), verify16.encode({ blockCount: 8 }));
    expect(bench.device.jobs).toEqual([]);
    bench.buffers.give(buffer);
    bench.device.finish();
    expect(bench.ended).toEqual([task]);
    expect(task.status).toBe(0);
  });

  it("ends with BUSY where too many wait for room already", () => {
    const bench = new Bench({ commands: diskCommands, payloadMax: 4096 });
    const nexus = bench.nexus("a");
    bench.buffers.take(4096);
    const tasks = Array.from({ length: 5 }, () =>
      bench.send(nexus, verify16.encode({ blockCount: 8 })),
    );
    expect(bench.ended).toEqual(tasks.slice(4));
    expect(tasks[4]?.status).toBe(8);
  });

  it("fails where a block cannot be read", () => {
    const bench = new Bench({ commands: diskCommands });
    const task = bench.send(bench.nexus("a"), verify16.encode({ blockCount: 1000 }));
    bench.device.finish();
    bench.device.finish("medium-error");
    expect(task.status).toBe(2);
    expect(task.sense?.code.text).toBe("UNRECOVERED READ ERROR");
  });
});
