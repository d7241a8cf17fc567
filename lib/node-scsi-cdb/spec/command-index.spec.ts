import type { CommandRow } from "../src/command";
import {
  commands,
  decodeCdb,
  describeCdb,
  findCommand,
  helpText,
  usageData,
} from "../src/command-index";
import { read10, readCapacity16, writeSame16 } from "../src/commands/index";
import type { Field } from "../src/fields";
import type { FieldPointer } from "../src/format";

const named = commands.map((row) => [row.name, row] as const);

/** The values a field can hold are all below this. */
function limitOf({ length, high, low }: Field<unknown>): number {
  return Math.min(2 ** (8 * (length - 1) + high + 1 - low), Number.MAX_SAFE_INTEGER);
}

/** Whether a bit, counted through from the leftmost of byte 0, lies between the field's ends. */
function covers(field: Field<unknown>, { byte, bit }: FieldPointer): boolean {
  const at = byte * 8 + 7 - bit;
  const first = field.byte * 8 + 7 - field.high;
  const last = (field.byte + field.length - 1) * 8 + 7 - field.low;
  return first <= at && at <= last;
}

/** Multiplicative generator of Park and Miller: numbers from 0 to below 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

function randomValues(row: CommandRow, random: () => number): Record<string, number | boolean> {
  const values: Record<string, number | boolean> = {};
  for (const [name, field] of Object.entries(row.fields)) {
    const isFlag = typeof field.layout(name, 1).decode(Buffer.alloc(8)) === "boolean";
    const value = Math.floor(random() * limitOf(field));
    values[name] = isFlag ? value === 1 : value;
  }
  const identity = row.serviceAction === null ? {} : { serviceAction: row.serviceAction };
  return { ...values, opcode: row.opcode, ...identity };
}

describe("Every command", () => {
  it("has an operation code and service action of its own", () => {
    const identities = commands.map(({ opcode, serviceAction }) => `${opcode}/${serviceAction}`);
    expect(new Set(identities).size).toBe(commands.length);
  });

  it("has its service actions apart from commands without one", () => {
    const plain = new Set(
      commands.filter(({ serviceAction }) => serviceAction === null).map(({ opcode }) => opcode),
    );
    for (const { opcode, serviceAction } of commands) {
      expect(serviceAction !== null && plain.has(opcode)).toBe(false);
    }
  });

  it("[SAM-5 5.2] is as long as its operation code's group says", () => {
    const lengths = [6, 10, 10, null, 16, 12];
    for (const { opcode, length } of commands) expect(length).toBe(lengths[opcode >>> 5]);
  });

  it.each(named)("%s is found, and encodes what it decodes (seed 20)", (_, row) => {
    const random = generator(20);
    for (let round = 0; round < 20; round++) {
      const values = randomValues(row, random);
      const cdb = row.encode(values);
      expect(findCommand(cdb)).toBe(row);
      expect(row.decode(cdb)).toEqual(values);
      expect(row.firstReservedBit(cdb)).toBeNull();
      expect(row.encode(row.decode(cdb))).toEqual(cdb);
    }
  });

  it.each(named)("%s finds each reserved bit at its place", (_, row) => {
    for (let at = 0; at < row.length * 8; at++) {
      const byte = at >>> 3;
      const bit = 7 - (at & 7);
      const cdb = row.encode({});
      cdb[byte] = (cdb[byte] as number) | (1 << bit);
      const isReserved = !Object.values(row.fields).some((field) => covers(field, { byte, bit }));
      expect(row.firstReservedBit(cdb)).toEqual(isReserved ? { byte, bit } : null);
    }
  });
});

describe("A CDB of unknown kind", () => {
  it("is found by operation code and service action", () => {
    expect(findCommand(readCapacity16.encode({}))).toBe(readCapacity16);
    expect(findCommand(Uint8Array.of(0x9e, 0x1f))).toBeNull();
    expect(findCommand(Uint8Array.of(0xff))).toBeNull();
    expect(findCommand(new Uint8Array(0))).toBeNull();
  });

  it("is found whatever stands in byte 1 when its command has no service actions", () => {
    expect(findCommand(Uint8Array.of(0x28, 0xff))).toBe(read10);
  });

  it("is decoded with its row", () => {
    const decoded = decodeCdb(read10.encode({ lba: 5, fua: true }));
    expect(decoded?.row).toBe(read10);
    expect(decoded?.fields).toMatchObject({ opcode: 0x28, lba: 5, fua: true, dpo: false });
  });

  it("is not decoded when it is cut short", () => {
    expect(decodeCdb(read10.encode({}).subarray(0, 9))).toBeNull();
  });

  it("is said in one line, numbers before flags", () => {
    const read = read10.encode({ fua: true, lba: 4096, blockCount: 8, fuaNv: true });
    expect(describeCdb(read)).toBe("READ (10) lba=4096 blockCount=8 fua");
    expect(describeCdb(readCapacity16.encode({ allocationLength: 32 }))).toBe(
      "READ CAPACITY (16) allocationLength=32",
    );
    expect(describeCdb(Uint8Array.of(0xff, 0x01))).toBe("unknown CDB FF 01");
  });
});

describe("A command's table", () => {
  it("is printed with every field at its bytes and bits", () => {
    expect(helpText(readCapacity16).split("\n")).toEqual([
      "READ CAPACITY (16): 9Eh/10h, 16 bytes, data in [SBC-3 READ CAPACITY (16)]",
      "  0               OPERATION CODE                    opcode",
      "  1 bits 4-0      SERVICE ACTION                    serviceAction",
      "  2-9             LOGICAL BLOCK ADDRESS (obsolete)  lba (ignored)",
      "  10-13           ALLOCATION LENGTH                 allocationLength",
      "  14 bit 0        PMI (obsolete)                    pmi (ignored)",
      "  15 bits 7-6     Vendor specific                   vendorControl (ignored)",
      "  15 bit 2        NACA                              naca",
      "  15 bits 1-0     Obsolete                          obsoleteControl (ignored)",
    ]);
  });

  it("[SPC-4 REPORT SUPPORTED OPERATION CODES] gives usage data without touching the row", () => {
    const data = usageData(writeSame16);
    expect(data[0]).toBe(0x93);
    data.fill(0);
    expect(usageData(writeSame16)[1]).toBe(0xf9);
  });
});
