import { CommandWindow } from "../../lib/iscsi/command-window";

function window(expCmdSN = 10, size = 8): CommandWindow<string> {
  return new CommandWindow({ expCmdSN, size });
}

/** Everything that has its turn now. */
function takeAll(from: CommandWindow<string>): string[] {
  const items: string[] = [];
  for (let item = from.take(); item !== undefined; item = from.take()) items.push(item);
  return items;
}

describe("a command window", () => {
  it.each([
    { expCmdSN: 10, cmdSN: 9, accepted: false },
    { expCmdSN: 10, cmdSN: 10, accepted: true },
    { expCmdSN: 10, cmdSN: 17, accepted: true },
    { expCmdSN: 10, cmdSN: 18, accepted: false },
    { expCmdSN: 0xfffffffe, cmdSN: 3, accepted: true },
    { expCmdSN: 0xfffffffe, cmdSN: 6, accepted: false },
    { expCmdSN: 0xfffffffe, cmdSN: 0xfffffffd, accepted: false },
  ])(
    "[RFC7143 4.2.2.1] of 8 from $expCmdSN accepts $cmdSN: $accepted",
    ({ expCmdSN, cmdSN, accepted }) => {
      expect(window(expCmdSN).accepts(cmdSN)).toBe(accepted);
    },
  );

  it("[RFC7143 4.2.2.1] gives commands out in the order of CmdSN, across the wrap", () => {
    const wrapping = window(0xffffffff);
    wrapping.put(1, "third");
    wrapping.put(0, "second");
    expect(takeAll(wrapping)).toEqual([]);
    wrapping.put(0xffffffff, "first");
    expect(takeAll(wrapping)).toEqual(["first", "second", "third"]);
    expect(wrapping.expCmdSN).toBe(2);
  });

  it("[RFC7143 4.2.2.1] accepts a number once, whether it waits or was taken", () => {
    const once = window();
    once.put(11, "early");
    expect(once.accepts(11)).toBe(false);
    expect(once.takeNow(10)).toBe(true);
    expect(once.accepts(10)).toBe(false);
  });

  it("narrows by what lives on, and never lets MaxCmdSN shrink", () => {
    const narrow = window();
    for (let cmdSN = 10; cmdSN < 18; cmdSN++) {
      narrow.occupy();
      expect(narrow.takeNow(cmdSN)).toBe(true);
      expect(narrow.maxCmdSN).toBe(17);
    }
    expect(narrow.accepts(18)).toBe(false);
    narrow.vacate();
    expect(narrow.maxCmdSN).toBe(18);
  });

  it("[RFC7143 4.2.3.3] keeps an immediate command until all before it were received", () => {
    const holding = window();
    holding.put(11, "second");
    holding.hold(12, "reset");
    expect(takeAll(holding)).toEqual([]);
    holding.put(10, "first");
    expect(takeAll(holding)).toEqual(["first", "second", "reset"]);
    expect(holding.waiting).toBe(0);
  });

  it("[RFC7143 4.2.3.3] counts what is plugged as received, and leaves what waits", () => {
    const plugged = window();
    plugged.put(12, "waiting");
    plugged.plug(14);
    expect(takeAll(plugged)).toEqual(["waiting"]);
    expect(plugged.expCmdSN).toBe(14);
    plugged.plug(1000);
    takeAll(plugged);
    expect(plugged.accepts(plugged.expCmdSN)).toBe(true);
  });
});
