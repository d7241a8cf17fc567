import { limits } from "../../../lib/base/limits";
import { Prng } from "../../../lib/base/prng";
import {
  parameterListLengthMax,
  parseCopyList,
} from "../../../lib/scsi/third-party-copy/parameter-list";
import { blocks, bytes, listOf, naaOf, target } from "../support/copy-bench";
import { describeSense } from "../support/unit";

/** What is wrong with a list; null: nothing. */
function refusal(list: Uint8Array): string | null {
  const parsed = parseCopyList(list);
  return "code" in parsed ? describeSense(parsed) : null;
}

const whole = listOf([target(0), target(1)], [blocks({ blockCount: 1 }), bytes({ byteCount: 1 })]);

describe("The parameter list of EXTENDED COPY (LID1)", () => {
  it("[SPC-4 6.5] names units and says what is copied from where to where", () => {
    const segments = [
      blocks({
        cat: true,
        source: 1,
        destination: 0,
        blockCount: 7,
        sourceLba: 8,
        destinationLba: 9,
      }),
      bytes({
        byteCount: 5,
        sourceLba: 1,
        sourceOffset: 2,
        destinationLba: 3,
        destinationOffset: 4,
      }),
    ];
    const targets = [target(5, { pad: true, blockLength: 512 }), target(6)];
    const list = parseCopyList(listOf(targets, segments, { listIdentifier: 200 }));
    expect(list).toMatchObject({
      listIdentifier: 200,
      targets: [
        { at: 16, designator: naaOf(5), pad: true, blockLength: 512 },
        { at: 48, designator: naaOf(6), pad: false, blockLength: 0 },
      ],
      segments: [
        {
          ...{ at: 80, count: 7, countOf: "source-blocks", cat: true },
          source: { target: 1, lba: 8, offset: 0 },
          destination: { target: 0, lba: 9, offset: 0 },
        },
        {
          ...{ at: 108, count: 5, countOf: "bytes", cat: false },
          source: { target: 0, lba: 1, offset: 2 },
          destination: { target: 0, lba: 3, offset: 4 },
        },
      ],
    });
  });

  it("[SPC-4 6.4.3.2] may go without a list identifier", () => {
    const list = (fields: object): Buffer => listOf([], [], fields);
    expect(parseCopyList(list({ listIdUsage: 3 }))).toMatchObject({ listIdentifier: null });
    expect(parseCopyList(list({ listIdUsage: 2 }))).toMatchObject({ listIdentifier: 0 });
    expect(refusal(list({ listIdUsage: 3, listIdentifier: 1 }))).toBe("5/26/00 data 0.7");
    expect(refusal(list({ listIdUsage: 1 }))).toBe("5/26/00 data 1.4");
  });

  it("ExtendedCopy.ParamHdr: is refused cut at any byte, and taken with more behind it", () => {
    for (let length = 1; length < whole.length; length++) {
      expect(refusal(whole.subarray(0, length))).toBe("5/1a/00");
    }
    expect(refusal(whole)).toBeNull();
    expect(refusal(Buffer.concat([whole, Buffer.alloc(9, 0xff)]))).toBeNull();
  });

  const { copyTargetsMax, copySegmentsMax } = limits;
  const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
  const one = bytes({});

  it("ExtendedCopy.DescrLimits: has as many descriptors as RECEIVE COPY OPERATING PARAMETERS says", () => {
    const [targets, segments] = [many(copyTargetsMax, target(0)), many(copySegmentsMax, one)];
    const most = listOf(targets, segments);
    expect([refusal(most), most.length]).toEqual([null, parameterListLengthMax]);
    expect(refusal(listOf([...targets, target(0)], [one]))).toBe("5/26/06 data 2.7");
    expect(refusal(listOf([target(0)], [...segments, one]))).toBe("5/26/08 data 8.7");
    expect(refusal(listOf([...targets, target(0)], [...segments, one]))).toBe("5/1a/00");
  });

  it.each([
    {
      what: "a target of another type",
      list: listOf([target(0), target(0, { type: 0xe0 })], []),
      text: "5/26/07 data 48.7",
    },
    {
      what: "a segment of another type",
      list: listOf([target(0)], [one, blocks({ type: 3 })]),
      text: "5/26/09 data 80.7",
    },
    { what: "inline data", list: listOf([], [], { inlineLength: 1 }), text: "5/26/0b data 12.7" },
    { what: "half a target", list: listOf([target(0).subarray(16)], []), text: "5/26/00 data 2.7" },
    { what: "half a segment", list: listOf([], [one.subarray(0, 31)]), text: "5/1a/00" },
    {
      what: "a segment of another length",
      list: listOf([], [blocks({ descriptorLength: 28 }), one]),
      text: "5/26/00 data 18.7",
    },
    {
      what: "a segment that is too long",
      list: listOf([], [bytes({ byteCount: limits.copySegmentLengthMax + 1 })]),
      text: "5/26/00 data 24.7",
    },
    {
      what: "a name that is too long",
      list: listOf([target(0, { designatorLength: 21 })], []),
      text: "5/26/00 data 23.7",
    },
  ])("is refused with $what", ({ list, text }) => {
    expect(refusal(list)).toBe(text);
  });

  it("is refused with any reserved bit, at which the sense points", () => {
    const reserved: [byte: number, bit: number][] = [
      ...[[1, 7], [1, 6], [4, 0], [7, 3]], // the header
      ...[[20, 4], [21, 7], [22, 0], [44, 1], [76, 7]], // targets
      ...[[81, 7], [88, 0], [89, 7], [109, 2]], // segments
    ] as [number, number][]; // prettier-ignore
    for (const [byte, bit] of reserved) {
      const list = Buffer.from(whole);
      list[byte] = (list[byte] as number) | (1 << bit);
      expect(refusal(list)).toBe(`5/26/00 data ${byte}.${bit}`);
    }
  });

  it("[SPC-4 6.4.5.6] ExtendedCopy.ValidTgtDescr: LU ID TYPE, NUL and the initiator port mean nothing", () => {
    const list = Buffer.from(whole);
    list[17] = 0xe0;
    list.writeUInt16BE(0xffff, 18);
    expect(refusal(list)).toBeNull();
  });

  const SEED = 77;
  it(`is refused or taken, whatever its bytes are (seed ${SEED})`, () => {
    const prng = new Prng(SEED);
    for (let round = 0; round < 3000; round++) {
      const list = Buffer.from(whole);
      for (let times = prng.below(4); times >= 0; times--)
        list[prng.below(list.length)] = prng.below(256);
      const cut = list.subarray(0, prng.chance(0.8) ? list.length : prng.below(list.length));
      expect(refusal(cut) ?? "5/").toMatch(/^5\//);
    }
  });
});
