import { Prng } from "../../../lib/base/prng";
import { NO_TAG } from "../../../lib/iscsi/pdu";
import {
  askForAcknowledgement,
  dataIn,
  dataOut,
  readDataOut,
  writeDataIn,
} from "../../../lib/iscsi/pdus/data";
import { r2t, writeR2t } from "../../../lib/iscsi/pdus/r2t";
import {
  readCommandAhs,
  readScsiCommand,
  scsiCommand,
  scsiResponse,
  writeScsiResponse,
} from "../../../lib/iscsi/pdus/scsi-command";

const prng = new Prng(20260101);
const rounds = Array.from({ length: 50 }, (_, round) => round);

function random(): {
  flag: () => boolean;
  u8: () => number;
  u32: () => number;
} {
  return { flag: () => prng.chance(0.5), u8: () => prng.below(256), u32: () => prng.u32() };
}

describe("the hand-written readers and writers (seed 20260101)", () => {
  it("readScsiCommand reads what the row reads", () => {
    for (const _ of rounds) {
      const bhs = prng.bytes(48);
      expect(scsiCommand.decode(bhs)).toMatchObject(readScsiCommand(bhs));
    }
  });

  it("readDataOut reads what the row reads", () => {
    for (const _ of rounds) {
      const bhs = prng.bytes(48);
      expect(dataOut.decode(bhs)).toMatchObject(readDataOut(bhs));
    }
  });

  it("writeDataIn writes what the row writes, over whatever was there", () => {
    const { flag, u8, u32 } = random();
    for (const _ of rounds) {
      const fields = {
        final: flag(),
        overflow: flag(),
        underflow: flag(),
        hasStatus: flag(),
        status: u8(),
        initiatorTaskTag: u32(),
        statSN: u32(),
        expCmdSN: u32(),
        maxCmdSN: u32(),
        dataSN: u32(),
        bufferOffset: u32(),
        residualCount: u32(),
      };
      const bhs = Buffer.alloc(48, 0xff);
      writeDataIn(bhs, fields);
      expect(bhs).toEqual(dataIn.encode({ ...fields, targetTransferTag: NO_TAG }));
    }
  });

  it("writeScsiResponse writes what the row writes", () => {
    const { flag, u8, u32 } = random();
    for (const _ of rounds) {
      const fields = {
        overflow: flag(),
        underflow: flag(),
        response: u8(),
        status: u8(),
        initiatorTaskTag: u32(),
        statSN: u32(),
        expCmdSN: u32(),
        maxCmdSN: u32(),
        expDataSN: u32(),
        residualCount: u32(),
      };
      const bhs = Buffer.alloc(48);
      writeScsiResponse(bhs, fields);
      expect(bhs).toEqual(scsiResponse.encode(fields));
    }
  });

  it("writeR2t writes what the row writes", () => {
    const { u32 } = random();
    for (const _ of rounds) {
      const fields = {
        lun: prng.bytes(8),
        initiatorTaskTag: u32(),
        targetTransferTag: u32(),
        statSN: u32(),
        expCmdSN: u32(),
        maxCmdSN: u32(),
        r2tSN: u32(),
        bufferOffset: u32(),
        desiredDataTransferLength: u32(),
      };
      const bhs = Buffer.alloc(48);
      writeR2t(bhs, fields);
      expect(bhs).toEqual(r2t.encode(fields));
    }
  });
});

describe("readCommandAhs", () => {
  it.each([
    ["[RFC7143 11.2.2.3] an extended CDB", "0005 01 00 11223344", "11223344", null],
    ["[RFC7143 11.2.2.3] an extended CDB with padding", "0003 01 00 1122 0000", "1122", null],
    ["[RFC7143 11.2.2.4] a bidirectional read length", "0005 02 00 00001000", null, 4096],
    ["both", "0005 01 00 11223344 0005 02 00 00000200", "11223344", 512],
  ])("reads %s", (_, hex, cdb, bidirectionalReadLength) => {
    const segments = readCommandAhs(Buffer.from(hex.replaceAll(" ", ""), "hex"));
    const extendedCdb = cdb === null ? null : Buffer.from(cdb, "hex");
    expect(segments).toEqual({ extendedCdb, bidirectionalReadLength });
  });

  it.each([
    ["an empty segment", "0000 01 00"],
    ["a length over the end", "0009 01 00 11223344"],
    ["an unknown type", "0005 03 00 11223344"],
    ["a type twice", "0005 02 00 00000200 0005 02 00 00000200"],
    ["a bidirectional read length of a wrong size", "0004 02 00 00020000"],
  ])("refuses %s", (_, hex) => {
    expect(readCommandAhs(Buffer.from(hex.replaceAll(" ", ""), "hex"))).toBeNull();
  });

  it("askForAcknowledgement adds A, LUN and Target Transfer Tag", () => {
    const fields = { lun: Buffer.alloc(8, 3), targetTransferTag: 9 };
    const bhs = dataIn.encode({ targetTransferTag: NO_TAG, dataSN: 4 });
    askForAcknowledgement(bhs, fields);
    expect(bhs).toEqual(dataIn.encode({ ...fields, dataSN: 4, acknowledge: true }));
  });
});
