import { CommandTable } from "../../lib/scsi/command-table";
import { absent, action, fakeCommands, look, ping } from "./support/fake-commands";
import { Bench, cdb } from "./support/bench";

const table = new CommandTable(fakeCommands);

function actionCdb(serviceAction: number): Buffer {
  const bytes = cdb(0x9e);
  bytes[1] = serviceAction;
  return bytes;
}

describe("a command table", () => {
  it.each([
    ["an operation code", cdb(0x12), look],
    ["a service action", actionCdb(0x10), action],
    ["a service action, whatever stands beside it in its byte", actionCdb(0xf0), action],
    ["no other service action", actionCdb(0x11), null],
    ["no other operation code", cdb(0x13), null],
    ["a command also if the unit may not support it", cdb(0x42), absent],
  ])("finds %s", (_title, bytes, expected) => {
    expect(table.find(bytes)).toBe(expected);
  });

  it("knows which operation codes have service actions", () => {
    expect([0x9e, 0x12, 0x13].map((opcode) => table.hasServiceActions(opcode))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("[SPC-4 6.35] lists what a unit supports, in ascending order", () => {
    const { unit } = new Bench();
    const opcodes = table.supported(unit).map(({ row }) => row.opcode);
    expect(opcodes).toEqual([0x00, 0x12, 0x16, 0x28, 0x2a, 0x2f, 0x41, 0x9e]);
  });

  it("refuses two commands of one operation code and service action", () => {
    expect(() => new CommandTable([ping, look, ping])).toThrow("two commands of one opcode");
    expect(() => new CommandTable([action, action])).toThrow("two commands of one opcode");
  });

  it("refuses an operation code both with and without service actions", () => {
    const plain = { ...ping, row: { ...ping.row, opcode: 0x9e } };
    expect(() => new CommandTable([action, plain])).toThrow("mixed opcode");
  });
});
