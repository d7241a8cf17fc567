import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { Outbox, type ReleaseHow } from "../../lib/iscsi/outbox";
import { nopIn } from "../../lib/iscsi/pdus/nop";
import { digestCases, wireBytes } from "./wire";

function addPdu(outbox: Outbox, tag: number, data?: Uint8Array): void {
  const bhs = nopIn.encode({ initiatorTaskTag: tag }, outbox.slot());
  if (data === undefined) outbox.add(bhs);
  else outbox.add(bhs, [data], data.length);
}

describe("Outbox", () => {
  it.each(digestCases)(
    "[RFC7143 11.1] puts PDUs on the wire as the RFC lays them out ($header, $data)",
    (on) => {
      const outbox = new Outbox(crc32c);
      outbox.headerDigest = on.header;
      outbox.dataDigest = on.data;
      const prng = new Prng(3);
      const expected: Buffer[] = [];
      for (let tag = 0; tag < 1000; tag++) {
        const data = prng.bytes(prng.chance(0.5) ? 0 : prng.below(40));
        addPdu(outbox, tag, data);
        expected.push(wireBytes({ bhs: nopIn.encode({ initiatorTaskTag: tag }), data }, on));
      }
      const wire = Buffer.concat(expected);
      expect(outbox.backlog).toBe(wire.length);
      expect(Buffer.concat(outbox.take() ?? [])).toEqual(wire);
    },
  );

  it("sends adjacent PDUs without data as one chunk, and data as it is", () => {
    const outbox = new Outbox(crc32c);
    const data = Buffer.from("data");
    addPdu(outbox, 1);
    addPdu(outbox, 2);
    addPdu(outbox, 3, data);
    addPdu(outbox, 4);
    const chunks = outbox.take() as Uint8Array[];
    expect(chunks.map((chunk) => chunk.length)).toEqual([3 * 48, 4, 48]);
    expect(chunks[1]).toBe(data);
  });

  it.each([false, true])(
    "sends a PDU that is one piece as it is, header digest: %s",
    (headerDigest) => {
      const outbox = new Outbox(crc32c);
      outbox.headerDigest = headerDigest;
      const data = Buffer.from("data");
      const bhs = nopIn.encode({ initiatorTaskTag: 2 });
      const pdu = Buffer.concat([bhs, Buffer.alloc(outbox.headLength - bhs.length), data]);
      addPdu(outbox, 1);
      outbox.addFramed(pdu);
      addPdu(outbox, 3);
      const chunks = outbox.take() as Uint8Array[];
      expect(chunks[1]).toBe(pdu);
      const wire = [1, 2, 3].map((tag) => {
        const header = nopIn.encode({ initiatorTaskTag: tag });
        const expected = { bhs: header, data: tag === 2 ? data : Buffer.alloc(0) };
        return wireBytes(expected, { header: headerDigest, data: false });
      });
      expect(Buffer.concat(chunks)).toEqual(Buffer.concat(wire));
    },
  );

  it("counts a PDU that is one piece until it is sent, and releases it then", () => {
    const outbox = new Outbox(crc32c);
    const releases: string[] = [];
    outbox.addFramed(Buffer.alloc(48 + 4096), (how: ReleaseHow) => releases.push(how));
    outbox.take();
    expect([outbox.backlog, releases.length]).toEqual([48 + 4096, 0]);
    outbox.sent(1);
    expect([outbox.backlog, releases]).toEqual([0, ["sent"]]);
  });

  it("knows that padding and a data digest follow data", () => {
    const outbox = new Outbox(crc32c);
    const ends = [4096, 4095].map((length) => outbox.endsWithData(length));
    outbox.dataDigest = true;
    expect([...ends, outbox.endsWithData(4096)]).toEqual([true, false, false]);
  });

  it("leaves what it gave out alone when more is added", () => {
    const outbox = new Outbox(crc32c);
    addPdu(outbox, 1);
    const chunks = outbox.take() as Uint8Array[];
    const before = Buffer.concat(chunks);
    for (let tag = 0; tag < 2000; tag++) addPdu(outbox, 0xffffffff);
    expect(Buffer.concat(chunks)).toEqual(before);
  });

  it("copies a header that is no slot of it", () => {
    const outbox = new Outbox(crc32c);
    const bhs = nopIn.encode({ initiatorTaskTag: 9 });
    outbox.add(bhs);
    const chunks = outbox.take() as Uint8Array[];
    expect(Buffer.concat(chunks)).toEqual(bhs);
    expect(chunks[0]?.buffer).not.toBe(bhs.buffer);
  });

  it("gives nothing to write when nothing was added", () => {
    expect(new Outbox(crc32c).take()).toBeNull();
  });

  it("releases each PDU once: as sent by its write, as dropped with the connection", () => {
    const outbox = new Outbox(crc32c);
    const releases: string[] = [];
    const add = (name: string): void =>
      outbox.add(outbox.slot(), [], 0, (how: ReleaseHow) => releases.push(`${name} ${how}`));
    add("first");
    add("second");
    outbox.take();
    add("third");
    outbox.take();
    add("fourth");
    outbox.sent(1);
    expect(releases).toEqual(["first sent", "second sent"]);
    expect(outbox.backlog).toBe(2 * 48);
    outbox.drop();
    expect(releases.slice(2)).toEqual(["third dropped", "fourth dropped"]);
    expect(outbox.backlog).toBe(0);
    expect(outbox.take()).toBeNull();
  });
});
