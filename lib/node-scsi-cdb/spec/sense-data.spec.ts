import { type Sense, SenseKey } from "../src/sense";
import * as codes from "../src/sense-codes";
import {
  type SenseFormat,
  decodeSense,
  encodeSense,
  invalidFieldInCdb,
  invalidFieldInParameterList,
} from "../src/sense-data";
import { Status } from "../src/status";

const formats: readonly SenseFormat[] = ["fixed", "descriptor"];

function encoded(sense: Sense, as: SenseFormat): string {
  return Buffer.from(encodeSense(sense, as)).toString("hex");
}

function decoded(hex: string): ReturnType<typeof decodeSense> {
  return decodeSense(Buffer.from(hex, "hex"));
}

/** What ends a copy that a reservation of its source, or its write-protected destination, stops. */
const copies: readonly Sense[] = [
  {
    code: codes.THIRD_PARTY_DEVICE_FAILURE,
    segment: 2,
    forwarded: { from: "source", status: Status.RESERVATION_CONFLICT, sense: null },
  },
  {
    code: codes.THIRD_PARTY_DEVICE_FAILURE,
    segment: 0,
    information: 7,
    field: { byte: 16, bit: 7, in: "data" },
    forwarded: {
      from: "destination",
      status: Status.CHECK_CONDITION,
      sense: { code: codes.WRITE_PROTECTED },
    },
  },
];

describe("[SPC-4 4.5.3] Fixed format sense data", () => {
  it("is 18 bytes with key and codes in their places", () => {
    const sense = { code: codes.MEDIUM_REMOVAL_PREVENTED };
    expect(encoded(sense, "fixed")).toBe("700005000000000a00000000530200000000");
  });

  it("sets VALID with an INFORMATION of up to 32 bits", () => {
    const sense = { code: codes.MISCOMPARE_DURING_VERIFY_OPERATION, information: 0xffffffff };
    expect(encoded(sense, "fixed")).toBe("f0000effffffff0a000000001d0000000000");
  });

  it("leaves VALID clear when INFORMATION has more than 32 bits", () => {
    const sense = { code: codes.UNRECOVERED_READ_ERROR, information: 0x100000000 };
    expect(encoded(sense, "fixed")).toBe("700003000000000a00000000110000000000");
  });

  it("points into the CDB with SKSV, C/D and BPV", () => {
    const sense = invalidFieldInCdb({ byte: 2, bit: 6 });
    expect(encoded(sense, "fixed")).toBe("700005000000000a00000000240000ce0002");
  });

  it("points into parameter data with C/D clear", () => {
    const sense = invalidFieldInParameterList({ byte: 0x123, bit: 0 });
    expect(encoded(sense, "fixed")).toBe("700005000000000a00000000260000880123");
  });

  it("tells the progress of what makes the unit not ready", () => {
    const sense = { code: codes.LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS, progress: 0x8000 };
    expect(encoded(sense, "fixed")).toBe("700002000000000a00000000040400808000");
  });
});

describe("[SPC-4 4.5.2] Descriptor format sense data", () => {
  it("is 8 bytes when there is nothing more to say", () => {
    expect(encoded({ code: codes.WRITE_PROTECTED }, "descriptor")).toBe("7207270000000000");
  });

  it("[SPC-4 4.5.2.2] holds 64 bits of INFORMATION", () => {
    const sense = { code: codes.UNRECOVERED_READ_ERROR, information: 0x123456789a };
    expect(encoded(sense, "descriptor")).toBe("720311000000000c000a8000000000123456789a");
  });

  it("[SPC-4 4.5.2.4] holds a field pointer", () => {
    const sense = invalidFieldInCdb({ byte: 10, bit: 7 });
    expect(encoded(sense, "descriptor")).toBe("720524000000000802060000cf000a00");
  });

  it("holds several descriptors", () => {
    const sense = { ...invalidFieldInCdb({ byte: 1, bit: 4 }), information: 9 };
    expect(encodeSense(sense, "descriptor")).toHaveLength(8 + 12 + 8);
    expect(decodeSense(encodeSense(sense, "descriptor"))).toMatchObject(sense);
  });
});

describe("[SPC-4 5.17.7.4] Sense data of a copy that was aborted", () => {
  it("in fixed format says which segment, and where the status of its source stands", () => {
    expect(encoded(copies[0] as Sense, "fixed")).toBe(
      "70000a000000000b12000002" + "0d0100000000" + "18",
    );
  });

  it("in fixed format points at the descriptor of its destination, and forwards the sense", () => {
    expect(encoded(copies[1] as Sense, "fixed")).toBe(
      "f0000a000000071d00120000" + "0d01008f0010" + "02" +
        "700007000000000a00000000270000000000", // prettier-ignore
    );
  });

  it("[SPC-4 4.5.2.7] in descriptor format has a descriptor for each", () => {
    expect(encoded(copies[0] as Sense, "descriptor")).toBe(
      "720a0d0100000010" + "010a00000000000000000002" + "0c020118",
    );
  });

  it.each(formats)("may be cut anywhere (%s)", (as) => {
    for (const sense of copies) {
      const whole = encodeSense(sense, as);
      for (let length = 1; length <= whole.length; length++) {
        const { key } = decodeSense(whole.subarray(0, length))?.code ?? {};
        const hasKey = length > (as === "fixed" ? 2 : 1);
        expect(key).toBe(hasKey ? SenseKey.COPY_ABORTED : SenseKey.NO_SENSE);
      }
    }
  });
});

describe("Sense data of either format", () => {
  const cases: readonly Sense[] = [
    { code: codes.NO_ADDITIONAL_SENSE_INFORMATION },
    { code: codes.UNRECOVERED_READ_ERROR, information: 0 },
    { code: codes.UNRECOVERED_READ_ERROR, information: 0xdeadbeef },
    { code: codes.OPERATION_IN_PROGRESS, progress: 1 },
    { code: codes.LOGICAL_UNIT_NOT_READY_SANITIZE_IN_PROGRESS, progress: 65535 },
    invalidFieldInCdb({ byte: 31, bit: 3 }),
    invalidFieldInParameterList({ byte: 65535, bit: 7 }),
    // Fixed format sense data of a copy always says which segment.
    ...codes.senseCodes.map((code) => ({
      code,
      ...(code.key === SenseKey.COPY_ABORTED && { segment: 0 }),
    })),
    { code: codes.UNREACHABLE_COPY_TARGET, segment: 513, field: { byte: 48, bit: 7, in: "data" } },
    ...copies,
  ];

  it.each(formats)("comes back as it went (%s)", (as) => {
    const responseCode = as === "fixed" ? 0x70 : 0x72;
    for (const sense of cases) {
      const back = decodeSense(encodeSense(sense, as));
      expect(back).toEqual({ ...sense, responseCode, deferred: false });
    }
  });

  it.each([
    ["71", "710003000000000a00000000110000000000"],
    ["73", "7303110000000000"],
  ])("with response code %sh is about an earlier command", (_, hex) => {
    expect(decoded(hex)).toMatchObject({ deferred: true, code: codes.UNRECOVERED_READ_ERROR });
  });

  it("may be cut short: what is missing reads as zero", () => {
    expect(decoded("700006")?.code).toMatchObject({ key: 6, asc: 0, ascq: 0 });
    expect(decoded("720311000000000c000a8000")).not.toHaveProperty("information");
  });

  it("may hold descriptors of other types, which are passed over", () => {
    const information = "000a800000000000000000ff";
    expect(decoded(`7203110000000010${"03020007"}${information}`)).toMatchObject({
      information: 255,
    });
  });

  it("has no pointer and no progress without SKSV", () => {
    const sense = decoded("700005000000000a000000002400004f0002");
    expect(sense).not.toHaveProperty("field");
  });

  it.each(["", "00", "7f00"])("is none when it begins with %p", (hex) => {
    expect(decoded(hex)).toBeNull();
  });
});
