import {
  decodeSense,
  modeSelect6,
  read10,
  reportLuns,
  requestSense,
  reserve6,
  sanitizeBlockErase,
  sanitizeCryptographicErase,
  sanitizeExitFailureMode,
  sanitizeOverwrite,
  testUnitReady,
  write10,
} from "node-scsi-cdb";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import { limits } from "../../../lib/base/limits";
import type { JobStatus } from "../../../lib/block/job";
import { diskCommands } from "../../../lib/scsi/commands/index";
import {
  BLOCK,
  type Outcome,
  SpecUnit,
  type SpecUnitOptions,
  describeSense,
} from "../support/unit";

const GOOD = { status: 0, sense: null };
const IN_PROGRESS = { status: 2, sense: "2/04/1b" };
const FAILED = { status: 2, sense: "3/31/03" };
const PORTION = limits.operationPortion / BLOCK;
const ready = testUnitReady.encode({});
const erase = sanitizeBlockErase.encode({});
const eraseSoon = sanitizeBlockErase.encode({ immed: true });

/** A parameter list of OVERWRITE. */
function list(pattern: Uint8Array, first = 1): Buffer {
  const head = Buffer.of(first, 0, pattern.length >> 8, pattern.length & 0xff);
  return Buffer.concat([head, pattern]);
}

function overwrite(unit: SpecUnit, dataOut: Uint8Array, immed = false): Outcome {
  const cdb = sanitizeOverwrite.encode({ immed, parameterListLength: dataOut.length });
  return unit.check(cdb, { dataOut });
}

/** What the first and the last block are. */
function ends(unit: SpecUnit): Buffer[] {
  const { blockCount } = unit.unit.device.geometry;
  return [0, blockCount - 1].map((lba) => unit.check(read10.encode({ lba, blockCount: 1 })).data);
}

function fill(unit: SpecUnit): void {
  for (const lba of [0, 999]) {
    const dataOut = Buffer.alloc(BLOCK, 0x61);
    expect(unit.check(write10.encode({ lba, blockCount: 1 }), { dataOut })).toMatchObject(GOOD);
  }
}

/** PROGRESS INDICATION that REQUEST SENSE tells; null: none. */
function progress(unit: SpecUnit, desc = false): number | null {
  const { data } = unit.check(requestSense.encode({ desc, allocationLength: 252 }));
  return decodeSense(data)?.progress ?? null;
}

describe("SANITIZE, OVERWRITE", () => {
  it.each([1, 4, 5, 256, BLOCK])(
    "[SBC-4 SANITIZE, OVERWRITE] fills each block with a pattern of %i bytes, from its start",
    (length) => {
      const unit = new SpecUnit();
      fill(unit);
      const pattern = Buffer.from(Array.from({ length }, (_, index) => (index % 251) + 1));
      expect(overwrite(unit, list(pattern))).toMatchObject(GOOD);
      const block = Buffer.alloc(BLOCK, pattern);
      expect(ends(unit)).toEqual([block, block]);
    },
  );

  it("[SBC-4 SANITIZE, OVERWRITE COUNT] writes every block so often, and makes each pass stable", () => {
    const unit = new SpecUnit({ geometry: { blockCount: PORTION + 10 } });
    expect(overwrite(unit, list(Buffer.of(0xaa), 3))).toMatchObject(GOOD);
    const pass = [`write-same 0+${PORTION}`, `write-same ${PORTION}+10`, "flush 0+0"];
    expect(unit.jobs).toEqual([...pass, ...pass, ...pass]);
  });

  it.each([1, 2, 3])(
    "[SBC-4 SANITIZE, INVERT] of %i passes leaves the pattern, and before it its inversion",
    (count) => {
      const seen: number[] = [];
      const unit = new SpecUnit({
        fail: ({ op, data }) => {
          if (op === "write-same") seen.push(data[0]?.[0] as number);
          return null;
        },
      });
      expect(overwrite(unit, list(Buffer.of(0x0f), 0x80 | count))).toMatchObject(GOOD);
      expect(seen).toEqual([0x0f, 0xf0, 0x0f].slice(3 - count));
      expect(ends(unit)[0]).toEqual(Buffer.alloc(BLOCK, 0x0f));
    },
  );

  it.each([
    { name: "OVERWRITE COUNT 0", bytes: list(Buffer.of(1), 0), sense: "5/26/00 data 0.4" },
    { name: "TEST 01b", bytes: list(Buffer.of(1), 0x21), sense: "5/26/00 data 0.6" },
    { name: "TEST 10b", bytes: list(Buffer.of(1), 0x41), sense: "5/26/00 data 0.6" },
    { name: "a reserved bit", bytes: Buffer.of(1, 4, 0, 1, 9), sense: "5/26/00 data 1.2" },
    { name: "no pattern", bytes: Buffer.of(1, 0, 0, 0, 9), sense: "5/26/00 data 2.7" },
    { name: "half a pattern", bytes: Buffer.of(1, 0, 0, 4, 9, 9), sense: "5/1a/00" },
    {
      name: "a pattern longer than a block",
      bytes: Buffer.concat([Buffer.of(1, 0, 2, 1), Buffer.alloc(BLOCK)]),
      sense: "5/26/00 data 2.7",
    },
  ])("[SBC-4 SANITIZE, OVERWRITE] refuses a list with $name", ({ bytes, sense }) => {
    const unit = new SpecUnit();
    expect(overwrite(unit, bytes)).toMatchObject({ status: 2, sense });
    expect(unit.jobs).toEqual([]);
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it.each([0, 1, 4, BLOCK + 5])("refuses PARAMETER LIST LENGTH %i in the CDB", (length) => {
    const cdb = sanitizeOverwrite.encode({ parameterListLength: length });
    const outcome = new SpecUnit().check(cdb, { dataOut: Buffer.alloc(length, 1) });
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 7.7" });
  });

  it("refuses a list of which too little came", () => {
    const cdb = sanitizeOverwrite.encode({ parameterListLength: 8 });
    const outcome = new SpecUnit().check(cdb, { dataOut: Buffer.of(1, 0, 0) });
    expect(outcome).toMatchObject({ status: 2, sense: "5/1a/00" });
  });
});

describe.each([
  { name: "BLOCK ERASE", row: sanitizeBlockErase },
  { name: "CRYPTOGRAPHIC ERASE", row: sanitizeCryptographicErase },
])("SANITIZE, $name", ({ row }) => {
  it("[SBC-4 4.11.1] leaves all blocks unmapped, and zeros", () => {
    const unit = new SpecUnit({ geometry: { blockCount: 1024 } });
    fill(unit);
    expect(unit.check(row.encode({}))).toMatchObject(GOOD);
    expect(ends(unit)).toEqual([Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)]);
    expect(unit.store.allocated).toBe(0);
    expect(unit.jobs.slice(2, 4)).toEqual(["unmap 0+1024", "flush 0+0"]);
  });

  it("refuses a parameter list", () => {
    const outcome = new SpecUnit().check(row.encode({ parameterListLength: 8 }));
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 7.7" });
  });
});

describe("a SANITIZE", () => {
  it("[SBC-4 SANITIZE, IMMED] ends when the operation has, or before with IMMED", () => {
    const unit = new SpecUnit();
    const task = unit.send(erase);
    expect(unit.outcomeOf(task)).toBeNull();
    unit.finish();
    expect(unit.outcomeOf(task)).toMatchObject(GOOD);
    const soon = unit.send(eraseSoon);
    expect(unit.outcomeOf(soon)).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject(IN_PROGRESS);
    unit.finish();
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it("Sanitize.Readonly: is refused by a write-protected unit", () => {
    const unit = new SpecUnit({ profile: { readOnly: true } });
    expect(unit.check(erase)).toMatchObject({ status: 2, sense: "7/27/00" });
    const swp = new SpecUnit();
    const dataOut = Buffer.from("00000000" + "0a0a00100800" + "0000ffff0000", "hex");
    swp.check(modeSelect6.encode({ pf: true, parameterListLength: 16 }), { dataOut });
    expect(swp.check(eraseSoon)).toMatchObject({ status: 2, sense: "7/27/00" });
  });

  it("Sanitize.Reservations: conflicts with another's reservation", () => {
    const unit = new SpecUnit();
    const nexus = unit.login();
    unit.check(reserve6.encode({}));
    for (const row of [sanitizeBlockErase, sanitizeExitFailureMode]) {
      expect(unit.check(row.encode({}), { nexus })).toMatchObject({ status: 0x18 });
    }
  });

  it("comes once at a time: another finds the first in progress", () => {
    const unit = new SpecUnit();
    unit.send(eraseSoon);
    expect(unit.check(erase)).toMatchObject(IN_PROGRESS);
  });

  it("goes no faster than its rate, and begins a new one no later for it", () => {
    const geometry = { blockCount: 10 * PORTION };
    const unit = new SpecUnit({ geometry, profile: { sanitizeRate: 4 * limits.operationPortion } });
    unit.send(eraseSoon);
    unit.advance(1000);
    const done = unit.jobs.length;
    expect(done).toBeGreaterThanOrEqual(4);
    expect(done).toBeLessThanOrEqual(6);
    unit.advance(2000);
    expect(unit.check(ready)).toMatchObject(GOOD);
  });
});

describe("while a SANITIZE runs", () => {
  const allowed = ["INQUIRY", "REPORT LUNS", "REQUEST SENSE"];

  it.each(diskCommands.map(({ row }) => ({ name: row.name, row })))(
    "[SBC-4 4.11.2] $name is answered as it should be",
    ({ name, row }) => {
      const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
      const access = new TargetPortGroups(groups);
      const unit = new SpecUnit({ profile: { removable: true }, access });
      unit.send(eraseSoon);
      const cdb = row === reportLuns ? reportLuns.encode({ allocationLength: 16 }) : row.encode({});
      const outcome = unit.outcomeOf(unit.send(cdb));
      expect(outcome).toMatchObject(allowed.includes(name) ? GOOD : IN_PROGRESS);
    },
  );

  it.each([false, true])("[SBC-4 4.11.2] REQUEST SENSE tells its progress (DESC %s)", (desc) => {
    const geometry = { blockCount: 8 * PORTION };
    const unit = new SpecUnit({ geometry, profile: { sanitizeRate: limits.operationPortion } });
    const dataOut = list(Buffer.of(0), 2);
    expect(overwrite(unit, dataOut, true)).toMatchObject(GOOD);
    const seen: number[] = [];
    for (let second = 0; second < 14; second++) {
      seen.push(progress(unit, desc) as number);
      unit.advance(1000);
    }
    expect(seen[0]).toBe(0);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(8);
    expect(seen.at(-1)).toBeGreaterThan(0x9000);
    const { task } = unit.check(ready);
    expect(task.sense?.progress).toBe(progress(unit, desc));
    unit.finish();
    expect(progress(unit, desc)).toBeNull();
  });
});

describe("a SANITIZE that fails", () => {
  let status: JobStatus | null = null;
  const failing: SpecUnitOptions = { fail: ({ op }) => (op === "unmap" ? status : null) };
  beforeEach(() => (status = "medium-error"));

  it("[SBC-4 4.11.3] ends so, and after it commands do", () => {
    const unit = new SpecUnit(failing);
    expect(unit.check(erase)).toMatchObject(FAILED);
    expect(unit.check(ready)).toMatchObject(FAILED);
    expect(unit.check(read10.encode({ blockCount: 1 }))).toMatchObject(FAILED);
    const { data } = unit.check(requestSense.encode({ allocationLength: 252 }));
    expect(describeSense(decodeSense(data) as never)).toBe("3/31/03");
  });

  it("[SBC-4 SANITIZE, AUSE] with AUSE is given up by EXIT FAILURE MODE", () => {
    const unit = new SpecUnit(failing);
    expect(unit.check(sanitizeBlockErase.encode({ ause: true }))).toMatchObject(FAILED);
    expect(unit.check(sanitizeExitFailureMode.encode({}))).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it("[SBC-4 SANITIZE, AUSE] without AUSE ends by nothing but another without AUSE", () => {
    const unit = new SpecUnit(failing);
    unit.check(erase);
    const exit = unit.check(sanitizeExitFailureMode.encode({}));
    expect(exit).toMatchObject({ status: 2, sense: "5/24/00 cdb 1.4" });
    const other = unit.check(sanitizeBlockErase.encode({ ause: true }));
    expect(other).toMatchObject({ status: 2, sense: "5/24/00 cdb 1.5" });
    expect(unit.check(ready)).toMatchObject(FAILED);
    status = null;
    expect(unit.check(erase)).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it("has not failed while what stands in its way may pass", () => {
    const unit = new SpecUnit(failing);
    status = "unavailable";
    const task = unit.send(erase);
    unit.advance(5000);
    expect(unit.outcomeOf(task)).toBeNull();
    expect(unit.check(ready)).toMatchObject(IN_PROGRESS);
    expect(unit.jobs.length).toBeLessThan(20);
    status = null;
    unit.finish();
    expect(unit.outcomeOf(task)).toMatchObject(GOOD);
  });
});

describe("SANITIZE, EXIT FAILURE MODE", () => {
  it("changes nothing where nothing has failed", () => {
    const unit = new SpecUnit();
    expect(unit.check(sanitizeExitFailureMode.encode({}))).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([]);
  });

  it("Sanitize.ExitFailureMode: refuses a parameter list", () => {
    const outcome = new SpecUnit().check(
      sanitizeExitFailureMode.encode({ parameterListLength: 8 }),
    );
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 7.7" });
  });
});
