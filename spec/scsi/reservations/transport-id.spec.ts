import { Prng } from "../../../lib/base/prng";
import {
  encodeTransportId,
  initiatorNameOf,
  parseTransportId,
} from "../../../lib/scsi/reservations/transport-id";

const SEED = 7_646;
const NAME = "iqn.1994-05.com.redhat:abc";
const PORT = `${NAME},i,0x00023d000001`;

/** A TransportID with any first byte and text, padded as the standard has it unless told. */
function bytesOf(first: number, text: string, padding?: number): Buffer {
  const bytes = Buffer.from(text);
  const nulls = padding ?? Math.max(20, (bytes.length + 4) & ~3) - bytes.length;
  const length = bytes.length + nulls;
  return Buffer.concat([Buffer.of(first, 0, length >> 8, length), bytes, Buffer.alloc(nulls)]);
}

describe("a TransportID", () => {
  it("[SPC-4 7.6.4.6] of a port is what it was parsed from", () => {
    const bytes = encodeTransportId(PORT);
    expect(bytes.length % 4).toBe(0);
    expect(Buffer.from(bytes).toString("hex")).toBe(
      `4500002c${Buffer.from(PORT).toString("hex")}${"00".repeat(44 - PORT.length)}`,
    );
    const parsed = parseTransportId(bytes);
    expect(parsed).toEqual({ id: { initiatorName: NAME, port: PORT }, length: bytes.length });
  });

  it("[SPC-4 7.6.4.6] is null-terminated also where the text fills its words", () => {
    for (let count = 1; count < 9; count++) {
      const bytes = encodeTransportId(`${"a".repeat(count)},i,0x000000000001`);
      expect(bytes.length % 4).toBe(0);
      expect(bytes.length).toBeGreaterThanOrEqual(24);
      expect(bytes.at(-1)).toBe(0);
    }
  });

  it.each([
    ["a device", 0x05, NAME, null],
    ["a device with capitals", 0x05, NAME.toUpperCase(), null],
    ["a port", 0x45, PORT, PORT],
    ["a port with capitals", 0x45, PORT.replace("d", "D"), PORT],
    ["a port with a short ISID", 0x45, `${NAME},i,0x1`, `${NAME},i,0x000000000001`],
  ])("[SPC-4 7.6.4.6] names %s", (_case, first, text, port) => {
    const bytes = bytesOf(first, text);
    const expected = { id: { initiatorName: NAME, port }, length: bytes.length };
    expect(parseTransportId(Buffer.concat([bytes, Buffer.of(1, 2, 3)]))).toEqual(expected);
  });

  it("[SPC-4 7.6.4.6] ends its text at the first null, whatever stands behind", () => {
    const bytes = bytesOf(0x45, `${PORT}\0,i,0x2`);
    expect(parseTransportId(bytes)).toMatchObject({ id: { port: PORT } });
  });

  it.each([
    ["of Fibre Channel", bytesOf(0x00, NAME)],
    ["of a reserved format", bytesOf(0x85, NAME)],
    ["with a reserved bit", bytesOf(0x15, NAME)],
    ["shorter than 24 bytes", bytesOf(0x05, "iqn.2000-01.a:b", 1)],
    ["with a length that is not in words", bytesOf(0x05, NAME, 1)],
    ["without a name", bytesOf(0x05, "")],
    ["with too long a name", bytesOf(0x05, "a".repeat(224))],
    ["with a blank in its name", bytesOf(0x05, "iqn.2000-01.spec: b c d e")],
    ["with a port where only a device should be", bytesOf(0x05, PORT)],
    ["with a device where a port should be", bytesOf(0x45, NAME)],
    ["with no ISID", bytesOf(0x45, `${NAME},i,0x`)],
    ["with an ISID that is too long", bytesOf(0x45, `${PORT}0`)],
    ["with an ISID that is no number", bytesOf(0x45, `${NAME},i,0xg`)],
    ["with no initiator name", bytesOf(0x45, ",i,0x000000000001")],
    ["that is no UTF-8", Buffer.concat([Buffer.of(5, 0, 0, 20), Buffer.alloc(20, 0xff)])],
  ])("[SPC-4 7.6.4.6] is invalid %s", (_case, bytes) => {
    expect(parseTransportId(bytes)).toBe("invalid");
  });

  it("[SPC-4 6.16.3] is truncated wherever its end is not there", () => {
    const bytes = encodeTransportId(PORT);
    for (let end = 0; end < bytes.length; end++) {
      expect(parseTransportId(bytes.subarray(0, end))).toBe("truncated");
    }
  });

  it(`of random bytes never throws (seed ${SEED})`, () => {
    const prng = new Prng(SEED);
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(encodeTransportId(PORT));
      for (let count = prng.below(5); count >= 0; count--) {
        bytes[prng.below(bytes.length)] = prng.below(256);
      }
      const parsed = parseTransportId(bytes);
      if (typeof parsed === "string") continue;
      const { port, initiatorName } = parsed.id;
      expect(port === null ? initiatorName : initiatorNameOf(port)).toBe(initiatorName);
    }
  });
});
