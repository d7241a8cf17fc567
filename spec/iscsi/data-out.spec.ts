import { DataOut } from "../../lib/iscsi/data-out";
import { NO_TAG } from "../../lib/iscsi/pdu";
import type { DataOutBhs } from "../../lib/iscsi/pdus/data";

const CRC = "PROTOCOL SERVICE CRC ERROR";
const TOO_MUCH = "WRITE ERROR - UNEXPECTED UNSOLICITED DATA";
const TOO_LITTLE = "WRITE ERROR - NOT ENOUGH UNSOLICITED DATA";

function bhs(fields: Partial<DataOutBhs>): DataOutBhs {
  const zero = { lun: new Uint8Array(8), initiatorTaskTag: 1, expStatSN: 0, dataSN: 0 };
  return { ...zero, final: true, targetTransferTag: NO_TAG, bufferOffset: 0, ...fields };
}

function begin(command: Partial<ConstructorParameters<typeof DataOut>[0]> = {}): DataOut {
  const max = { immediateMax: 512, unsolicitedMax: 1024 };
  const none = { immediate: [], immediateLength: 0, hasMore: false, canRecover: false };
  return new DataOut({ expectedLength: 4096, ...max, ...none, ...command });
}

/** Sends a PDU of `length` bytes. */
function give(dataOut: DataOut, length: number, fields: Partial<DataOutBhs> = {}): boolean {
  return dataOut.receive(bhs(fields), [new Uint8Array(length)], length);
}

describe("Data-Out of a task", () => {
  it("[RFC7143 4.2.5.2] is whole when immediate, unsolicited and solicited data have come", () => {
    const dataOut = begin({ immediate: [Buffer.alloc(512)], immediateLength: 512, hasMore: true });
    dataOut.want(4096);
    expect(dataOut.canSolicit(4)).toBe(false);
    give(dataOut, 512, { bufferOffset: 512 });
    expect(dataOut.missing).toBe(3072);
    expect(dataOut.solicit(7, 2048)).toMatchObject({ start: 1024, end: 3072, r2tSN: 0 });
    expect(dataOut.solicit(8, 2048)).toMatchObject({ start: 3072, end: 4096, r2tSN: 1 });
    expect(dataOut.canSolicit(4)).toBe(false);
    give(dataOut, 1024, { targetTransferTag: 7, final: false, bufferOffset: 1024 });
    give(dataOut, 1024, { targetTransferTag: 7, dataSN: 1, bufferOffset: 2048 });
    give(dataOut, 1024, { targetTransferTag: 8, bufferOffset: 3072 });
    expect(dataOut).toMatchObject({ failure: null, missing: 0, isOpen: false, received: 4096 });
  });

  it("has no more R2Ts outstanding than was agreed", () => {
    const dataOut = begin();
    dataOut.want(4096);
    dataOut.solicit(1, 512);
    expect(dataOut.canSolicit(2)).toBe(true);
    dataOut.solicit(2, 512);
    expect(dataOut.canSolicit(2)).toBe(false);
  });

  it("is cut at what the command wants", () => {
    const dataOut = begin({ immediate: [Buffer.alloc(512)], immediateLength: 512 });
    dataOut.want(100);
    expect(dataOut.take().map(({ length }) => length)).toEqual([100]);
  });

  it("[RFC7143 13.14] may not be immediate beyond FirstBurstLength, or where it was refused", () => {
    const immediate = { immediate: [Buffer.alloc(513)], immediateLength: 513 };
    expect(begin(immediate).failure?.text).toBe(TOO_MUCH);
    expect(begin({ ...immediate, immediateMax: 0 }).failure?.text).toBe(TOO_MUCH);
  });

  it("[RFC7143 13.10] may not follow the command where InitialR2T=Yes", () => {
    const dataOut = begin({ unsolicitedMax: 0, hasMore: true });
    expect(dataOut.failure?.text).toBe(TOO_MUCH);
    expect(dataOut.isOpen).toBe(true);
  });

  it.each([
    { what: "a DataSN too high", length: 512, fields: { dataSN: 1 }, failure: CRC },
    { what: "a wrong Buffer Offset", length: 512, fields: { bufferOffset: 4 }, failure: CRC },
    { what: "more than was asked for", length: 2049, fields: {}, failure: TOO_MUCH },
    { what: "less than was asked for", length: 512, fields: {}, failure: TOO_LITTLE },
    {
      what: "another sequence before its turn",
      length: 512,
      fields: { targetTransferTag: 8, bufferOffset: 2048 },
      failure: CRC,
    },
  ])("[RFC7143 7.8, 7.9] fails by $what, once all sequences have ended", (row) => {
    const dataOut = begin();
    dataOut.want(4096);
    dataOut.solicit(7, 2048);
    dataOut.solicit(8, 2048);
    give(dataOut, row.length, { targetTransferTag: 7, ...row.fields });
    expect(dataOut.failure?.text).toBe(row.failure);
    expect(dataOut.isOpen).toBe(true);
    expect(dataOut.canSolicit(8)).toBe(false);
    give(dataOut, 0, { targetTransferTag: "targetTransferTag" in row.fields ? 7 : 8 });
    expect(dataOut.isOpen).toBe(false);
    expect(dataOut.chunks).toEqual([]);
  });

  it("belongs to no sequence when its tag is that of none", () => {
    expect(give(begin(), 512)).toBe(false);
    expect(give(begin(), 512, { targetTransferTag: 9 })).toBe(false);
  });
});
