import {
  extendedCopyLid1,
  persistentReserveOutRegister,
  reserve6,
  sanitizeBlockErase,
  startStopUnit,
} from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { Prng } from "../../../lib/base/prng";
import { makeNexus } from "../support/bench";
import {
  BLOCK_SIZES,
  CAPACITY,
  CopyBench,
  blocks,
  bytes,
  listOf,
  target,
} from "../support/copy-bench";

const GOOD = { status: 0, text: null };
const OWN_UNIT = 0xffff;
const MIB = 1 << 20;

/** No two pieces of it are alike. */
const PATTERN = Buffer.alloc(CAPACITY);
for (let at = 0; at < CAPACITY; at += 4) PATTERN.writeUInt32BE((at * 2654435761) % 2 ** 32, at);

/** A bench with that on LUN 0 and ones on the others. */
function filled(...args: ConstructorParameters<typeof CopyBench>): CopyBench {
  const bench = new CopyBench(...args);
  bench.fill(0, PATTERN);
  for (const lun of [1, 2]) bench.fill(lun, Buffer.alloc(CAPACITY, 1));
  return bench;
}

describe("EXTENDED COPY (LID1)", () => {
  it.each([
    { what: "to another unit", to: 1 },
    { what: "within a unit", to: 0 },
  ])("[SPC-4 6.4.6.4] copies blocks $what, and leaves those around", ({ to }) => {
    const bench = filled();
    const before = bench.bytes(to);
    const segment = { destination: 1, blockCount: 16, sourceLba: 3, destinationLba: 1000 };
    const list = listOf([target(0), target(to)], [blocks(segment)]);
    expect(bench.copy(list)).toMatchObject(GOOD);
    const expected = Buffer.from(before);
    bench.bytes(0, 3 * 512, 19 * 512).copy(expected, 1000 * 512);
    expect(bench.bytes(to).equals(expected)).toBe(true);
    expect(bench.buffers.out).toBe(0);
  });

  it("copies at whatever unit of the target the command came to", () => {
    const bench = filled();
    const list = listOf([target(0), target(1)], [blocks({ destination: 1, blockCount: 8 })]);
    expect(bench.copy(list, { lun: 2 })).toMatchObject(GOOD);
    expect(bench.bytes(1, 0, 4096)).toEqual(bench.bytes(0, 0, 4096));
  });

  it("[SPC-4 table 148] FFFFh is the unit that the command came to", () => {
    const bench = filled();
    const list = listOf([target(0)], [blocks({ destination: OWN_UNIT, blockCount: 8 })]);
    expect(bench.copy(list, { lun: 1 })).toMatchObject(GOOD);
    expect(bench.bytes(1, 0, 4096)).toEqual(bench.bytes(0, 0, 4096));
  });

  it("copies in portions through one bounded buffer", () => {
    const bench = filled();
    const blockCount = (2 * MIB + 1024) / 512;
    const task = bench.begin(
      listOf([target(0), target(1)], [blocks({ destination: 1, blockCount })]),
    );
    expect(bench.buffers.out).toBe(limits.copyPortionMax);
    bench.completions.run();
    expect(bench.outcomeOf(task)).toMatchObject(GOOD);
    expect(bench.jobs).toEqual([
      ...["0 read 0+2048", "1 write 0+2048", "0 read 2048+2048", "1 write 2048+2048"],
      ...["0 read 4096+2", "1 write 4096+2"],
    ]);
    const [copy, original] = [1, 0].map((lun) => bench.bytes(lun, 0, blockCount * 512));
    expect(copy?.equals(original as Buffer)).toBe(true);
  });

  it("does as Linux and VMware ask: LIST ID USAGE 11b, no list identifier, no inline data", () => {
    const bench = filled();
    const segments = [0, 1, 2].map((index) =>
      blocks({
        dc: true,
        destination: 1,
        blockCount: 8,
        sourceLba: 8 * index,
        destinationLba: 8 * index,
      }),
    );
    const targets = [0, 1].map((lun) => target(lun, { blockLength: 512 }));
    expect(bench.copy(listOf(targets, segments, { listIdUsage: 3, str: true }))).toMatchObject(
      GOOD,
    );
    expect(bench.bytes(1, 0, 24 * 512)).toEqual(bench.bytes(0, 0, 24 * 512));
    expect(bench.status(0)).toBe("5/24/00 cdb 2.7");
  });

  it("[SPC-4 6.4.6.12] copies bytes from any to any place, and keeps the rest of the blocks", () => {
    const bench = filled();
    const segment = {
      ...{ destination: 1, byteCount: 10_000, sourceLba: 2, sourceOffset: 100 },
      ...{ destinationLba: 5, destinationOffset: 4000 },
    };
    expect(bench.copy(listOf([target(0), target(2)], [bytes(segment)]))).toMatchObject(GOOD);
    const expected = Buffer.alloc(CAPACITY, 1);
    bench.bytes(0, 1124, 11_124).copy(expected, 5 * 4096 + 4000);
    expect(bench.bytes(2).equals(expected)).toBe(true);
  });

  const SEED = 831;
  it(`copies random segments as a model does (seed ${SEED})`, () => {
    const prng = new Prng(SEED);
    const bench = new CopyBench();
    const model = BLOCK_SIZES.map((_, lun) => Buffer.from(PATTERN.map((byte) => byte ^ lun)));
    model.forEach((disk, lun) => bench.fill(lun, disk));
    const targets = BLOCK_SIZES.map((_, lun) => target(lun));
    for (let round = 0; round < 60; round++) {
      const [source, destination] = [prng.below(3), prng.below(3)];
      const [a, b] = [source, destination].map((lun) => BLOCK_SIZES[lun] as number) as [
        number,
        number,
      ];
      // Source and destination do not overlap, unless by chance they are two disks.
      const half = CAPACITY / 2;
      const length = prng.below(prng.chance(0.5) ? 3 * 4096 : half - 8192);
      const [start, to] = [prng.below(half - length), half + prng.below(half - length)];
      const segment = bytes({
        ...{ source, destination, byteCount: length },
        ...{ sourceLba: Math.floor(start / a), sourceOffset: start % a },
        ...{ destinationLba: Math.floor(to / b), destinationOffset: to % b },
      });
      expect(bench.copy(listOf(targets, [segment]))).toMatchObject(GOOD);
      model[source]?.copy(model[destination] as Buffer, to, start, start + length);
    }
    model.forEach((disk, lun) => expect(bench.bytes(lun).equals(disk)).toBe(true));
  });

  it.each([
    { what: "nothing to copy from", length: 0, list: Buffer.alloc(0) },
    { what: "no segments", list: listOf([target(0)], []) },
    { what: "segments of nothing", list: listOf([target(0)], [blocks({}), bytes({})]) },
  ])("is GOOD with $what", ({ list }) => {
    const bench = filled();
    expect(bench.copy(list)).toMatchObject(GOOD);
    expect(bench.jobs).toEqual([]);
  });

  it("[SPC-4 5.17.7.1] refuses a list longer than one may be before it is sent", () => {
    const bench = filled();
    const cdb = extendedCopyLid1.encode({ parameterListLength: 65_536 });
    expect(bench.check(cdb)).toMatchObject({ text: "5/1a/00" });
  });
});

describe("[SPC-4 table 116] bytes that do not fill a block", () => {
  /** One block of 512 bytes to a disk with larger ones, by bits. */
  it.each([
    { what: "are an error", source: {}, destination: {}, cat: false, text: "a/26/0a data 80.7" },
    {
      what: "are padded with zeros",
      source: {},
      destination: { pad: true },
      cat: false,
      text: null,
    },
    { what: "are discarded", source: { pad: true }, destination: {}, cat: false, text: null },
    { what: "are discarded at the end", source: {}, destination: {}, cat: true, text: null },
  ])("$what: $source $destination $cat", ({ source, destination, cat, text }) => {
    const bench = filled();
    const targets = [target(0, source), target(2, destination)];
    const list = listOf(targets, [blocks({ destination: 1, blockCount: 9, cat })]);
    expect(bench.copy(list)).toMatchObject({ text });
    const whole = bench.bytes(0, 0, 4096);
    const second = destination.pad
      ? Buffer.concat([bench.bytes(0, 4096, 4608)], 4096)
      : Buffer.alloc(4096, 1);
    const expected = text === null ? Buffer.concat([whole, second]) : Buffer.alloc(8192, 1);
    expect(bench.bytes(2, 0, 8192)).toEqual(expected);
  });

  it("are not kept for a further segment", () => {
    const bench = filled();
    const segment = blocks({ destination: 1, blockCount: 1, cat: true });
    const list = listOf([target(0), target(2)], [segment, segment]);
    expect(bench.copy(list)).toMatchObject({ text: "a/26/0a data 80.7", sense: { segment: 0 } });
  });

  it("of a source that were read and not asked for are discarded", () => {
    const bench = filled();
    const segment = blocks({ dc: true, destination: 1, blockCount: 1, cat: true });
    expect(bench.copy(listOf([target(2), target(0)], [segment]))).toMatchObject(GOOD);
    expect(bench.bytes(0, 0, 512)).toEqual(Buffer.alloc(512, 1));
    const exact = blocks({ dc: true, destination: 1, blockCount: 1 });
    expect(bench.copy(listOf([target(2), target(0)], [exact])).text).toBe("a/26/0a data 80.7");
  });
});

describe("[SPC-4 5.17.7.4] A copy is aborted", () => {
  const blocks16 = { destination: 1, blockCount: 16 };

  it.each([
    {
      what: "a descriptor that is not there",
      segment: { destination: 2 },
      text: "a/08/04 data 86.7",
    },
    { what: "a null unit", segment: { source: 0xc000 }, text: "a/08/04 data 84.7" },
    { what: "a source beyond the end", segment: { sourceLba: 8177 }, text: "a/00/00 data 92.7" },
    {
      what: "a destination beyond",
      segment: { destinationLba: 2 ** 63 },
      text: "a/00/00 data 100.7",
    },
  ])("for $what", ({ segment, text }) => {
    const bench = filled();
    const list = listOf([target(0), target(1)], [blocks({ ...blocks16, ...segment })]);
    expect(bench.copy(list)).toMatchObject({ status: 2, text });
    expect(bench.jobs).toEqual([]);
  });

  it.each([
    {
      what: "a name that no unit has",
      fields: { designator: Buffer.alloc(20) },
      text: "a/0d/02 data 48.7",
    },
    { what: "the name of a port", fields: { association: 1 }, text: "a/0d/02 data 48.7" },
    { what: "a name cut short", fields: { designatorLength: 7 }, text: "a/0d/02 data 48.7" },
    { what: "a tape", fields: { peripheralDeviceType: 1 }, text: "a/0d/03 data 48.7" },
    { what: "another block size", fields: { blockLength: 4096 }, text: "a/26/00 data 77.7" },
  ])("for a descriptor with $what, when its segment comes", ({ fields, text }) => {
    const bench = filled();
    const targets = [target(0), target(1, fields)];
    const inside = blocks({ blockCount: 1, destinationLba: 100 });
    const outcome = bench.copy(listOf(targets, [inside, blocks(blocks16)]));
    expect(outcome).toMatchObject({ status: 2, text, sense: { segment: 1 } });
    expect(bench.jobs).toEqual(["0 read 0+1", "0 write 100+1"]);
    expect(bench.copy(listOf(targets, [inside]))).toMatchObject(GOOD);
  });

  it("for an offset that is no offset into a block", () => {
    const segment = bytes({ destination: 1, byteCount: 1, destinationOffset: 512 });
    const outcome = filled().copy(listOf([target(0), target(1)], [segment]));
    expect(outcome.text).toBe("a/00/00 data 110.7");
  });

  it("by a reservation of the source or of the destination, whose status it names", () => {
    const other = makeNexus("b");
    for (const [lun, from, byte] of [
      [0, "source", 16],
      [1, "destination", 48],
    ] as const) {
      // prettier-ignore
      const bench = filled();
      bench.check(reserve6.encode({}), { lun, nexus: bench.logIn(other) });
      const list = listOf([target(0), target(1)], [blocks(blocks16)]);
      const outcome = bench.copy(list, { lun: 2 });
      expect(outcome).toMatchObject({
        text: `a/0d/01 data ${byte}.7`,
        sense: { segment: 0, forwarded: { from, status: 0x18, sense: null } },
      });
      expect(bench.jobs).toEqual([]);
      bench.target.nexusLost(other);
      expect(bench.copy(list, { lun: 2 })).toMatchObject(GOOD);
    }
  });

  it("not by registrations that let others read", () => {
    const bench = filled();
    const other = bench.logIn(makeNexus("b"));
    const keys = Buffer.alloc(24);
    keys[15] = 1;
    const register = persistentReserveOutRegister.encode({ parameterListLength: 24 });
    expect(bench.check(register, { nexus: other, dataOut: keys })).toMatchObject(GOOD);
    const list = listOf([target(0), target(1)], [blocks(blocks16)]);
    expect(bench.copy(list)).toMatchObject(GOOD);
  });

  it.each([
    {
      what: "write-protected destination",
      profiles: [{}, { readOnly: true }],
      sense: "WRITE PROTECTED",
    },
    { what: "read-only source", profiles: [{ readOnly: true }], sense: null },
  ])("or not, with a $what", ({ profiles, sense }) => {
    const outcome = filled(profiles).copy(listOf([target(0), target(1)], [blocks(blocks16)]));
    if (sense === null) return expect(outcome).toMatchObject(GOOD);
    const forwarded = { from: "destination", status: 2, sense: { code: { text: sense } } };
    expect(outcome).toMatchObject({ text: "a/0d/01 data 48.7", sense: { forwarded } });
  });

  it("by a source that is stopped", () => {
    const bench = filled([{ removable: false }]);
    expect(bench.check(startStopUnit.encode({}), { lun: 0 })).toMatchObject(GOOD);
    const code = { asc: 4, ascq: 2 };
    const forwarded = { from: "source", status: 2, sense: { code } };
    const outcome = bench.copy(listOf([target(0), target(1)], [blocks(blocks16)]), { lun: 1 });
    expect(outcome).toMatchObject({ text: "a/0d/01 data 16.7", sense: { forwarded } });
  });

  it("by a destination that is being wiped", () => {
    const bench = filled([{}]);
    expect(bench.check(sanitizeBlockErase.encode({ immed: true }), { lun: 1 })).toMatchObject(GOOD);
    const forwarded = { from: "destination", status: 2, sense: { code: { asc: 4, ascq: 0x1b } } };
    const outcome = bench.copy(listOf([target(0), target(1)], [blocks(blocks16)]), { lun: 0 });
    expect(outcome).toMatchObject({ text: "a/0d/01 data 48.7", sense: { forwarded } });
  });

  it.each([
    { line: "0 read 2048+2048", from: "source", text: "UNRECOVERED READ ERROR" },
    { line: "1 write 2048+2048", from: "destination", text: "WRITE ERROR" },
  ])("by a disk that fails in the middle, with what is left: $line", ({ line, from, text }) => {
    const bench = filled();
    bench.failures.set(line, "medium-error");
    const list = listOf([target(0), target(1)], [blocks({ destination: 1, blockCount: 5000 })]);
    expect(bench.copy(list)).toMatchObject({
      status: 2,
      sense: {
        ...{ segment: 0, information: 5000 - 2048 },
        forwarded: { from, status: 2, sense: { code: { text } } },
      },
    });
    expect(bench.buffers.out).toBe(0);
  });

  it("by a reservation that is seen only where order is decided", () => {
    const bench = filled();
    bench.failures.set("1 write 0+16", "reserved");
    expect(bench.copy(listOf([target(0), target(1)], [blocks(blocks16)]))).toMatchObject({
      sense: { forwarded: { from: "destination", status: 0x18, sense: null } },
    });
  });
});

describe("[SPC-4 5.17.4.6] A copy that task management aborts", () => {
  it("starts nothing more, and gives its buffer back when its job is done", () => {
    const bench = filled();
    const list = listOf([target(0), target(1)], [blocks({ destination: 1, blockCount: 5000 })]);
    const task = bench.begin(list);
    bench.step();
    const responses: string[] = [];
    bench.target.taskManagementReceived({
      ...{ function: "abort-task", nexus: bench.nexus, lun: 0, referencedTag: task.tag },
      onDone: (response) => responses.push(response),
    });
    // The write is under way at the other unit, which is asked to give it up.
    expect(bench.jobs).toEqual(["0 read 0+2048", "1 write 0+2048", "1 abort"]);
    expect([responses, bench.ended, bench.buffers.out]).toEqual([[], [], limits.copyPortionMax]);
    bench.completions.run();
    expect([responses, bench.ended, bench.buffers.out]).toEqual([["function-complete"], [task], 0]);
    expect(bench.jobs.length).toBe(3);
  });

  it("gives up its place in line for a buffer", () => {
    const bench = filled();
    const list = listOf([target(0), target(1)], [blocks({ destination: 1, blockCount: 1 })], {
      listIdUsage: 3,
    });
    const tasks = Array.from({ length: 5 }, () => bench.begin(list));
    expect(bench.buffers.out).toBe(4 * limits.copyPortionMax);
    bench.target.nexusLost(bench.nexus);
    bench.completions.run();
    expect(new Set(bench.ended)).toEqual(new Set(tasks));
    expect(bench.buffers.out).toBe(0);
  });
});
