import {
  logSense,
  receiveDiagnosticResults as receive,
  sendDiagnostic as send,
} from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { BLOCK_COUNT, type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const HOUR_MS = 3_600_000;
const Code = { SHORT: 1, EXTENDED: 2, ABORT: 4, FOREGROUND: 5, FOREGROUND_EXTENDED: 6 };

let nowMs: number;
let unit: SpecUnit;

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  unit = new SpecUnit({ calendar: () => nowMs });
});

function test(selfTestCode: number): Outcome {
  return unit.check(send.encode({ selfTestCode }));
}

/** Parameter `number` of the Self-Test Results log page, without its header. */
function result(number = 1): string {
  const { data } = unit.check(logSense.encode({ pageCode: 0x10, allocationLength: 4096 }));
  expect(data.length).toBe(4 + limits.selfTestsKept * 20);
  const parameter = data.subarray(4 + (number - 1) * 20, 4 + number * 20);
  expect(parameter.readUInt32BE(0)).toBe(number * 0x10000 + 0x0310);
  return parameter.subarray(4).toString("hex");
}

const NOWHERE = "ffffffffffffffff";
const UNUSED = "00".repeat(16);

describe("SEND DIAGNOSTIC", () => {
  it("[SPC-4 SEND DIAGNOSTIC] SELFTEST reads, and fails when blocks cannot be read", () => {
    expect(unit.check(send.encode({ selfTest: true }))).toMatchObject(GOOD);
    expect(unit.jobs).toEqual(["read 0+1", `read ${BLOCK_COUNT - 1}+1`]);
    unit.broken.add("read");
    expect(unit.check(send.encode({ selfTest: true }))).toMatchObject({ sense: "4/3e/03" });
    expect(result()).toBe("0501" + "0000" + "0000000000000000" + "03110000");
  });

  it("[SPC-4 Self-Test Results] a short self-test in the foreground is one of the results", () => {
    nowMs += 3 * HOUR_MS;
    expect(test(Code.FOREGROUND)).toMatchObject(GOOD);
    expect(result()).toBe("a000" + "0003" + NOWHERE + "00000000");
    expect(result(2)).toBe(UNUSED);
  });

  it("[SPC-4 5.10] an extended one in the background reads all blocks behind its answer", () => {
    const cdb = send.encode({ selfTestCode: Code.EXTENDED });
    expect(unit.check(cdb)).toMatchObject(GOOD);
    unit.settle();
    expect(unit.jobs).toEqual(["read 0+512", "read 512+488"]);
    expect(result()).toBe("4000" + "0000" + NOWHERE + "00000000");
  });

  it("[SPC-4 Self-Test Results] tells where blocks cannot be read", () => {
    unit.broken.add("read");
    test(Code.SHORT);
    unit.settle();
    expect(result()).toBe("2501" + "0000" + "0000000000000000" + "03110000");
  });

  it("[SPC-4 Self-Test Results] keeps the latest 20, the latest first", () => {
    test(Code.FOREGROUND);
    for (let count = 0; count < limits.selfTestsKept - 1; count++) test(Code.SHORT);
    expect(result(1).slice(0, 2)).toBe("20");
    expect(result(limits.selfTestsKept).slice(0, 2)).toBe("a0");
    test(Code.SHORT);
    expect(result(limits.selfTestsKept).slice(0, 2)).toBe("20");
  });

  describe("while a self-test runs in the background", () => {
    beforeEach(() => {
      unit.hold("read");
      expect(test(Code.EXTENDED)).toMatchObject(GOOD);
    });

    it("[SPC-4 Self-Test Results] it is the first of the results", () => {
      expect(result()).toBe("4f00" + "0000" + NOWHERE + "00000000");
    });

    it("[SPC-4 5.10] no other begins", () => {
      for (const fields of [{ selfTestCode: Code.SHORT }, { selfTest: true }]) {
        expect(unit.check(send.encode(fields))).toMatchObject({ status: 2, sense: "2/04/09" });
      }
    });

    it("[SPC-4 SEND DIAGNOSTIC] it can be aborted, and another begins", () => {
      expect(test(Code.ABORT)).toMatchObject(GOOD);
      expect(result()).toBe("4100" + "0000" + NOWHERE + "00000000");
      unit.release();
      expect(result(2)).toBe(UNUSED);
      expect(test(Code.FOREGROUND)).toMatchObject(GOOD);
    });

    it("[SPC-4 Self-Test Results] a reset ends it", () => {
      unit.unit.propose({ type: "reset", nexus: unit.nexus, kind: "logical-unit" }, () => {});
      unit.unit.unitAttentions.take(unit.nexus.id);
      expect(result()).toBe("4200" + "0000" + NOWHERE + "00000000");
    });

    it("it ends when the target stops", () => {
      unit.stop();
      expect(unit.unit.records.selfTests.isRunning).toBe(false);
    });

    it("[SPC-4 5.10] commands on blocks run beside it", () => {
      expect(unit.unit.records.selfTests.isRunning).toBe(true);
      expect(unit.check(Buffer.from("2a000000000000000000", "hex"))).toMatchObject(GOOD);
    });
  });

  it.each([
    { what: "nothing at all", fields: {}, list: "" },
    { what: "the page of supported pages", fields: { pf: true }, list: "00000000" },
  ])("[SPC-4 SEND DIAGNOSTIC] takes $what", ({ fields, list }) => {
    const dataOut = Buffer.from(list, "hex");
    const cdb = send.encode({ ...fields, parameterListLength: dataOut.length });
    expect(unit.check(cdb, { dataOut })).toMatchObject(GOOD);
    expect(unit.jobs).toEqual([]);
  });

  it.each([
    { what: "a reserved self-test code", fields: { selfTestCode: 3 }, sense: "5/24/00 cdb 1.7" },
    {
      what: "an extended one in the foreground",
      fields: { selfTestCode: Code.FOREGROUND_EXTENDED },
      sense: "5/24/00 cdb 1.7",
    },
    { what: "to abort nothing", fields: { selfTestCode: Code.ABORT }, sense: "5/24/00 cdb 1.7" },
    {
      what: "SELFTEST with a code",
      fields: { selfTest: true, selfTestCode: 1 },
      sense: "5/24/00 cdb 1.7",
    },
    {
      what: "SELFTEST with a list",
      fields: { selfTest: true },
      list: "00",
      sense: "5/24/00 cdb 3.7",
    },
    { what: "a list without PF", fields: {}, list: "00000000", sense: "5/24/00 cdb 1.4" },
    { what: "a list cut short", fields: { pf: true }, list: "0000", sense: "5/1a/00" },
    { what: "another page", fields: { pf: true }, list: "40000000", sense: "5/26/00 data 0.7" },
    { what: "a reserved bit", fields: { pf: true }, list: "00010000", sense: "5/26/00 data 1.0" },
    {
      what: "a page with content",
      fields: { pf: true },
      list: "00000001",
      sense: "5/26/00 data 2.7",
    },
  ])("[SPC-4 SEND DIAGNOSTIC] refuses $what", ({ fields, list = "", sense }) => {
    const dataOut = Buffer.from(list, "hex");
    const cdb = send.encode({ ...fields, parameterListLength: dataOut.length });
    expect(unit.check(cdb, { dataOut })).toMatchObject({ status: 2, sense });
    expect(unit.jobs).toEqual([]);
  });
});

describe("RECEIVE DIAGNOSTIC RESULTS", () => {
  it.each([{ pcv: true }, { pcv: false, pageCode: 0x40 }])(
    "[SPC-4 Supported Diagnostic Pages] %j lists page 00h",
    (fields) => {
      const { data } = unit.check(receive.encode({ ...fields, allocationLength: 255 }));
      expect(data.toString("hex")).toBe("00000001" + "00");
    },
  );

  it("[SPC-4 RECEIVE DIAGNOSTIC RESULTS] refuses another page", () => {
    const cdb = receive.encode({ pcv: true, pageCode: 0x40, allocationLength: 255 });
    expect(unit.check(cdb)).toMatchObject({ status: 2, sense: "5/24/00 cdb 2.7" });
  });
});
