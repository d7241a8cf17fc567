import { answer, parseLine } from "../../../tools/linux-host/protocol";

describe("A line of the guest", () => {
  it("tells of a step, whose detail may hold bars", () => {
    const step = { uptime: 2.5, name: "login", outcome: "PASS", detail: "a|b", output: [] };
    expect(parseLine("VMLAB|2.5|login|PASS|a|b")).toEqual({ type: "step", step });
  });

  it("calls the host by name, with or without arguments", () => {
    expect(parseLine("VMLAB-CALL|kill")).toEqual({ type: "call", name: "kill", args: [] });
    expect(parseLine("VMLAB-CALL|take|MD5")).toEqual({ type: "call", name: "take", args: ["MD5"] });
  });

  it.each([
    ["OK", true],
    ["FAILED", false],
    ["", false],
  ])("ends the scenario with %j", (text, isOk) => {
    expect(parseLine(`VMLAB-RESULT|${text}`)).toEqual({ type: "result", isOk });
  });

  it.each(["", "# some output", "VMLAB|1.0|step|MAYBE|detail", "VMLAB|1.0"])(
    "is output when it is nothing else: %j",
    (text) => {
      expect(parseLine(text)).toEqual({ type: "output", text });
    },
  );

  it("is answered by the status of the call", () => {
    expect(answer(127)).toBe("rc=127\n");
  });
});
