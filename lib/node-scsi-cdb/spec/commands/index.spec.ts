import type { CommandRow } from "../../src/command";
import { usageData } from "../../src/command-index";
import * as families from "../../src/commands/index";
import { blocksOf6 } from "../../src/commands/shared-fields";

/* CDB USAGE DATA of every command, as the standards' tables of their CDBs give it. */
const USAGE: ReadonlyArray<readonly [keyof typeof families, string]> = [
  ["testUnitReady", "00 00 00 00 00 04"],
  ["requestSense", "03 01 00 00 ff 04"],
  ["formatUnit", "04 ff 00 00 03 04"],
  ["reassignBlocks", "07 03 00 00 00 04"],
  ["read6", "08 1f ff ff ff 04"],
  ["write6", "0a 1f ff ff ff 04"],
  ["inquiry", "12 01 ff ff ff 04"],
  ["modeSelect6", "15 11 00 00 ff 04"],
  ["reserve6", "16 00 00 00 00 04"],
  ["release6", "17 00 00 00 00 04"],
  ["modeSense6", "1a 08 ff ff ff 04"],
  ["startStopUnit", "1b 01 00 0f f7 04"],
  ["receiveDiagnosticResults", "1c 01 ff ff ff 04"],
  ["sendDiagnostic", "1d f7 00 ff ff 04"],
  ["preventAllowMediumRemoval", "1e 00 00 00 03 04"],
  ["readCapacity10", "25 00 00 00 00 00 00 00 00 04"],
  ["read10", "28 f8 ff ff ff ff 1f ff ff 04"],
  ["write10", "2a f8 ff ff ff ff 1f ff ff 04"],
  ["writeAndVerify10", "2e f6 ff ff ff ff 1f ff ff 04"],
  ["verify10", "2f f6 ff ff ff ff 1f ff ff 04"],
  ["preFetch10", "34 02 ff ff ff ff 1f ff ff 04"],
  ["synchronizeCache10", "35 02 ff ff ff ff 1f ff ff 04"],
  ["readDefectData10", "37 00 1f 00 00 00 00 ff ff 04"],
  ["writeBuffer", "3b ff ff ff ff ff ff ff ff 04"],
  ["readBuffer", "3c 1f ff ff ff ff ff ff ff 04"],
  ["writeSame10", "41 f8 ff ff ff ff 1f ff ff 04"],
  ["unmap", "42 01 00 00 00 00 1f ff ff 04"],
  ["sanitizeOverwrite", "48 a1 00 00 00 00 00 ff ff 04"],
  ["sanitizeBlockErase", "48 a2 00 00 00 00 00 ff ff 04"],
  ["sanitizeCryptographicErase", "48 a3 00 00 00 00 00 ff ff 04"],
  ["sanitizeExitFailureMode", "48 bf 00 00 00 00 00 ff ff 04"],
  ["logSelect", "4c 03 ff ff 00 00 00 ff ff 04"],
  ["logSense", "4d 01 ff ff 00 ff ff ff ff 04"],
  ["modeSelect10", "55 11 00 00 00 00 00 ff ff 04"],
  ["reserve10", "56 12 00 ff 00 00 00 ff ff 04"],
  ["release10", "57 12 00 ff 00 00 00 ff ff 04"],
  ["modeSense10", "5a 18 ff ff 00 00 00 ff ff 04"],
  ["persistentReserveInReadKeys", "5e 00 00 00 00 00 00 ff ff 04"],
  ["persistentReserveInReadReservation", "5e 01 00 00 00 00 00 ff ff 04"],
  ["persistentReserveInReportCapabilities", "5e 02 00 00 00 00 00 ff ff 04"],
  ["persistentReserveInReadFullStatus", "5e 03 00 00 00 00 00 ff ff 04"],
  ["persistentReserveOutRegister", "5f 00 00 00 00 ff ff ff ff 04"],
  ["persistentReserveOutReserve", "5f 01 ff 00 00 ff ff ff ff 04"],
  ["persistentReserveOutRelease", "5f 02 ff 00 00 ff ff ff ff 04"],
  ["persistentReserveOutClear", "5f 03 00 00 00 ff ff ff ff 04"],
  ["persistentReserveOutPreempt", "5f 04 ff 00 00 ff ff ff ff 04"],
  ["persistentReserveOutPreemptAndAbort", "5f 05 ff 00 00 ff ff ff ff 04"],
  ["persistentReserveOutRegisterAndIgnoreExistingKey", "5f 06 00 00 00 ff ff ff ff 04"],
  ["persistentReserveOutRegisterAndMove", "5f 07 ff 00 00 ff ff ff ff 04"],
  ["persistentReserveOutReplaceLostReservation", "5f 08 ff 00 00 ff ff ff ff 04"],
  ["extendedCopyLid1", "83 00 00 00 00 00 00 00 00 00 ff ff ff ff 00 04"],
  ["receiveCopyStatusLid1", "84 00 ff 00 00 00 00 00 00 00 ff ff ff ff 00 04"],
  ["receiveCopyDataLid1", "84 01 ff 00 00 00 00 00 00 00 ff ff ff ff 00 04"],
  ["receiveCopyOperatingParameters", "84 03 00 00 00 00 00 00 00 00 ff ff ff ff 00 04"],
  ["receiveCopyFailureDetailsLid1", "84 04 ff 00 00 00 00 00 00 00 ff ff ff ff 00 04"],
  ["read16", "88 f8 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["compareAndWrite", "89 f8 ff ff ff ff ff ff ff ff 00 00 00 ff 1f 04"],
  ["write16", "8a f8 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["orwrite16", "8b f8 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["writeAndVerify16", "8e f6 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["verify16", "8f f6 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["preFetch16", "90 02 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["synchronizeCache16", "91 02 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["writeSame16", "93 f9 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["writeAtomic16", "9c f8 ff ff ff ff ff ff ff ff ff ff ff ff 1f 04"],
  ["readCapacity16", "9e 10 00 00 00 00 00 00 00 00 ff ff ff ff 00 04"],
  ["getLbaStatus", "9e 12 ff ff ff ff ff ff ff ff ff ff ff ff 00 04"],
  ["reportLuns", "a0 00 ff 00 00 00 ff ff ff ff 00 04"],
  ["reportIdentifyingInformation", "a3 05 00 00 00 00 ff ff ff ff fe 04"],
  ["reportTargetPortGroups", "a3 ea 00 00 00 00 ff ff ff ff 00 04"],
  ["reportSupportedOperationCodes", "a3 0c 87 ff ff ff ff ff ff ff 00 04"],
  ["reportSupportedTaskManagementFunctions", "a3 0d 80 00 00 00 ff ff ff ff 00 04"],
  ["reportTimestamp", "a3 0f 00 00 00 00 ff ff ff ff 00 04"],
  ["setIdentifyingInformation", "a4 06 00 00 00 00 ff ff ff ff fe 04"],
  ["setTargetPortGroups", "a4 0a 00 00 00 00 ff ff ff ff 00 04"],
  ["setTimestamp", "a4 0f 00 00 00 00 ff ff ff ff 00 04"],
  ["read12", "a8 f8 ff ff ff ff ff ff ff ff 1f 04"],
  ["write12", "aa f8 ff ff ff ff ff ff ff ff 1f 04"],
  ["writeAndVerify12", "ae f6 ff ff ff ff ff ff ff ff 1f 04"],
  ["verify12", "af f6 ff ff ff ff ff ff ff ff 1f 04"],
  ["readDefectData12", "b7 1f ff ff ff ff ff ff ff ff 00 04"],
];

const rows: Readonly<Record<string, CommandRow>> = families;

describe("The commands", () => {
  it("are all in the table of this spec", () => {
    expect(USAGE.map(([name]) => name).sort()).toEqual(Object.keys(families).sort());
  });

  it.each(USAGE)("%s has usage data %s", (name, usage) => {
    const data = usageData(rows[name] as CommandRow);
    expect(Buffer.from(data).toString("hex")).toBe(usage.replaceAll(" ", ""));
  });

  it.each(["read10", "read16", "write10", "write16"] as const)(
    "%s, which is read by hand, reads as its fields say",
    (name) => {
      const row: CommandRow = families[name];
      for (let byte = 0; byte < row.length; byte++) {
        for (const [background, value] of [...Array(256).keys()].map((one) => [one ^ 0xff, one])) {
          const cdb = Buffer.alloc(row.length, background).fill(value as number, byte, byte + 1);
          expect(row.decode(cdb)).toEqual(row.layout.decode(cdb));
        }
      }
    },
  );

  it("[SBC-2 READ (6)] READ (6) has an address of 21 bits", () => {
    const cdb = families.read6.encode({ lba: 0x1abcde, blockCount: 3 });
    expect(Buffer.from(cdb).toString("hex")).toBe("081abcde0300");
    expect(families.read6.decode(cdb)).toMatchObject({ lba: 0x1abcde, blockCount: 3 });
    expect(() => families.read6.encode({ lba: 0x200000 })).toThrow(RangeError);
  });

  it("[SBC-2 READ (6)] READ (6) of 0 blocks means 256", () => {
    expect(blocksOf6(families.read6.decode(families.read6.encode({ blockCount: 0 })))).toBe(256);
    expect(blocksOf6(families.write6.decode(families.write6.encode({ blockCount: 1 })))).toBe(1);
  });

  it("[SPC-4 INQUIRY] INQUIRY refuses CMDDT, which went obsolete", () => {
    expect(families.inquiry.firstReservedBit(Uint8Array.of(0x12, 2, 0, 0, 36, 0))).toEqual({
      byte: 1,
      bit: 1,
    });
  });

  it("[SBC-3 READ (10)] READ (10) takes RARC, FUA_NV and RELADR without effect", () => {
    const cdb = Uint8Array.of(0x28, 0x07, 0, 0, 0, 0, 0, 0, 1, 0);
    expect(families.read10.firstReservedBit(cdb)).toBeNull();
  });

  it("[SBC-3 WRITE SAME (10)] WRITE SAME refuses LBDATA, which would change the data", () => {
    const cdb = Uint8Array.of(0x41, 0x02, 0, 0, 0, 0, 0, 0, 1, 0);
    expect(families.writeSame10.firstReservedBit(cdb)).toEqual({ byte: 1, bit: 1 });
  });

  it("[SPC-4 PERSISTENT RESERVE OUT] REGISTER takes any SCOPE and TYPE, RESERVE reads them", () => {
    const { persistentReserveOutRegister, persistentReserveOutReserve } = families;
    const cdb = persistentReserveOutRegister.encode({ scope: 15, type: 15 });
    expect(persistentReserveOutRegister.firstReservedBit(cdb)).toBeNull();
    expect(persistentReserveOutReserve.decode(cdb)).toMatchObject({ scope: 15, type: 15 });
  });
});
