import { readBuffer as readRow, writeBuffer as writeRow } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import type { Nexus } from "../../../lib/scsi/nexus";
import { Pair } from "../support/pair";
import { SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const [DATA, DESCRIPTOR, ECHO, ECHO_DESCRIPTOR] = [0x02, 0x03, 0x0a, 0x0b];
const CAPACITY = limits.testBufferLength;

type Fields = Parameters<typeof writeRow.encode>[0];

function write(
  unit: SpecUnit,
  { text, nexus, ...fields }: Fields & { text: string; nexus?: Nexus },
): string | null {
  const dataOut = Buffer.from(text);
  const cdb = writeRow.encode({ parameterListLength: dataOut.length, ...fields });
  return unit.check(cdb, { dataOut, ...(nexus === undefined ? {} : { nexus }) }).sense;
}

function read(
  unit: SpecUnit,
  fields: Fields & { allocationLength?: number },
  nexus?: Nexus,
): string {
  const cdb = readRow.encode({ allocationLength: 0xff_ffff, ...fields });
  const { sense, data } = unit.check(cdb, nexus === undefined ? {} : { nexus });
  return sense ?? data.toString("latin1");
}

describe("READ BUFFER and WRITE BUFFER of the buffer for all", () => {
  it("[SPC-4 READ BUFFER] give what anybody has written, where it was written", () => {
    const unit = new SpecUnit();
    expect(read(unit, { mode: DATA, allocationLength: 3 })).toBe("\0\0\0");
    expect(write(unit, { mode: DATA, bufferOffset: 5, text: "twin" })).toBe(null);
    expect(write(unit, { mode: DATA, bufferOffset: 9, text: "lun", nexus: unit.login() })).toBe(
      null,
    );
    expect(read(unit, { mode: DATA, bufferOffset: 4, allocationLength: 9 })).toBe("\0twinlun\0");
  });

  it("[SPC-4 READ BUFFER] end at its capacity", () => {
    const unit = new SpecUnit();
    expect(write(unit, { mode: DATA, bufferOffset: CAPACITY - 3, text: "end" })).toBe(null);
    expect(read(unit, { mode: DATA, bufferOffset: CAPACITY - 4 })).toBe("\0end");
    expect(read(unit, { mode: DATA })).toHaveLength(CAPACITY);
  });

  it("what has been read stays as it is when the buffer is written again", () => {
    const unit = new SpecUnit();
    write(unit, { mode: DATA, text: "old" });
    const cdb = readRow.encode({ mode: DATA, allocationLength: 3 });
    const { task } = unit.check(cdb);
    write(unit, { mode: DATA, text: "new" });
    expect(Buffer.concat(task.dataIn).toString()).toBe("old");
  });

  it.each([
    {
      bufferId: 0,
      expected: `\0${String.fromCharCode(...[16, 8, 0].map((s) => (CAPACITY >> s) & 255))}`,
    },
    { bufferId: 1, expected: "\0\0\0\0" },
  ])("[SPC-4 READ BUFFER] describe buffer $bufferId", ({ bufferId, expected }) => {
    expect(read(new SpecUnit(), { mode: DESCRIPTOR, bufferId })).toBe(expected);
  });

  it.each([
    { what: "another buffer", fields: { bufferId: 1 }, field: "2.7" },
    { what: "an offset behind it", fields: { bufferOffset: CAPACITY }, field: "3.7" },
  ])("[SPC-4 READ BUFFER] refuse $what", ({ fields, field }) => {
    const unit = new SpecUnit();
    const sense = `5/24/00 cdb ${field}`;
    expect(read(unit, { mode: DATA, ...fields })).toBe(sense);
    expect(write(unit, { mode: DATA, text: "text", ...fields })).toBe(sense);
  });

  it("[SPC-4 WRITE BUFFER] refuse more data than there is room behind the offset", () => {
    const unit = new SpecUnit();
    const sense = write(unit, { mode: DATA, bufferOffset: CAPACITY - 3, text: "text" });
    expect(sense).toBe("5/24/00 cdb 6.7");
  });
});

describe("READ BUFFER and WRITE BUFFER of the echo buffer", () => {
  it("[SPC-4 READ BUFFER] give a nexus what it has written itself, as often as it asks", () => {
    const unit = new SpecUnit();
    const other = unit.login();
    expect(write(unit, { mode: ECHO, text: "mine", bufferId: 7, bufferOffset: 99 })).toBe(null);
    expect(write(unit, { mode: ECHO, text: "the other's", nexus: other })).toBe(null);
    for (let round = 0; round < 2; round++) {
      expect(read(unit, { mode: ECHO, bufferId: 3, bufferOffset: 1 })).toBe("mine");
      expect(read(unit, { mode: ECHO }, other)).toBe("the other's");
    }
    expect(read(unit, { mode: ECHO, allocationLength: 2 })).toBe("mi");
  });

  it("[SPC-4 READ BUFFER] have nothing to give to a nexus that has written nothing", () => {
    const unit = new SpecUnit();
    write(unit, { mode: ECHO, text: "another's", nexus: unit.login() });
    expect(read(unit, { mode: ECHO })).toBe("5/2c/00");
  });

  it("forget what a nexus wrote when it is lost", () => {
    const unit = new SpecUnit();
    write(unit, { mode: ECHO, text: "mine" });
    unit.unit.testBuffers.nexusLost(unit.nexus);
    expect(read(unit, { mode: ECHO })).toBe("5/2c/00");
  });

  it("[SPC-4 READ BUFFER] describe it: EBOS, and its capacity, a multiple of 4", () => {
    expect(read(new SpecUnit(), { mode: ECHO_DESCRIPTOR })).toBe("\x01\0\x10\0");
  });

  it("[SPC-4 WRITE BUFFER] refuse more than its capacity", () => {
    const unit = new SpecUnit();
    const text = "x".repeat(limits.echoBufferMax);
    expect(write(unit, { mode: ECHO, text })).toBe(null);
    expect(read(unit, { mode: ECHO })).toBe(text);
    expect(write(unit, { mode: ECHO, text: `${text}x` })).toBe("5/24/00 cdb 6.7");
  });
});

describe("READ BUFFER and WRITE BUFFER", () => {
  const known = new Set([DATA, DESCRIPTOR, ECHO, ECHO_DESCRIPTOR]);
  const others = Array.from({ length: 32 }, (_, mode) => mode).filter((mode) => !known.has(mode));

  it.each(others)("[SPC-4 READ BUFFER] refuse mode %d, microcode and the like", (mode) => {
    const unit = new SpecUnit();
    expect(read(unit, { mode })).toBe("5/24/00 cdb 1.4");
    expect(write(unit, { mode, text: "text" })).toBe("5/24/00 cdb 1.4");
  });

  it("[SPC-4 WRITE BUFFER] refuse MODE SPECIFIC, and modes that only read", () => {
    const unit = new SpecUnit();
    expect(write(unit, { mode: DATA, text: "text", modeSpecific: 1 })).toBe("5/24/00 cdb 1.7");
    expect(write(unit, { mode: DESCRIPTOR, text: "text" })).toBe("5/24/00 cdb 1.4");
  });

  it("run without a medium, and write nothing to it", () => {
    const unit = new SpecUnit({ profile: { readOnly: true, removable: true } });
    unit.unit.isMediumPresent = false;
    expect(write(unit, { mode: DATA, text: "text" })).toBe(null);
    expect(unit.check(readRow.encode({ mode: DATA, allocationLength: 1 }))).toMatchObject(GOOD);
  });

  it("speak of the controller that they came to", () => {
    const { here, there, a, b } = new Pair();
    const text = Buffer.from("text");
    const cdb = writeRow.encode({ mode: DATA, parameterListLength: text.length });
    here.bring(here.send(a, cdb), text);
    const readCdb = readRow.encode({ mode: DATA, allocationLength: text.length });
    const [mine, others] = [here.send(a, readCdb), there.send(b, readCdb)];
    expect(Buffer.concat(mine.dataIn)).toEqual(text);
    expect(Buffer.concat(others.dataIn)).toEqual(Buffer.alloc(text.length));
  });
});
