import { lengthOf } from "../../lib/base/bytes";
import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { Framer } from "../../lib/iscsi/framer";
import type { Pdu } from "../../lib/iscsi/pdu";
import { dataOut } from "../../lib/iscsi/pdus/data";
import { initiatorPdus } from "../../lib/iscsi/pdus/initiator-pdus";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import { type ProtocolError, isProtocolError } from "../../lib/iscsi/protocol-error";
import { type Digests, digestCases, wireBytes } from "./wire";

const patterned = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => at));

function framerFor(digests: Digests, dataSegmentMax = 8192): Framer {
  const framer = new Framer(crc32c);
  framer.expect({ headerDigest: digests.header, dataDigest: digests.data, dataSegmentMax });
  return framer;
}

function drain(framer: Framer): (Pdu | ProtocolError)[] {
  const all: (Pdu | ProtocolError)[] = [];
  for (let next = framer.next(); next !== null; next = framer.next()) all.push(next);
  return all;
}

/** Plain values, so that they compare whatever their chunks are. */
function plain(item: Pdu | ProtocolError): unknown {
  if (isProtocolError(item)) return { detail: item.detail };
  const { opcode, immediate, dataLength } = item;
  return {
    opcode,
    immediate,
    dataLength,
    bhs: Buffer.from(item.bhs).toString("hex"),
    ahs: item.ahs === null ? null : Buffer.from(item.ahs).toString("hex"),
    data: Buffer.concat(item.data).toString("hex"),
  };
}

describe("Framer", () => {
  const kinds = [...initiatorPdus.values()].flatMap((row) =>
    digestCases.map((digests) => ({ name: row.name, row, digests })),
  );

  it.each(kinds)("cuts $name out at any split of bytes ($digests)", ({ row, digests }) => {
    const bhs = row.encode({ immediate: true });
    const wire = Buffer.concat([
      wireBytes({ bhs, data: patterned(5) }, digests),
      wireBytes({ bhs, ahs: patterned(8), data: patterned(12) }, digests),
      wireBytes({ bhs }, digests),
    ]);
    const whole = framerFor(digests);
    whole.push(wire);
    const expected = drain(whole).map(plain);
    expect(expected).toMatchObject([
      { opcode: row.opcode, immediate: true, ahs: null, data: "0001020304" },
      { ahs: "0001020304050607", dataLength: 12 },
      { ahs: null, dataLength: 0, data: "" },
    ]);
    for (let split = 1; split < wire.length; split++) {
      const framer = framerFor(digests);
      framer.push(wire.subarray(0, split));
      const items = drain(framer);
      framer.push(wire.subarray(split));
      expect([...items, ...drain(framer)].map(plain)).toEqual(expected);
    }
    const byByte = framerFor(digests);
    const items = [...wire].flatMap((byte) => {
      byByte.push(Uint8Array.of(byte));
      return drain(byByte);
    });
    expect(items.map(plain)).toEqual(expected);
    expect(byByte.length).toBe(0);
  });

  it("gives data as views of the chunks it was given", () => {
    const wire = wireBytes({ bhs: dataOut.encode({}), data: patterned(100) });
    const framer = new Framer(crc32c);
    framer.push(wire);
    const pdu = framer.next() as Pdu;
    expect(pdu.data).toHaveLength(1);
    expect(pdu.data[0]?.buffer).toBe(wire.buffer);
    expect(pdu.bhs.buffer).toBe(wire.buffer);
  });

  it("[RFC7143 A.4] knows the digest of the example READ (10) command", () => {
    const bhs = Buffer.from(
      "01c0000000000000000000000000000014000000000004000000001400000018" +
        "28000000000000000200000000000000",
      "hex",
    );
    const framer = framerFor({ header: true, data: false });
    framer.push(Buffer.concat([bhs, Buffer.from("563a96d9", "hex")]));
    expect(framer.next()).toMatchObject({ opcode: scsiCommand.opcode });
  });

  it("[RFC7143 7.8] ends the stream at a header digest error", () => {
    const wire = wireBytes({ bhs: nopOut.encode({}) }, { header: true, data: false });
    wire[20] = 1;
    const framer = framerFor({ header: true, data: false });
    framer.push(wire);
    expect(framer.next()).toMatchObject({ reason: null, fatal: true });
    framer.push(wireBytes({ bhs: nopOut.encode({}) }, { header: true, data: false }));
    expect(framer.next()).toBeNull();
    expect(framer.length).toBe(0);
  });

  it("[RFC7143 7.8] reports a data digest error with its PDU and goes on behind it", () => {
    const digests = { header: false, data: true };
    const bad = wireBytes({ bhs: dataOut.encode({ dataSN: 7 }), data: patterned(6) }, digests);
    bad[48] = 0xff;
    const framer = framerFor(digests);
    framer.push(Buffer.concat([bad, wireBytes({ bhs: nopOut.encode({}) }, digests)]));
    const error = framer.next() as ProtocolError;
    expect(error).toMatchObject({ reason: RejectReason.DATA_DIGEST_ERROR, fatal: false });
    expect(dataOut.decode((error.pdu as Pdu).bhs).dataSN).toBe(7);
    expect(framer.next()).toMatchObject({ opcode: nopOut.opcode });
  });

  it.each([
    "GET / HTTP/1.1\r\nHost: disk.example\r\nAccept: */*\r\n\r\n",
    "\x16\x03\x01\x00\xf8\x01",
  ])("refuses what is no PDU by its first 48 bytes: %j", (start) => {
    const framer = new Framer(crc32c);
    framer.push(Buffer.alloc(48, start, "latin1"));
    expect(framer.next()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR, fatal: true });
  });

  it("[RFC7143 13.12] refuses a data segment over the declared length before it has come", () => {
    const framer = framerFor({ header: false, data: false }, 512);
    framer.push(nopOut.encode({ dataSegmentLength: 512 }));
    expect(framer.next()).toBeNull();
    const other = framerFor({ header: false, data: false }, 512);
    other.push(nopOut.encode({ dataSegmentLength: 513 }));
    expect(other.next()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR, fatal: true });
  });

  it("follows a change of what is agreed from the next PDU on", () => {
    const plainPdu = wireBytes({ bhs: nopOut.encode({}) });
    const framer = new Framer(crc32c);
    framer.push(plainPdu);
    expect(drain(framer)).toHaveLength(1);
    framer.expect({ headerDigest: true });
    framer.push(wireBytes({ bhs: nopOut.encode({}) }, { header: true, data: false }));
    expect(drain(framer)).toMatchObject([{ opcode: nopOut.opcode }]);
  });

  it("holds a large data segment that comes byte by byte in few pieces", () => {
    const data = patterned(4096);
    const framer = new Framer(crc32c);
    for (const byte of wireBytes({ bhs: dataOut.encode({}), data })) {
      framer.push(Uint8Array.of(byte));
    }
    const pdu = framer.next() as Pdu;
    expect(Buffer.concat(pdu.data)).toEqual(data);
    expect(pdu.data.length).toBeLessThan(40);
  });

  it("never throws on random bytes nor holds more than one PDU of them", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const prng = new Prng(seed);
      const framer = framerFor(prng.pick(digestCases), 4096);
      for (let round = 0; round < 100; round++) {
        const chunk = prng.bytes(prng.below(300));
        // Small lengths, so that some PDUs come out whole.
        if (prng.chance(0.5)) chunk.fill(0, 0, Math.min(8, chunk.length));
        framer.push(chunk);
        for (const item of drain(framer)) {
          if (isProtocolError(item)) continue;
          expect(lengthOf(item.data)).toBe(item.dataLength);
        }
        expect(framer.length).toBeLessThan(1020 + 4 + 4096 + 4 + 4);
      }
    }
  });
});
