import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { frameHeader, HEADER_LENGTH } from "../../lib/mirror/link-frame";
import { messageRows } from "../../lib/mirror/message-rows";
import type { LinkMessage } from "../../lib/mirror/messages";
import { altered, bytesOf, framesOf, sealed } from "./support/frames";
import { owned } from "./support/link-pair";
import { MESSAGE_TYPES, randomMessage } from "./support/random-message";

const RELAY: LinkMessage = {
  type: "relay",
  volume: 3,
  relayId: 2 ** 49 + 5,
  lba: 0x010203040506,
  blockCount: 8,
  checksum: crc32c(Buffer.from("data")),
  op: "compare-and-write",
  fua: true,
  hasTicket: false,
  isLockOnly: true,
  isEarly: false,
  origin: { nexus: "iqn.x", access: "write" },
  data: [Buffer.from("data")],
};

describe("message rows", () => {
  it.each(MESSAGE_TYPES)("give %s back as it was sent, whatever is in it", (type) => {
    for (let seed = 1; seed <= 100; seed++) {
      const prng = new Prng(seed);
      const message = randomMessage(prng, type);
      const checksData = prng.chance(0.5);
      expect({ seed, got: framesOf(bytesOf(message, { checksData })) }).toEqual({
        seed,
        got: [owned(message)],
      });
    }
  });

  it("are one for each message", () => {
    expect(messageRows.map((row) => row.type).sort()).toEqual([...MESSAGE_TYPES].sort());
  });

  it("[J3-3] put the command first, then the parameter, then the data", () => {
    const bytes = bytesOf(RELAY, { checksData: true });
    expect(bytes.toString("hex").match(/.{1,16}/g)).toEqual([
      "74776c6e10010003", // MAGIC, COMMAND, DATA CHECKED, VOLUME
      "0020000000000004", // PARAMETER LENGTH, DATA LENGTH
      bytes.toString("hex", 44, 48) + bytes.toString("hex", 20, 24), // here that of the data, too
      "0002000000000005", // RELAY ID
      "0102030405060000", // LOGICAL BLOCK ADDRESS, NUMBER OF BLOCKS
      "00000008" + bytes.toString("hex", 44, 48),
      "0505" + "02" + Buffer.from("iqn.x").toString("hex"),
      Buffer.from("data").toString("hex"),
    ]);
    expect(bytes.readUInt32BE(44)).toBe(crc32c(Buffer.from("data")));
    expect(bytes.readUInt32BE(20)).toBe(
      crc32c(bytes.subarray(HEADER_LENGTH, -4), crc32c(bytes.subarray(0, 20))),
    );
  });

  it("refuse a word, a bit, a number and an origin that mean nothing", () => {
    const wrong = (at: number, ...values: number[]): (string | object)[] => {
      const bytes = bytesOf(RELAY);
      bytes.set(values, HEADER_LENGTH + at);
      return framesOf(sealed(bytes));
    };
    const nothing = ["it sent a relay that says nothing known"];
    expect(wrong(24, 0xff)).toEqual(nothing);
    expect(wrong(25, 0x80)).toEqual(nothing);
    expect(wrong(0, 0xff)).toEqual(nothing);
    expect(wrong(26, 3)).toEqual(nothing);
    expect(wrong(26, 0)).toEqual(nothing);
    expect(wrong(26, 1)).toMatchObject([{ origin: { nexus: "iqn.x", access: "read" } }]);
  });

  it.each(MESSAGE_TYPES)("refuse %s with a parameter too short or too long", (type) => {
    const bytes = bytesOf(randomMessage(new Prng(1), type));
    const row = messageRows.find((candidate) => candidate.type === type);
    const { lengthMin = 0, lengthMax = 0 } = row ?? {};
    for (const parameterLength of [0, lengthMin - 1, lengthMax + 1, 65535]) {
      expect(framesOf(altered(bytes, { parameterLength }))).toEqual([
        `it sent ${type} with a parameter of ${parameterLength} bytes`,
      ]);
    }
  });

  it("refuse data where there is none, volumes over 16383 and data over the bound", () => {
    const end = bytesOf({ type: "lock-end", volume: 16383, copyId: 1 });
    expect(framesOf(end)).toEqual([{ type: "lock-end", volume: 16383, copyId: 1 }]);
    expect(framesOf(altered(end, { dataLength: 1 }))).toEqual([
      "it sent lock-end with 1 bytes of data",
    ]);
    expect(framesOf(altered(end, { volume: 16384 }))).toEqual([
      "it sent lock-end for volume 16384",
    ]);
    expect(framesOf(altered(bytesOf(RELAY), { dataLength: 16 * 2 ** 20 + 1 }))).toEqual([
      "it sent relay with 16777217 bytes of data",
    ]);
    expect(framesOf(altered(end, { code: 0x7f }))).toEqual(["it sent the unknown command 127"]);
  });

  it("refuse altered bytes wherever they are", () => {
    const bytes = bytesOf(RELAY, { checksData: true });
    for (let at = 0; at < bytes.length; at++) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ 0x01;
      const out = framesOf(copy);
      // Lengths may ask for bytes that do not come; nothing else comes out of it.
      const asked = frameHeader.decode(copy);
      const isLonger = asked.parameterLength + asked.dataLength > 32 + 4;
      expect({ at, out: out.map((cut) => typeof cut) }).toEqual({
        at,
        out: isLonger && out.length === 0 ? [] : ["string"],
      });
    }
  });
});
