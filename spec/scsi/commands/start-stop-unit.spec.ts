import { startStopUnit, testUnitReady } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const ready = testUnitReady.encode({});

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
});
