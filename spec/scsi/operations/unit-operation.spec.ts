import { inquiry, readCapacity16, testUnitReady } from "node-scsi-cdb";
import { CommandTable } from "../../../lib/scsi/command-table";
import type { Command } from "../../../lib/scsi/command";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { OperationKind } from "../../../lib/scsi/operations/operation";
import {
  type OperationStep,
  UnitOperation,
  decodeStep,
  encodeStep,
} from "../../../lib/scsi/operations/unit-operation";
import { describeSense } from "../support/unit";

const geometry = { blockSize: 512, blockCount: 1000 };
const commands = new CommandTable(diskCommands);
const erase = { isUnrestricted: false, passCount: 2, isInverting: false, pattern: Buffer.of(1) };
const OWN = 1;

function started(kind: OperationKind = "sanitize"): UnitOperation {
  const unit = new UnitOperation(geometry);
  unit.start({ ...erase, kind }, OWN);
  return unit;
}

function step(unit: UnitOperation, fields: Partial<OperationStep>, port = OWN): void {
  const number = unit.current?.number ?? 0;
  unit.step({ number, change: "advanced", passesDone: 0, blocksDone: 0, ...fields }, port);
}

/** What names commands that do not run are refused with. */
function refusal(unit: UnitOperation, command: Command): string | null {
  const sense = unit.refusalOf(command);
  return sense === null ? null : describeSense(sense);
}

function commandOf(row: { encode(fields: object): Uint8Array }): Command {
  return commands.find(row.encode({})) as Command;
}

describe("the operation of a unit", () => {
  it("goes on by steps of the controller that does it, and of no other", () => {
    const unit = started();
    step(unit, { passesDone: 1, blocksDone: 10 }, 2);
    expect(unit.current).toMatchObject({ passesDone: 0, blocksDone: 0 });
    step(unit, { passesDone: 1, blocksDone: 10 });
    expect(unit.current).toMatchObject({ passesDone: 1, blocksDone: 10 });
    step(unit, { change: "succeeded" }, 2);
    expect(unit.running).not.toBeNull();
    step(unit, { change: "taken-over" }, 2);
    expect(unit.current).toMatchObject({ port: 2, passesDone: 1, blocksDone: 10 });
    step(unit, { change: "failed" });
    expect(unit.running).not.toBeNull();
    step(unit, { change: "succeeded" }, 2);
    expect(unit.current).toBeNull();
  });

  it("is another's no longer when a new one has begun", () => {
    const unit = started();
    const number = unit.current?.number ?? 0;
    step(unit, { change: "succeeded" });
    unit.start({ ...erase, kind: "format" }, OWN);
    for (const change of ["succeeded", "failed", "taken-over"] as const) {
      step(unit, { number, change }, 2);
      step(unit, { number, change });
    }
    expect(unit.running).toMatchObject({ kind: "format", port: OWN });
  });

  it.each([
    { passesDone: 2, blocksDone: 0 },
    { passesDone: 0, blocksDone: 1001 },
  ])("never is beyond its end: %j", (fields) => {
    const unit = started();
    step(unit, fields);
    expect(unit.current).toMatchObject({ passesDone: 0, blocksDone: 0 });
  });

  it("[SBC-4 SANITIZE] that failed is left by exit, a format and one that runs are not", () => {
    const [sanitize, format, running] = [started(), started("format"), started()];
    for (const unit of [sanitize, format]) step(unit, { change: "failed" });
    for (const unit of [sanitize, format, running]) unit.exit();
    expect([sanitize, format, running].map(({ current }) => current === null)).toEqual([
      ...[true, false, false],
    ]);
  });

  it("[SBC-4 4.11.3, 4.33] that failed bars what it should, and not what makes the medium anew", () => {
    const renewing = diskCommands.filter(({ renews }) => renews !== undefined);
    expect(renewing.map(({ row }) => row.name).sort()).toEqual([
      "FORMAT UNIT",
      ...["BLOCK ERASE", "CRYPTOGRAPHIC ERASE", "EXIT FAILURE MODE", "OVERWRITE"].map(
        (action) => `SANITIZE, ${action}`,
      ),
    ]);
    const [sanitize, format] = [started(), started("format")];
    for (const unit of [sanitize, format]) step(unit, { change: "failed" });
    const [look, ask, size] = [inquiry, testUnitReady, readCapacity16].map(commandOf) as [
      ...[Command, Command, Command],
    ];
    const modeSense = diskCommands.find(({ row }) => row.name === "MODE SENSE (6)") as Command;
    expect([look, ask, size, modeSense].map((one) => refusal(sanitize, one))).toEqual([
      ...[null, "3/31/03", "3/31/03", "3/31/03"],
    ]);
    expect([look, ask, size, modeSense].map((one) => refusal(format, one))).toEqual([
      ...[null, "3/31/00", "3/31/00", null],
    ]);
    for (const one of renewing) {
      expect(refusal(format, one)).toBeNull();
      const isFormat = one.renews === "format";
      expect(refusal(sanitize, one)).toBe(isFormat ? "3/31/03" : null);
    }
  });

  it("[G-17] is the same again when a snapshot of it is taken over, with its number", () => {
    const [from, to] = [started(), started("format")];
    step(from, { passesDone: 1, blocksDone: 10 });
    to.parseSnapshot(from.snapshot())?.();
    expect(to.current).toEqual(from.current);
    for (const unit of [from, to]) step(unit, { change: "succeeded" });
    to.parseSnapshot(from.snapshot())?.();
    for (const unit of [from, to]) unit.start({ ...erase, kind: "sanitize" }, OWN);
    expect(to.snapshot()).toEqual(from.snapshot());
  });

  it("takes over nothing that is no snapshot", () => {
    const unit = started();
    const bytes = unit.snapshot();
    for (let length = 0; length < 20; length++) {
      if (length !== 4) expect(unit.parseSnapshot(bytes.subarray(0, length))).toBeNull();
    }
  });
});

describe("a step of an operation", () => {
  it.each(["advanced", "succeeded", "failed", "taken-over"] as const)(
    "%s is read back",
    (change) => {
      const one = { number: 0x12345678, change, passesDone: 30, blocksDone: 2 ** 40 };
      expect(decodeStep(encodeStep(one))).toEqual(one);
    },
  );

  it("of other bytes is none", () => {
    const bytes = Buffer.from(
      encodeStep({ number: 1, change: "failed", passesDone: 0, blocksDone: 0 }),
    );
    expect(decodeStep(bytes.subarray(1))).toBeNull();
    bytes[4] = 4;
    expect(decodeStep(bytes)).toBeNull();
  });
});
