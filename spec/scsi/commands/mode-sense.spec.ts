import { modeSense10, modeSense6 } from "node-scsi-cdb";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import { SpecUnit, type SpecUnitOptions } from "../support/unit";

const allocationLength = 255;

function ask(cdb: Uint8Array, options: SpecUnitOptions = {}): string {
  return new SpecUnit(options).check(cdb).data.toString("hex");
}

/** With PS. */
const RECOVERY = "810a" + "00".repeat(10);
const CACHING = "8812" + "00".repeat(18);
const CONTROL = "8a0a00100000" + "0000ffff0000";
const EXTENSION = "ca01001c" + "06" + "00".repeat(27);
const EXCEPTIONS = "9c0a08" + "00".repeat(9);
const ALL = RECOVERY + CACHING + CONTROL + EXCEPTIONS;
const SHORT = "000003e8" + "00000200";
const LONG = "00000000000003e8" + "00000000" + "00000200";

describe("MODE SENSE", () => {
  it.each([
    { name: "a page", cdb: { pageCode: 0x0a }, expected: "17001008" + SHORT + CONTROL },
    { name: "all pages", cdb: { pageCode: 0x3f }, expected: "43001008" + SHORT + ALL },
    { name: "DBD", cdb: { pageCode: 0x08, dbd: true }, expected: "17001000" + CACHING },
    {
      name: "all subpages too",
      cdb: { pageCode: 0x3f, subpageCode: 0xff, dbd: true },
      expected: "5b001000" + RECOVERY + CACHING + CONTROL + EXTENSION + EXCEPTIONS,
    },
    {
      name: "a subpage",
      cdb: { pageCode: 0x0a, subpageCode: 0x01, dbd: true },
      expected: "23001000" + EXTENSION,
    },
    {
      name: "all subpages of a page",
      cdb: { pageCode: 0x0a, subpageCode: 0xff, dbd: true },
      expected: "2f001000" + CONTROL + EXTENSION,
    },
    {
      name: "changeable bits",
      cdb: { pageCode: 0x0a, pc: 1, dbd: true },
      expected: "0f001000" + "8a0a34063840000000000000",
    },
    {
      name: "defaults",
      cdb: { pageCode: 0x1c, pc: 2, dbd: true },
      expected: "0f001000" + EXCEPTIONS,
    },
    {
      name: "saved values, of which there are none",
      cdb: { pageCode: 0x1c, pc: 3, dbd: true },
      expected: "0f001000" + EXCEPTIONS,
    },
  ])("[SPC-4 MODE SENSE (6)] ModeSense6: $name", ({ cdb, expected }) => {
    expect(ask(modeSense6.encode({ ...cdb, allocationLength }))).toBe(expected);
  });

  it.each([
    { name: "short", cdb: {}, expected: "001a00100000" + "0008" + SHORT + CONTROL },
    { name: "long", cdb: { llbaa: true }, expected: "002200100100" + "0010" + LONG + CONTROL },
    { name: "no", cdb: { llbaa: true, dbd: true }, expected: "001200100000" + "0000" + CONTROL },
  ])("[SPC-4 MODE SENSE (10)] with a $name block descriptor", ({ cdb, expected }) => {
    const bytes = modeSense10.encode({ pageCode: 0x0a, allocationLength, ...cdb });
    expect(ask(bytes)).toBe(expected);
  });

  it("[SBC-3] a capacity beyond 32 bits is all ones in the short descriptor", () => {
    const geometry = { blockCount: 2 ** 32 };
    const cdb = modeSense6.encode({ pageCode: 0x0a, allocationLength });
    expect(ask(cdb, { geometry })).toContain("ffffffff" + "00000200");
  });

  it("ModeSense6.Residuals: what is cut still says how long it is", () => {
    const cdb = modeSense6.encode({ pageCode: 0x3f, allocationLength: 4 });
    expect(ask(cdb)).toBe("43001008");
  });

  it("[SPC-4 Control Extension mode page] IALUAE says whether the ports have access states", () => {
    const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
    const access = new TargetPortGroups(groups);
    const cdb = modeSense6.encode({ pageCode: 0x0a, subpageCode: 1, dbd: true, allocationLength });
    expect(ask(cdb, { access })).toBe("23001000" + "ca01001c" + "07" + "00".repeat(27));
  });

  it.each([{ profile: { readOnly: true } }, { can: { readOnly: true } }])(
    "[SBC-3] WP is set for %j",
    (options) => {
      const cdb = modeSense6.encode({ pageCode: 0x0a, dbd: true, allocationLength: 4 });
      expect(ask(cdb, options)).toBe("0f009000");
    },
  );

  it.each([
    { name: "an unknown page", cdb: { pageCode: 0x05 }, sense: "5/24/00 cdb 2.5" },
    { name: "page 0", cdb: { pageCode: 0x00 }, sense: "5/24/00 cdb 2.5" },
    { name: "no subpage", cdb: { pageCode: 0x0a, subpageCode: 2 }, sense: "5/24/00 cdb 3.7" },
    { name: "one of all", cdb: { pageCode: 0x3f, subpageCode: 1 }, sense: "5/24/00 cdb 3.7" },
  ])("[SPC-4 MODE SENSE] refuses $name", ({ cdb, sense }) => {
    for (const row of [modeSense6, modeSense10]) {
      const bytes = row.encode({ ...cdb, allocationLength });
      expect(new SpecUnit().check(bytes)).toMatchObject({ status: 2, sense });
    }
  });
});
