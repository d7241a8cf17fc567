import { command } from "../src/command";
import { flag, uint } from "../src/fields";

const plain = command({
  name: "PLAIN",
  opcode: 0xc1,
  length: 6,
  reference: "none",
  direction: "none",
  fields: { count: uint(4, 1, "COUNT") },
});

const action = command({
  name: "ACTION",
  opcode: 0xc2,
  serviceAction: 0x11,
  length: 10,
  reference: "none",
  direction: "in",
  fields: { immed: flag(1, 7, "IMMED") },
});

describe("A command", () => {
  it("puts its operation code into what it encodes", () => {
    expect([...plain.encode({ count: 2 })]).toEqual([0xc1, 0, 0, 0, 2, 0]);
  });

  it("puts its service action into bits 4-0 of byte 1, beside other fields", () => {
    expect([...action.encode({ immed: true })]).toEqual([0xc2, 0x91, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("is not talked out of its operation code", () => {
    expect(action.encode({ opcode: 0 })[0]).toBe(0xc2);
  });

  it("[SAM-5 5.2] has NACA in its last byte", () => {
    expect(plain.decode(plain.encode({ naca: true })).naca).toBe(true);
    expect(plain.pointer("naca")).toEqual({ byte: 5, bit: 2 });
  });

  it("[SAM-5 5.2] takes the vendor specific and obsolete bits of CONTROL, not the reserved", () => {
    expect(plain.firstReservedBit(Uint8Array.of(0xc1, 0, 0, 0, 0, 0xc7))).toBeNull();
    expect(plain.firstReservedBit(Uint8Array.of(0xc1, 0, 0, 0, 0, 0x08))).toEqual({
      byte: 5,
      bit: 3,
    });
  });

  it("is refused when a field stands on its service action", () => {
    const fields = { dpo: flag(1, 4, "DPO") };
    const declaration = { ...action, serviceAction: 1, length: 10, fields } as const;
    expect(() => command(declaration)).toThrow("ACTION: DPO overlaps");
  });
});
