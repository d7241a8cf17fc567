import { type AccessState, TargetPortGroups, accessRefusal } from "../../lib/scsi/alua";
import { diskCommands } from "../../lib/scsi/commands/index";
import type { Unit } from "../../lib/scsi/unit";
import { describeSense } from "./support/unit";

const MAIN = { tag: 1, relativeTargetPorts: [1, 2] };
const SUB = { tag: 2, relativeTargetPorts: [1001] };

function pair(): TargetPortGroups {
  return new TargetPortGroups([MAIN, SUB]);
}

/** Names of the commands that a port takes in a state, and the sense of all others. */
function taken(state: AccessState): { names: string[]; senses: Set<string> } {
  const access = pair();
  access.set(new Map([[2, state]]));
  const unit = { access, isVacant: false } as Unit;
  const names: string[] = [];
  const senses = new Set<string>();
  for (const command of diskCommands) {
    const refusal = accessRefusal(command, unit, 1001);
    if (refusal === null) names.push(command.row.name);
    else senses.add(describeSense(refusal));
    expect(accessRefusal(command, unit, 2)).toBeNull();
    expect(accessRefusal(command, { ...unit, isVacant: true }, 1001)).toBeNull();
  }
  return { names, senses };
}

const ALWAYS = ["INQUIRY", "REPORT LUNS", "REPORT TARGET PORT GROUPS", "REQUEST SENSE"];

describe("Target port groups", () => {
  it("know all ports and the group of each", () => {
    const groups = new TargetPortGroups([SUB, MAIN]);
    expect(groups.relativeTargetPorts).toEqual([1, 2, 1001]);
    expect(groups.groupOf(2)).toEqual({ ...MAIN, state: "active-optimized" });
    expect(groups.groupOf(1001).tag).toBe(2);
    expect(groups.groups.map(({ tag }) => tag)).toEqual([2, 1]);
    expect(groups.areAsymmetric).toBe(true);
    expect(groups.implicitTransitionTimeS).toBe(30);
  });

  it("of a single controller are one, of whatever port, and always active", () => {
    const single = TargetPortGroups.single();
    expect(single.areAsymmetric).toBe(false);
    expect(single.relativeTargetPorts).toEqual([1]);
    expect(single.groupOf(7)).toEqual({
      tag: 1,
      relativeTargetPorts: [1],
      state: "active-optimized",
    });
  });

  it("say whether setting states changed one", () => {
    const groups = pair();
    expect(groups.set(new Map([[1, "active-optimized"]]))).toBe(false);
    expect(groups.set(new Map([[2, "transitioning"]]))).toBe(true);
    expect(groups.set(new Map([[2, "transitioning"]]))).toBe(false);
    expect(groups.groups.map(({ state }) => state)).toEqual(["active-optimized", "transitioning"]);
    expect(groups.set(new Map([[1, "unavailable"], [2, "active-optimized"]]))).toBe(true); // prettier-ignore
    expect(groups.groupOf(1).state).toBe("unavailable");
  });

  it.each([
    { what: "a port in two groups", make: () => new TargetPortGroups([MAIN, { ...MAIN, tag: 3 }]) },
    { what: "two groups of a tag", make: () => new TargetPortGroups([MAIN, { ...SUB, tag: 1 }]) },
    { what: "no group", make: () => new TargetPortGroups([]) },
    { what: "a port in no group", make: () => pair().groupOf(9) },
    { what: "a state of no group", make: () => pair().set(new Map([[9, "standby"]])) },
  ])("$what is a bug", ({ make }) => {
    expect(make).toThrow("assertion failed");
  });
});

describe("A target port", () => {
  it.each(["active-optimized", "active-non-optimized"] as const)(
    "[SPC-4 5.11.2] takes every command while it is %s",
    (state) => {
      expect(taken(state)).toEqual({
        names: diskCommands.map(({ row }) => row.name),
        senses: new Set(),
      });
    },
  );

  it.each([
    { state: "unavailable", sense: "2/04/0c" },
    { state: "transitioning", sense: "2/04/0a" },
  ] as const)("[SPC-4 5.11.2] takes little while it is $state: 02/$sense", ({ state, sense }) => {
    const { names, senses } = taken(state);
    expect(names.sort()).toEqual(ALWAYS);
    expect(senses).toEqual(new Set([sense]));
  });

  it("[SPC-4 5.11.2.4] in standby takes what asks for and sets parameters, but moves no block", () => {
    const { names, senses } = taken("standby");
    expect(names).toEqual(expect.arrayContaining([...ALWAYS, "MODE SENSE (10)"]));
    expect(names).toEqual(expect.arrayContaining(["READ CAPACITY (16)", "MODE SELECT (6)"]));
    expect(names).not.toContain("TEST UNIT READY");
    expect(names.filter((name) => /^(READ|WRITE|COMPARE|UNMAP|SYNC)/.test(name)).sort()).toEqual([
      "READ CAPACITY (10)",
      "READ CAPACITY (16)",
    ]);
    expect(senses).toEqual(new Set(["2/04/0b"]));
  });
});
