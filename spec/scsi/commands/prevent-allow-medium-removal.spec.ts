import { preventAllowMediumRemoval as row, reserve6, startStopUnit } from "node-scsi-cdb";
import { Bench } from "../support/bench";
import { Pair } from "../support/pair";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { Nexus } from "../../../lib/scsi/nexus";
import { persistentReserveOutCommands } from "../../../lib/scsi/commands/persistent-reserve-out";
import { Action, parameterList } from "../support/persistent";
import { type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const CONFLICT = { status: 0x18, sense: null };
const PREVENTED = { status: 2, sense: "5/53/02" };
const prevent = row.encode({ prevent: 1 });
const allow = row.encode({ prevent: 0 });
const eject = startStopUnit.encode({ loej: true, noFlush: true });
const load = startStopUnit.encode({ loej: true, start: true });
const removable = { profile: { removable: true } };

describe("PREVENT ALLOW MEDIUM REMOVAL", () => {
  it("[SPC-4 PREVENT ALLOW MEDIUM REMOVAL] bars an eject until it is allowed", () => {
    const unit = new SpecUnit(removable);
    expect(unit.check(prevent)).toMatchObject(GOOD);
    expect(unit.check(eject)).toMatchObject(PREVENTED);
    expect(unit.unit.isMediumPresent).toBe(true);
    expect(unit.check(startStopUnit.encode({ start: false }))).toMatchObject(GOOD);
    expect(unit.check(allow)).toMatchObject(GOOD);
    expect(unit.check(eject)).toMatchObject(GOOD);
    expect(unit.unit.isMediumPresent).toBe(false);
  });

  it("[SPC-4 PREVENT ALLOW MEDIUM REMOVAL] every nexus that prevents it has to allow it", () => {
    const unit = new SpecUnit(removable);
    const other = unit.login();
    for (const nexus of [unit.nexus, other]) unit.check(prevent, { nexus });
    for (const nexus of [unit.nexus, unit.nexus]) unit.check(allow, { nexus });
    expect(unit.check(eject)).toMatchObject(PREVENTED);
    unit.check(allow, { nexus: other });
    expect(unit.check(eject, { nexus: other })).toMatchObject(GOOD);
  });

  it("[SBC-4 START STOP UNIT] bars no load, which removes nothing", () => {
    const unit = new SpecUnit(removable);
    for (const cdb of [eject, prevent, load]) expect(unit.check(cdb)).toMatchObject(GOOD);
    expect(unit.unit.isMediumPresent).toBe(true);
  });

  it.each([2, 3])("refuses PREVENT %i, which went obsolete, and points at it", (code) => {
    const outcome = new SpecUnit(removable).check(row.encode({ prevent: code }));
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 4.1" });
  });

  it("is no command of a unit whose medium is fixed", () => {
    expect(new SpecUnit().check(prevent)).toMatchObject({ status: 2, sense: "5/20/00" });
  });

  it("[SPC-4 5.13.1] conflicts with a reservation only where it prevents", () => {
    const unit = new SpecUnit(removable);
    const nexus = unit.login();
    unit.check(reserve6.encode({}));
    expect(unit.check(prevent, { nexus })).toMatchObject(CONFLICT);
    expect(unit.check(allow, { nexus })).toMatchObject(GOOD);
  });
});

function bench(): Bench {
  return new Bench({ commands: diskCommands, profile: { removable: true } });
}

function send(one: Bench, nexus: Nexus, cdb: Uint8Array): number {
  const task = one.send(nexus, Buffer.concat([cdb], 16));
  one.settle();
  return task.status;
}

describe("what is prevented is allowed", () => {
  it.each(["logical-unit-reset", "target-warm-reset", "target-cold-reset"] as const)(
    "[SPC-4 PREVENT ALLOW MEDIUM REMOVAL] by %s",
    (reset) => {
      const one = bench();
      const nexus = one.nexus("a");
      expect(send(one, nexus, prevent)).toBe(0);
      expect(one.manage(nexus, reset)).toEqual(["function-complete"]);
      expect(one.unit.removal.isPrevented).toBe(false);
    },
  );

  it("[SPC-4 PREVENT ALLOW MEDIUM REMOVAL] by the end of its nexus, and no other's", () => {
    const one = bench();
    const [a, b] = [one.nexus("a"), one.nexus("b")];
    send(one, a, prevent);
    one.target.nexusLost(b);
    expect(one.unit.removal.preventing).toEqual([a.name]);
    one.target.nexusLost(a);
    expect(one.unit.removal.isPrevented).toBe(false);
  });

  it("[G-17] by a controller that goes on without the one whose nexus it was", () => {
    const pair = new Pair({ profile: { removable: true } });
    send(pair.here, pair.a, prevent);
    send(pair.there, pair.b, prevent);
    pair.share.benches.splice(0, 1);
    pair.there.target.dismissAbsent(0);
    expect(pair.there.unit.removal.preventing).toEqual([pair.b.name]);
  });
});

it("[SPC-4 5.13.11.2.6] what the preempted prevented is allowed by PREEMPT AND ABORT", () => {
  const unit = new SpecUnit(removable);
  const other = unit.login();
  const persist = (action: number, keys: object, nexus: Nexus): Outcome => {
    const dataOut = parameterList(action, keys);
    const row = persistentReserveOutCommands[action]?.row;
    const cdb = row?.encode({ type: 1, parameterListLength: dataOut.length }) as Uint8Array;
    return unit.check(cdb, { nexus, dataOut });
  };
  expect(persist(Action.REGISTER, { newKey: 1 }, unit.nexus)).toMatchObject(GOOD);
  expect(persist(Action.REGISTER, { newKey: 2 }, other)).toMatchObject(GOOD);
  for (const nexus of [unit.nexus, other]) unit.check(prevent, { nexus });
  const keys = { key: 1, newKey: 2 };
  expect(persist(Action.PREEMPT_AND_ABORT, keys, unit.nexus)).toMatchObject(GOOD);
  expect(unit.unit.removal.preventing).toEqual([unit.nexus.name]);
});

it("[G-17] what is prevented by one controller's nexus is so at the other too", () => {
  const { here, there, a, b } = new Pair({ profile: { removable: true } });
  expect(send(here, a, prevent)).toBe(0);
  expect(send(there, b, eject)).toBe(2);
  expect(send(here, a, allow)).toBe(0);
  expect(send(there, b, eject)).toBe(0);
  expect(here.unit.isMediumPresent).toBe(false);
});
