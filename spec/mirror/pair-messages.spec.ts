import { Prng } from "../../lib/base/prng";
import type { Descriptor } from "../../lib/mirror/pair-decision";
import {
  decodeBody,
  decodeDescriptor,
  encodeBody,
  encodeDescriptor,
  kindOf,
  messageOf,
  optionsText,
  PAIR_MESSAGES,
} from "../../lib/mirror/pair-messages";
import { OPTIONS } from "./support/options";

const DESCRIPTOR: Descriptor = {
  side: 2,
  firstMain: 1,
  survivor: null,
  options: optionsText(OPTIONS),
  blockSize: 4096,
  blockCount: 2 ** 40,
  isNew: true,
  isDamaged: false,
  record: null,
  wish: "resync",
  wishSource: 1,
};

const RECORD = {
  pairId: Uint8Array.from({ length: 16 }, (_, at) => at),
  epoch: 7,
  members: "second",
  role: "sub",
  state: "SSWS",
  isConsistent: true,
  generation: 12,
} as const;

describe("messages of a pair", () => {
  it("have a number each, and other numbers are none", () => {
    for (const message of PAIR_MESSAGES) expect(messageOf(kindOf(message))).toBe(message);
    for (const kind of [-1, 0, PAIR_MESSAGES.length + 1, 255]) expect(messageOf(kind)).toBeNull();
  });

  it("carry numbers and views of data", () => {
    const data = [Buffer.from("ab"), Buffer.from("c")];
    const numbers = { id: 2 ** 50, epoch: 3, lba: 2 ** 41, blockCount: 5, checksum: 0xffffffff };
    const chunks = encodeBody({ ...numbers, flag: true, data });
    expect(decodeBody(chunks)).toEqual({ ...numbers, flag: true, other: false, data });
    expect(decodeBody(chunks)?.data[0]?.buffer).toBe(data[0]?.buffer);
  });

  it("are the same however they are cut", () => {
    const whole = Buffer.concat(encodeBody({ id: 9, data: [Buffer.from("data")] }));
    for (let at = 1; at < whole.length; at++) {
      const body = decodeBody([whole.subarray(0, at), whole.subarray(at)]);
      expect(body?.id).toBe(9);
      expect(Buffer.concat(body?.data ?? []).toString()).toBe("data");
    }
  });

  it("make no sense when they are short or their numbers are out of range", () => {
    const whole = Buffer.concat(encodeBody({}));
    expect(decodeBody([whole.subarray(1)])).toBeNull();
    expect(decodeBody([])).toBeNull();
    whole.fill(0xff, 0, 8);
    expect(decodeBody([whole])).toBeNull();
  });

  it.each([null, RECORD])("carry what a side says of itself, with record %j", (record) => {
    const numbered = { serial: 4, descriptor: { ...DESCRIPTOR, record } };
    expect(decodeDescriptor(encodeDescriptor(numbered))).toEqual(numbered);
  });

  it("never throw, whatever bytes come", () => {
    const random = new Prng(8);
    const good = Buffer.concat(
      encodeDescriptor({ serial: 1, descriptor: { ...DESCRIPTOR, record: RECORD } }),
    );
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(good.subarray(0, random.below(good.length + 1)));
      for (let flip = 0; flip < 4; flip++) bytes[random.below(bytes.length)] = random.u32();
      expect(() => decodeDescriptor([bytes])).not.toThrow();
      expect(() => decodeBody([bytes])).not.toThrow();
    }
  });
});
