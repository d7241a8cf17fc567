import { SenseKey } from "../src/sense";
import * as codes from "../src/sense-codes";

const { senseCodes, senseText, withKey, ...named } = codes;

describe("The additional sense codes", () => {
  it("are named by T10's text in capitals, other characters as underscores", () => {
    for (const [name, code] of Object.entries(named)) {
      expect(name).toBe(code.text.replace(/[^A-Z0-9]+/g, "_").replace(/_$/, ""));
    }
  });

  it("are each listed once", () => {
    expect(new Set(senseCodes)).toEqual(new Set(Object.values(named)));
    const numbers = senseCodes.map(({ asc, ascq }) => `${asc}/${ascq}`);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(new Set(senseCodes.map(({ text }) => text)).size).toBe(numbers.length);
  });

  it("are bytes under a sense key", () => {
    const keys: readonly number[] = Object.values(SenseKey);
    for (const { key, asc, ascq } of senseCodes) {
      expect(keys).toContain(key);
      expect(Buffer.from([asc, ascq])).toEqual(Buffer.of(asc & 0xff, ascq & 0xff));
    }
  });

  it.each([
    [codes.INVALID_COMMAND_OPERATION_CODE, 0x5, 0x20, 0x00],
    [codes.LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE, 0x5, 0x21, 0x00],
    [codes.INVALID_FIELD_IN_CDB, 0x5, 0x24, 0x00],
    [codes.PARAMETER_LIST_LENGTH_ERROR, 0x5, 0x1a, 0x00],
    [codes.INSUFFICIENT_REGISTRATION_RESOURCES, 0x5, 0x55, 0x04],
    [codes.LOGICAL_UNIT_NOT_READY_INITIALIZING_COMMAND_REQUIRED, 0x2, 0x04, 0x02],
    [codes.MEDIUM_NOT_PRESENT, 0x2, 0x3a, 0x00],
    [codes.UNRECOVERED_READ_ERROR, 0x3, 0x11, 0x00],
    [codes.INTERNAL_TARGET_FAILURE, 0x4, 0x44, 0x00],
    [codes.I_T_NEXUS_LOSS_OCCURRED, 0x6, 0x29, 0x07],
    [codes.REPORTED_LUNS_DATA_HAS_CHANGED, 0x6, 0x3f, 0x0e],
    [codes.SPACE_ALLOCATION_FAILED_WRITE_PROTECT, 0x7, 0x27, 0x07],
    [codes.COPY_TARGET_DEVICE_NOT_REACHABLE, 0xa, 0x0d, 0x02],
    [codes.WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA, 0xb, 0x0c, 0x0c],
    [codes.PROTOCOL_SERVICE_CRC_ERROR, 0xb, 0x47, 0x05],
    [codes.MISCOMPARE_DURING_VERIFY_OPERATION, 0xe, 0x1d, 0x00],
  ])("[SPC-4 4.5.6] $text", (code, key, asc, ascq) => {
    expect(code).toMatchObject({ key, asc, ascq });
  });

  it("give T10's text for their numbers", () => {
    expect(senseText(0x27, 0x00)).toBe("WRITE PROTECTED");
  });

  it("say of other numbers whose they are", () => {
    expect(senseText(0x7a, 0x01)).toBe("UNKNOWN 7A/01");
    expect(senseText(0x21, 0x80)).toBe("VENDOR SPECIFIC 21/80");
    expect(senseText(0x80, 0x00)).toBe("VENDOR SPECIFIC 80/00");
  });

  it("can stand under another key", () => {
    const code = withKey(SenseKey.COPY_ABORTED, codes.NO_ADDITIONAL_SENSE_INFORMATION);
    expect(code).toMatchObject({ key: 0xa, asc: 0, ascq: 0 });
    expect(codes.NO_ADDITIONAL_SENSE_INFORMATION.key).toBe(0x0);
  });
});
