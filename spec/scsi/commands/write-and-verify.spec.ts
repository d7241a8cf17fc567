import { read16, writeAndVerify10, writeAndVerify12, writeAndVerify16 } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { diskCommands } from "../../../lib/scsi/commands/index";
import { Bench } from "../support/bench";
import { BLOCK, BLOCK_COUNT, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const OUT_OF_RANGE = { status: 2, sense: "5/21/00" };

const rows = [
  { name: "10", row: writeAndVerify10, field: "7.7" },
  { name: "12", row: writeAndVerify12, field: "6.7" },
  { name: "16", row: writeAndVerify16, field: "10.7" },
] as const;

function pattern(blocks: number): Buffer {
  return Buffer.from(Array.from({ length: blocks * BLOCK }, (_, at) => (at * 5 + 3) & 0xff));
}

describe.each(rows)("WRITE AND VERIFY ($name)", ({ name, row, field }) => {
  it.each([0, 1])(
    `WriteVerify${name}.Simple: [SBC-3 WRITE AND VERIFY] BYTCHK %d writes to stable storage and reads back`,
    (bytchk) => {
      const unit = new SpecUnit({ can: { volatileCache: true } });
      const dataOut = pattern(3);
      const cdb = row.encode({ lba: 4, blockCount: 3, bytchk });
      expect(unit.check(cdb, { dataOut })).toMatchObject(GOOD);
      expect(unit.jobs).toEqual(["write 4+3 fua", "read 4+3"]);
      expect(unit.check(read16.encode({ lba: 4, blockCount: 3 })).data).toEqual(dataOut);
    },
  );

  it.each([
    { lba: BLOCK_COUNT - 1, blockCount: 1, expected: GOOD },
    { lba: BLOCK_COUNT - 1, blockCount: 2, expected: OUT_OF_RANGE },
    { lba: BLOCK_COUNT, blockCount: 0, expected: GOOD },
    { lba: BLOCK_COUNT + 1, blockCount: 0, expected: OUT_OF_RANGE },
    { lba: 0xffff_ffff, blockCount: 2, expected: OUT_OF_RANGE },
  ])(
    `WriteVerify${name}.BeyondEol: $blockCount blocks at $lba`,
    ({ lba, blockCount, expected }) => {
      const dataOut = Buffer.alloc(blockCount * BLOCK);
      expect(new SpecUnit().check(row.encode({ lba, blockCount }), { dataOut })).toMatchObject(
        expected,
      );
    },
  );

  it.each([
    { what: "WRPROTECT", cdb: { wrprotect: 1 }, sense: "5/24/00 cdb 1.7" },
    { what: "BYTCHK 2", cdb: { bytchk: 2 }, sense: "5/24/00 cdb 1.2" },
    { what: "BYTCHK 3", cdb: { bytchk: 3 }, sense: "5/24/00 cdb 1.2" },
  ])("[SBC-4 WRITE AND VERIFY] refuses $what", ({ cdb, sense }) => {
    const unit = new SpecUnit();
    const dataOut = pattern(1);
    const outcome = unit.check(row.encode({ blockCount: 1, ...cdb }), { dataOut });
    expect(outcome).toMatchObject({ status: 2, sense });
    expect(unit.jobs).toEqual([]);
  });

  it(`WriteVerify${name}.WriteProtect: is refused on a write-protected unit`, () => {
    const unit = new SpecUnit({ profile: { readOnly: true } });
    const outcome = unit.check(row.encode({ blockCount: 1 }), { dataOut: pattern(1) });
    expect(outcome).toMatchObject({ status: 2, sense: "7/27/00" });
  });

  it("[RFC7143 11.4.5.1] writes and compares the whole blocks that came", () => {
    const unit = new SpecUnit();
    const dataOut = pattern(2).subarray(0, BLOCK + 100);
    const cdb = row.encode({ blockCount: 2, bytchk: 1 });
    expect(unit.check(cdb, { dataOut })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["write 0+1 fua", "read 0+1"]);
    expect(unit.check(cdb, { dataOut: dataOut.subarray(0, 100) })).toMatchObject(GOOD);
    const { sense } = new SpecUnit({ profile: { refusesOverflow: true } }).check(cdb, { dataOut });
    expect(sense).toBe(`5/24/00 cdb ${field}`);
  });
});

describe("WRITE AND VERIFY", () => {
  it("[SBC-3 Block Limits] is bounded by MAXIMUM TRANSFER LENGTH", () => {
    const blockCount = limits.transferMax / BLOCK + 1;
    const unit = new SpecUnit({ geometry: { blockCount } });
    const outcome = unit.check(writeAndVerify16.encode({ blockCount }), { dataOut: pattern(1) });
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 10.7" });
  });

  /** A device whose blocks do not become what is written to them. */
  function afterWrite(bytchk: number): { bench: Bench; task: ReturnType<Bench["send"]> } {
    const bench = new Bench({ commands: diskCommands });
    const cdb = writeAndVerify16.encode({ lba: 7, blockCount: 2, bytchk });
    const task = bench.send(bench.nexus("a"), cdb);
    const dataOut = Buffer.alloc(2 * BLOCK, 7);
    dataOut[BLOCK + 1] = 9;
    bench.bring(task, dataOut);
    bench.device.finish();
    return { bench, task };
  }

  it("[SBC-3 WRITE AND VERIFY] BYTCHK 1 tells where the medium has something else", () => {
    const { bench, task } = afterWrite(1);
    bench.device.finish();
    expect(task.sense?.code.text).toBe("MISCOMPARE DURING VERIFY OPERATION");
    expect(task.sense?.information).toBe(BLOCK + 1);
  });

  it("[SBC-3 WRITE AND VERIFY] BYTCHK 0 compares nothing", () => {
    const { bench, task } = afterWrite(0);
    bench.device.finish();
    expect(bench.ended).toEqual([task]);
    expect(task.status).toBe(0);
  });

  it("fails where what was written cannot be read", () => {
    const { bench, task } = afterWrite(0);
    bench.device.finish("medium-error");
    expect(task.sense?.code.text).toBe("UNRECOVERED READ ERROR");
  });
});
