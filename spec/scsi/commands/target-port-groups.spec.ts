import { inquiry, reportTargetPortGroups as row, setTargetPortGroups } from "node-scsi-cdb";
import { type AccessState, TargetPortGroups } from "../../../lib/scsi/alua";
import { SpecUnit } from "../support/unit";

const allocationLength = 4096;

function pair(): TargetPortGroups {
  return new TargetPortGroups([
    { tag: 1, relativeTargetPorts: [1, 2] },
    { tag: 2, relativeTargetPorts: [1001] },
  ]);
}

/** The answer to a port in hexadecimal. */
function ask(access: TargetPortGroups, relativeTargetPort = 2, parameterDataFormat = 0): string {
  const unit = new SpecUnit({ access });
  const nexus = { ...unit.nexus, relativeTargetPort };
  const cdb = row.encode({ parameterDataFormat, allocationLength });
  return unit.check(cdb, { nexus }).data.toString("hex");
}

const GROUPS = [
  "008f0001" + "00020002",
  "00000001",
  "00000002",
  "008f0002" + "00020001",
  "000003e9",
];

describe("REPORT TARGET PORT GROUPS", () => {
  it("[SPC-4] lists groups with their states and ports behind the length", () => {
    expect(ask(pair())).toBe("0000001c" + GROUPS.join(""));
  });

  it("[SPC-4] tells the implicit transition time in the extended header", () => {
    expect(ask(pair(), 2, 1)).toBe("00000020" + "101e0000" + GROUPS.join(""));
  });

  it.each<[AccessState, string]>([
    ["active-optimized", "0"],
    ["active-non-optimized", "1"],
    ["standby", "2"],
    ["unavailable", "3"],
    ["transitioning", "f"],
  ])("[SPC-4] tells that a group is %s, to every port in the same bytes", (state, code) => {
    const access = pair();
    access.set(new Map([[2, state]]));
    const answers = [1, 2, 1001].map((port) => ask(access, port));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain(`0${code}8f0002`);
  });

  it("is the same whatever states there were before", () => {
    const access = pair();
    const fresh = ask(access);
    access.set(new Map([[1, "standby"]]));
    access.set(new Map([[1, "active-optimized"]]));
    expect(ask(access)).toBe(fresh);
  });

  it("[SPC-4] is cut at the allocation length, its own length untouched", () => {
    const { data } = new SpecUnit({ access: pair() }).check(row.encode({ allocationLength: 6 }));
    expect(data.toString("hex")).toBe("0000001c" + "008f");
  });

  it.each([2, 7])("[SPC-4] refuses PARAMETER DATA FORMAT %d", (parameterDataFormat) => {
    const unit = new SpecUnit({ access: pair() });
    const cdb = row.encode({ parameterDataFormat, allocationLength });
    expect(unit.check(cdb)).toMatchObject({ status: 2, sense: "5/24/00 cdb 1.7" });
  });

  it("[SPC-4 TPGS] SET TARGET PORT GROUPS is no command where access changes implicitly alone", () => {
    const unit = new SpecUnit({ access: pair() });
    const cdb = setTargetPortGroups.encode({ parameterListLength: 8 });
    const outcome = unit.check(cdb, { dataOut: Buffer.from("0000000001000001", "hex") });
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 1.4" });
    const { data } = unit.check(inquiry.encode({ allocationLength: 36 }));
    expect(data.readUInt8(5) & 0x30).toBe(0x10);
  });

  it("is no command of a unit whose ports are all alike", () => {
    const outcome = new SpecUnit().check(row.encode({ allocationLength }));
    expect(outcome).toMatchObject({ status: 2, sense: "5/24/00 cdb 1.4" });
  });
});
