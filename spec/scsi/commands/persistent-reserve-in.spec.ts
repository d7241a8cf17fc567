import { limits } from "../../../lib/base/limits";
import { PERSISTENT_TYPES } from "../../../lib/scsi/reservations/rules";
import { Action, ReadAction, Replica, nexusOf } from "../support/persistent";

const CODES = PERSISTENT_TYPES.map(({ code }) => code);
const B = "iqn.2000-01.spec:b,i,0x000000000001";

/** b at target port 1 and c at target port 2; b has reserved if a type is given. */
function registered(type?: number): Replica {
  const replica = new Replica([1, 2]);
  replica.send(Action.REGISTER, "b", { newKey: 0x1234567890 });
  replica.apply(Action.REGISTER, nexusOf("c", 2), { newKey: 3 });
  if (type !== undefined) replica.send(Action.RESERVE, "b", { key: 0x1234567890, type });
  return replica;
}

const hex = (replica: Replica, action: number): string => replica.read(action).toString("hex");

describe("READ KEYS", () => {
  it("[SPC-4 6.15.2] tells the generation and every key", () => {
    expect(hex(new Replica(), ReadAction.KEYS)).toBe("0000000000000000");
    expect(hex(registered(), ReadAction.KEYS)).toBe(
      "00000002" + "00000010" + "0000001234567890" + "0000000000000003",
    );
  });

  it.each([0, 4, 8, 12, 16])("[SPC-4 6.15.2] cut to %i bytes tells the same length", (length) => {
    const replica = registered();
    const whole = replica.read(ReadAction.KEYS);
    expect(replica.read(ReadAction.KEYS, length)).toEqual(whole.subarray(0, length));
  });
});

describe("READ RESERVATION", () => {
  it("[SPC-4 6.15.3] tells that nobody holds one", () => {
    expect(hex(registered(), ReadAction.RESERVATION)).toBe("0000000200000000");
  });

  it.each(CODES)(
    "[SPC-4 6.15.3.2] tells key and type %i, and no key of all registrants",
    (type) => {
      const key = type >= 7 ? "0000000000000000" : "0000001234567890";
      expect(hex(registered(type), ReadAction.RESERVATION)).toBe(
        `00000002${"00000010"}${key}${"00000000"}000${type}0000`,
      );
    },
  );
});

describe("REPORT CAPABILITIES", () => {
  it("[SPC-4 6.15.4] tells CRH, SIP_C, ATP_C, PTPL_C, and all six types", () => {
    // EA AR in the second byte of the mask; WE AR, EA RO, WE RO, EA and WE in the first.
    expect(hex(registered(1), ReadAction.CAPABILITIES)).toBe(
      "0008" + "1d" + "c0" + "ea01" + "0000",
    );
  });

  it("[SPC-4 6.15.4] tells by PTPL_A whether APTPL is in force", () => {
    const replica = new Replica();
    replica.send(Action.REGISTER, "a", { newKey: 1, flags: 1 });
    expect(replica.read(ReadAction.CAPABILITIES)[3]).toBe(0xc1);
  });
});

describe("READ FULL STATUS", () => {
  interface Status {
    readonly key: number;
    readonly holder: number;
    readonly scopeAndType: number;
    readonly port: number;
    readonly initiator: string;
  }

  function statuses(replica: Replica): Status[] {
    const data = replica.read(ReadAction.FULL_STATUS);
    expect(data.readUInt32BE(4)).toBe(data.length - 8);
    const found: Status[] = [];
    for (let at = 8; at < data.length;) {
      const length = data.readUInt32BE(at + 20);
      found.push({
        key: Number(data.readBigUInt64BE(at)),
        holder: data[at + 12] as number,
        scopeAndType: data[at + 13] as number,
        port: data.readUInt16BE(at + 18),
        initiator: data.toString("latin1", at + 28, at + 24 + length).replace(/\0+$/, ""),
      });
      expect(data[at + 24]).toBe(0x45);
      at += 24 + length;
    }
    return found;
  }

  it("[SPC-4 6.15.5] tells the ports of every registration", () => {
    expect(statuses(registered())).toEqual([
      { key: 0x1234567890, holder: 0, scopeAndType: 0, port: 1, initiator: B },
      { key: 3, holder: 0, scopeAndType: 0, port: 2, initiator: B.replace(":b", ":c") },
    ]);
    expect(statuses(new Replica())).toEqual([]);
  });

  it.each(CODES)("[SPC-4 6.15.5] tells who holds type %i", (type) => {
    const held = { holder: 1, scopeAndType: type };
    const second = type >= 7 ? held : { holder: 0, scopeAndType: 0 };
    expect(statuses(registered(type))).toMatchObject([held, second]);
  });

  it("[SPC-4 6.15.5] of as many as there may be is cut as every other answer is", () => {
    const replica = new Replica();
    for (let count = 0; count < limits.registrationsMax; count++) {
      replica.apply(Action.REGISTER, nexusOf(`${"x".repeat(190)}${count}`), { newKey: 1 });
    }
    const data = replica.read(ReadAction.FULL_STATUS);
    expect(data.length).toBe(0xffff);
    expect(data.readUInt32BE(4)).toBeGreaterThan(0xffff);
  });
});
