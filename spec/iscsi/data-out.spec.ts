import { gather } from "../../lib/base/bytes";
import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import { DataOut } from "../../lib/iscsi/data-out";
import { NO_TAG } from "../../lib/iscsi/pdu";
import type { DataOutBhs } from "../../lib/iscsi/pdus/data";
import { pattern } from "./support/initiator";

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
  it("[RFC7143 4.2.5.2, 11.7.1] is whole when immediate, unsolicited and solicited data have come", () => {
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

/** The same in an order of chance. */
function shuffled<T>(prng: Prng, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(prng.below(left.length), 1)[0] as T);
}

describe("Data-Out in any order", () => {
  const anyPdu = { isPduInOrder: false, isSequenceInOrder: true };
  const anySequence = { isPduInOrder: true, isSequenceInOrder: false };
  const any = { isPduInOrder: false, isSequenceInOrder: false };
  const data = pattern(4096);

  /** Sends what belongs at an offset. */
  function send(dataOut: DataOut, bufferOffset: number, length: number, fields: object): void {
    const view = data.subarray(bufferOffset, bufferOffset + length);
    dataOut.receive(bhs({ bufferOffset, final: false, ...fields }), [view], length);
  }

  function solicited(order: object): DataOut {
    const dataOut = begin({ order: order as typeof any });
    dataOut.want(4096);
    dataOut.solicit(7, 2048);
    dataOut.solicit(8, 2048);
    return dataOut;
  }

  it("[RFC7143 13.18] DataPDUInOrder=No: the PDUs of a sequence have any offsets", () => {
    const dataOut = solicited(anyPdu);
    send(dataOut, 1024, 1024, { targetTransferTag: 7 });
    send(dataOut, 0, 1024, { targetTransferTag: 7, dataSN: 1, final: true });
    send(dataOut, 2048, 2048, { targetTransferTag: 8, final: true });
    expect(dataOut).toMatchObject({ failure: null, missing: 0, isOpen: false });
    expect(gather(dataOut.take())).toEqual(data);
  });

  it("[RFC7143 13.19] DataSequenceInOrder=No: R2Ts are answered in any order", () => {
    const dataOut = solicited(anySequence);
    send(dataOut, 2048, 2048, { targetTransferTag: 8, final: true });
    send(dataOut, 0, 1024, { targetTransferTag: 7 });
    send(dataOut, 1024, 1024, { targetTransferTag: 7, dataSN: 1, final: true });
    expect(dataOut).toMatchObject({ failure: null, missing: 0, isOpen: false });
    expect(gather(dataOut.take())).toEqual(data);
  });

  it.each([
    ["13.19", anyPdu, { targetTransferTag: 8, bufferOffset: 2048 }],
    ["13.18", anySequence, { targetTransferTag: 7, bufferOffset: 512 }],
    ["11.7.5", any, { targetTransferTag: 7, bufferOffset: 0, dataSN: 1 }],
  ])("[RFC7143 %s] keeps the order that was agreed, and that of DataSN", (_, order, fields) => {
    const dataOut = solicited(order);
    give(dataOut, 512, { final: false, ...fields });
    expect(dataOut.failure?.text).toBe(CRC);
  });

  it.each([
    ["twice the same", 0, 1024, CRC],
    ["what overlaps", 512, 1024, CRC],
    ["what lies behind the sequence", 1536, 1024, TOO_MUCH],
    ["less than was asked for", 1024, 512, TOO_LITTLE],
  ])("[RFC7143 11.7] refuses %s", (_, bufferOffset, length, text) => {
    const dataOut = solicited(any);
    send(dataOut, 0, 1024, { targetTransferTag: 7 });
    send(dataOut, bufferOffset, length, { targetTransferTag: 7, dataSN: 1, final: true });
    expect(dataOut.failure?.text).toBe(text);
  });

  it("refuses unsolicited data with a hole", () => {
    const dataOut = begin({ order: any, hasMore: true });
    send(dataOut, 512, 512, { final: true });
    expect(dataOut.failure?.text).toBe(CRC);
  });

  it("keeps no more pieces of a sequence than there is room for", () => {
    const dataOut = begin({ order: any, expectedLength: 8192 });
    dataOut.want(8192);
    dataOut.solicit(7, 8192);
    let piece = 0;
    for (; piece < 4096 && dataOut.failure === null; piece++) {
      give(dataOut, 1, {
        ...{ targetTransferTag: 7, dataSN: piece, bufferOffset: 2 * piece, final: false },
      });
    }
    expect([piece, dataOut.failure?.text]).toEqual([limits.dataOutRangesMax + 1, CRC]);
  });

  it.each([1, 2, 3, 4])("is whole whatever order it comes in (seed %i)", (seed) => {
    const prng = new Prng(seed);
    for (let round = 0; round < 50; round++) {
      const immediate = { immediate: [data.subarray(0, 512)], immediateLength: 512 };
      const dataOut = begin({ order: any, ...immediate, hasMore: true });
      const unsolicited = shuffled(
        prng,
        [0, 1, 2, 3].map((index) => 512 + index * 128),
      );
      unsolicited.forEach((at, dataSN) => send(dataOut, at, 128, { dataSN, final: dataSN === 3 }));
      dataOut.want(4096);
      const sequences = [1, 2, 3].map((tag) => dataOut.solicit(tag, 1024));
      const pieces = sequences.map(({ start }) =>
        shuffled(
          prng,
          Array.from({ length: 8 }, (_, index) => start + index * 128),
        ),
      );
      for (const tag of shuffled(
        prng,
        [1, 2, 3].flatMap((tag) => new Array<number>(8).fill(tag)),
      )) {
        const left = pieces[tag - 1] as number[];
        const dataSN = 8 - left.length;
        const fields = { targetTransferTag: tag, dataSN, final: left.length === 1 };
        send(dataOut, left.pop() as number, 128, fields);
      }
      expect(dataOut).toMatchObject({ failure: null, missing: 0, isOpen: false });
      expect(gather(dataOut.take())).toEqual(data);
    }
  });
});
