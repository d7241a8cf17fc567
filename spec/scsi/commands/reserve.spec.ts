import { release10, release6, reserve10, reserve6, testUnitReady } from "node-scsi-cdb";
import { SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const CONFLICT = { status: 0x18 };
const ready = testUnitReady.encode({});

describe.each([
  { name: "6", reserve: reserve6, release: release6 },
  { name: "10", reserve: reserve10, release: release10 },
])("RESERVE ($name) and RELEASE ($name)", ({ reserve, release }) => {
  it("[SPC-2 RESERVE] Reserve6.2Initiators: others conflict until it is released", () => {
    const unit = new SpecUnit();
    const other = unit.login();
    for (let times = 0; times < 2; times++) {
      expect(unit.check(reserve.encode({}))).toMatchObject(GOOD);
    }
    expect(unit.check(ready, { nexus: other })).toMatchObject(CONFLICT);
    expect(unit.check(reserve.encode({}), { nexus: other })).toMatchObject(CONFLICT);
    expect(unit.check(release.encode({}), { nexus: other })).toMatchObject(GOOD);
    expect(unit.check(ready, { nexus: other })).toMatchObject(CONFLICT);
    expect(unit.check(release.encode({}))).toMatchObject(GOOD);
    expect(unit.check(reserve.encode({}), { nexus: other })).toMatchObject(GOOD);
    expect(unit.check(ready)).toMatchObject(CONFLICT);
  });

  it.each([
    { bit: 4, what: "a third party" },
    { bit: 0, what: "an extent" },
  ])("[SPC-2 RESERVE] $what is refused", ({ bit }) => {
    const cdb = Buffer.from(reserve.encode({}));
    cdb[1] = 1 << bit;
    expect(new SpecUnit().check(cdb)).toMatchObject({ sense: `5/24/00 cdb 1.${bit}` });
  });
});

describe.each([
  { name: "RESERVE (10)", row: reserve10 },
  { name: "RELEASE (10)", row: release10 },
])("$name", ({ row }) => {
  it.each([
    { fields: { longId: true }, sense: "5/24/00 cdb 1.1" },
    { fields: { thirdParty: true, thirdPartyDeviceId: 3 }, sense: "5/24/00 cdb 1.4" },
    { fields: { thirdParty: true, longId: true }, sense: "5/24/00 cdb 1.4" },
  ])("[SPC-2 RESERVE (10)] for a third party is refused: $fields", ({ fields, sense }) => {
    const unit = new SpecUnit();
    expect(unit.check(row.encode(fields))).toMatchObject({ status: 2, sense });
    expect(unit.check(ready, { nexus: unit.login() })).toMatchObject(GOOD);
  });
});
