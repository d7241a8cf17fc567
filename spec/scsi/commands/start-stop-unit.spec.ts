import { reserve6, startStopUnit, testUnitReady } from "node-scsi-cdb";
import { persistentReserveOutCommands } from "../../../lib/scsi/commands/persistent-reserve-out";
import { Action, parameterList } from "../support/persistent";
import { type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const ready = testUnitReady.encode({});

/** Registers the first nexus and has it reserve the unit. */
function reserve(unit: SpecUnit, type: number): Outcome {
  const outcomes = [Action.REGISTER, Action.RESERVE].map((action) => {
    const isRegister = action === Action.REGISTER;
    const dataOut = parameterList(action, isRegister ? { newKey: 1 } : { key: 1, type });
    const row = persistentReserveOutCommands[action]?.row;
    const cdb = row?.encode({ type, parameterListLength: dataOut.length }) as Uint8Array;
    return unit.check(cdb, { dataOut });
  });
  return outcomes[1] as Outcome;
}

describe("START STOP UNIT", () => {
  const removable = { profile: { removable: true } };

  it("[SBC-3 START STOP UNIT] stops and starts, and flushes before it stops", () => {
    const unit = new SpecUnit();
    expect(unit.check(startStopUnit.encode({ immed: true }))).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["flush 0+0"]);
    expect(unit.check(ready)).toMatchObject({ sense: "2/04/02" });
    expect(unit.check(startStopUnit.encode({ start: true }))).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject(GOOD);
  });

  it("NO_FLUSH leaves what is cached where it is", () => {
    const unit = new SpecUnit();
    unit.check(startStopUnit.encode({ noFlush: true }));
    expect(unit.jobs).toEqual([]);
  });

  it("StartStopUnit.Simple: ejects and loads a removable medium", () => {
    const unit = new SpecUnit(removable);
    const other = unit.login();
    const eject = startStopUnit.encode({ loej: true });
    for (let times = 0; times < 2; times++) expect(unit.check(eject)).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject({ sense: "2/3a/00" });
    expect(unit.check(startStopUnit.encode({ start: true }))).toMatchObject({ sense: "2/3a/00" });
    expect(unit.check(startStopUnit.encode({ loej: true, start: true }))).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject(GOOD);
    expect(unit.check(ready, { nexus: other })).toMatchObject({ sense: "6/28/00" });
  });

  it("StartStopUnit.NoLoej: without LOEJ a removable medium stays, and is ready", () => {
    const unit = new SpecUnit(removable);
    for (const start of [false, true]) {
      expect(unit.check(startStopUnit.encode({ start }))).toMatchObject(GOOD);
      expect(unit.check(ready)).toMatchObject(GOOD);
    }
  });

  it("StartStopUnit.PwrCnd: no power condition ejects or stops", () => {
    const unit = new SpecUnit(removable);
    for (let powerCondition = 1; powerCondition < 16; powerCondition++) {
      const cdb = startStopUnit.encode({ powerCondition, loej: true });
      expect(unit.check(cdb)).toMatchObject(GOOD);
      expect(unit.check(ready)).toMatchObject(GOOD);
    }
  });

  it("a fixed medium cannot be ejected", () => {
    const outcome = new SpecUnit().check(startStopUnit.encode({ loej: true }));
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 4.1" });
  });

  describe.each([
    ["RESERVE", (unit: SpecUnit) => unit.check(reserve6.encode({}))],
    ["PERSISTENT RESERVE OUT, Write Exclusive", (unit: SpecUnit) => reserve(unit, 1)],
    ["PERSISTENT RESERVE OUT, Exclusive Access", (unit: SpecUnit) => reserve(unit, 3)],
  ])("[SBC-3 reservations, SPC-2 B.1] on a unit that another reserved by %s", (_, reserved) => {
    const conflict = { status: 0x18, sense: null };

    it.each([
      [{ start: true }, GOOD],
      [{ start: false }, conflict],
      [{ start: true, powerCondition: 1 }, conflict],
      [{ start: false, powerCondition: 3 }, conflict],
    ])("%j", (fields, expected) => {
      const unit = new SpecUnit();
      const other = unit.login();
      expect(reserved(unit)).toMatchObject(GOOD);
      const outcome = unit.check(startStopUnit.encode(fields), { nexus: other });
      expect(outcome).toMatchObject(expected);
    });
  });
});
