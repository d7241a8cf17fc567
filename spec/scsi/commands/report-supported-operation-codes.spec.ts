import { reportSupportedOperationCodes as row } from "node-scsi-cdb";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import { diskCommands } from "../../../lib/scsi/commands/index";
import { SpecUnit } from "../support/unit";

const allocationLength = 65535;

function ask(unit: SpecUnit, fields: Parameters<typeof row.encode>[0]): string {
  return unit.check(row.encode({ allocationLength, ...fields })).data.toString("hex");
}

describe("REPORT SUPPORTED OPERATION CODES", () => {
  const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
  const unit = new SpecUnit({
    profile: { removable: true },
    access: new TargetPortGroups(groups),
  });

  it("[SPC-4] ReportSupportedOpcodes.Simple: every command of the table, ascending", () => {
    const data = Buffer.from(ask(unit, {}), "hex");
    expect(data.readUInt32BE(0)).toBe(8 * diskCommands.length);
    expect(data.length).toBe(4 + 8 * diskCommands.length);
    const keys = Array.from({ length: diskCommands.length }, (_, index) =>
      data.subarray(4 + 8 * index, 8 + 8 * index).toString("hex"),
    );
    expect(keys).toEqual([...keys].sort());
  });

  it("[SPC-4] ReportSupportedOpcodes.SERVACTV: set where there is a service action", () => {
    const all = ask(unit, {});
    expect(all).toContain("1200000000000006");
    expect(all).toContain("9e00001000010010");
  });

  it("[SPC-4] ReportSupportedOpcodes.RCTD: adds a timeouts descriptor to each", () => {
    const data = Buffer.from(ask(unit, { rctd: true }), "hex");
    expect(data.readUInt32BE(0)).toBe(20 * diskCommands.length);
    expect(data.subarray(4, 24).toString("hex")).toBe(
      "0000000000020006" + "000a" + "00".repeat(10),
    );
  });

  it.each([
    { code: 0x12, action: 0, usage: "1201ffffff04" },
    { code: 0x28, action: 0, usage: "28f8ffffffff1fffff04" },
    { code: 0x89, action: 0, usage: "89f8ffffffffffffffff000000ff1f04" },
    { code: 0x8a, action: 0, usage: "8af8ffffffffffffffffffffffff1f04" },
    { code: 0x9e, action: 0x10, usage: "9e100000000000000000ffffffff0004" },
    { code: 0xa3, action: 0x0a, usage: "a3ea00000000ffffffff0004" },
    { code: 0xa3, action: 0x0c, usage: "a30c87ffffffffffffff0004" },
  ])("[SPC-4] OneCommand: CDB USAGE DATA $usage", ({ code, action, usage }) => {
    const reportingOptions = action === 0 ? 1 : 2;
    const fields = { requestedOperationCode: code, requestedServiceAction: action };
    const size = (usage.length / 2).toString(16).padStart(4, "0");
    expect(ask(unit, { ...fields, reportingOptions })).toBe("0003" + size + usage);
    expect(ask(unit, { ...fields, reportingOptions: 3 })).toBe("0003" + size + usage);
    const timeouts = "000a" + "00".repeat(10);
    const withTimeouts = ask(unit, { ...fields, reportingOptions, rctd: true });
    expect(withTimeouts).toBe("0083" + size + usage + timeouts);
  });

  it.each([
    { code: 0x83, action: 0, usage: "83000000000000000000ffffffff0004" },
    { code: 0x84, action: 0, usage: "8400ff00000000000000ffffffff0004" },
    { code: 0x84, action: 3, usage: "84030000000000000000ffffffff0004" },
    { code: 0x84, action: 4, usage: "8404ff00000000000000ffffffff0004" },
  ])("[SPC-4] OneCommand of service action $action of $code", ({ code, action, usage }) => {
    const fields = { requestedOperationCode: code, requestedServiceAction: action, rctd: true };
    const expected = "00830010" + usage + "000a" + "00".repeat(10);
    for (const reportingOptions of [2, 3]) {
      expect(ask(unit, { ...fields, reportingOptions })).toBe(expected);
    }
    const other = { ...fields, requestedServiceAction: 1, reportingOptions: 2 };
    expect(ask(unit, other)).toBe("00010000");
    const cdb = row.encode({ ...fields, allocationLength, reportingOptions: 1 });
    expect(unit.check(cdb)).toMatchObject({ sense: "5/24/00 cdb 2.2" });
  });

  it.each([
    { what: "no row", options: 1, code: 0xff, action: 0 },
    { what: "no row, by service action", options: 2, code: 0x7f, action: 1 },
    { what: "no such service action", options: 2, code: 0x9e, action: 0x1f },
    { what: "no such service action", options: 3, code: 0x9e, action: 0x1f },
    { what: "a service action where there is none", options: 3, code: 0x12, action: 1 },
  ])("[SPC-4] SUPPORT 001b: $what ($options)", ({ options, code, action }) => {
    const fields = { requestedOperationCode: code, requestedServiceAction: action, rctd: true };
    expect(ask(unit, { ...fields, reportingOptions: options })).toBe("00010000");
  });

  it("does not report what the unit does not support", () => {
    const thick = new SpecUnit({ profile: { thin: false } });
    const fields = { reportingOptions: 1, requestedOperationCode: 0x42 };
    expect(ask(unit, fields)).toMatch(/^0003/);
    expect(ask(thick, fields)).toBe("00010000");
    const service = { reportingOptions: 3, requestedOperationCode: 0xa3 } as const;
    const targetPortGroups = { ...service, requestedServiceAction: 0x0a };
    expect(ask(unit, targetPortGroups)).toMatch(/^0003/);
    expect(ask(thick, targetPortGroups)).toBe("00010000");
  });

  it.each([
    { what: "option 1 on a code with service actions", reportingOptions: 1, code: 0x9e },
    { what: "option 2 on a code without", reportingOptions: 2, code: 0x12 },
    { what: "option 4", reportingOptions: 4, code: 0x12 },
    { what: "option 7", reportingOptions: 7, code: 0x12 },
  ])("[SPC-4] refuses $what, with a field pointer of 2", ({ reportingOptions, code }) => {
    const cdb = row.encode({ allocationLength, reportingOptions, requestedOperationCode: code });
    expect(unit.check(cdb)).toMatchObject({ status: 2, sense: "5/24/00 cdb 2.2" });
  });
});
