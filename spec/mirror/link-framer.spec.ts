import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import type { LinkFrame } from "../../lib/mirror/link-frame";
import { LinkFramer } from "../../lib/mirror/link-framer";
import type { LinkMessage } from "../../lib/mirror/messages";
import {
  altered,
  bytesOf,
  cutAll,
  framesOf,
  greeting,
  ownedFrame,
  streamOf,
} from "./support/frames";
import { ChunkLease } from "./support/link-pair";
import { MESSAGE_TYPES, randomMessage } from "./support/random-message";

function pair(data: Uint8Array[]): LinkMessage {
  return { type: "pair", volume: 1, kind: 2, data };
}

/** One turn: the chunk may be overwritten when it is over. */
function turn(framer: LinkFramer, bytes: Uint8Array, seen: (LinkFrame | string)[]): ChunkLease {
  const lease = new ChunkLease(Buffer.from(bytes));
  framer.push(lease.bytes, lease);
  seen.push(...cutAll(framer));
  framer.settle();
  lease.release();
  return lease;
}

/** What was seen as bytes again: cheaper to compare than the values. */
function wireAgain(seen: readonly (LinkFrame | string)[], checksData: boolean): Buffer {
  const frames = seen.filter((cut) => typeof cut !== "string");
  return streamOf(frames, { checksData });
}

describe("LinkFramer", () => {
  const prng = new Prng(5);
  const frames: LinkFrame[] = [
    greeting({ echo: 9 }),
    ...MESSAGE_TYPES.map((type) => randomMessage(prng, type)),
    { type: "heartbeat", number: 1, echo: 0 },
  ];

  it.each([true, false])("cuts at any split of bytes (data checked: %s)", (checksData) => {
    const small = frames.filter((frame) => bytesOf(frame).length < 700);
    expect(small.length).toBeGreaterThan(10);
    const wire = streamOf(small, { checksData });
    for (let split = 0; split <= wire.length; split++) {
      const framer = new LinkFramer(crc32c);
      const seen: (LinkFrame | string)[] = [];
      turn(framer, wire.subarray(0, split), seen);
      turn(framer, wire.subarray(split), seen);
      expect(wireAgain(seen, checksData).equals(wire)).toBe(true);
    }
    const byByte = new LinkFramer(crc32c);
    const seen: (LinkFrame | string)[] = [];
    for (const byte of wire) turn(byByte, Uint8Array.of(byte), seen);
    expect(seen).toEqual(small.map(ownedFrame));
    expect(byByte.length).toBe(0);
  });

  it("keeps what it needs of turns that are over, and gives every lease back", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const prng = new Prng(seed);
      const sent = Array.from({ length: 20 }, () =>
        pair([prng.bytes(prng.below(prng.pick([10, 5000, 40_000])))]),
      );
      const wire = Buffer.concat(sent.map((frame) => bytesOf(frame, { checksData: true })));
      const framer = new LinkFramer(crc32c);
      const seen: (LinkFrame | string)[] = [];
      const leases: ChunkLease[] = [];
      for (let at = 0; at < wire.length;) {
        const length = 1 + prng.below(prng.pick([30, 6000, 60_000]));
        leases.push(turn(framer, wire.subarray(at, at + length), seen));
        at += length;
      }
      expect(wireAgain(seen, true).equals(wire)).toBe(true);
      expect(leases.filter((lease) => lease.holds !== 0)).toEqual([]);
    }
  });

  it("gives data as views, under one lease for all chunks it came in", () => {
    const bytes = bytesOf(pair([new Prng(1).bytes(30_000)]));
    const framer = new LinkFramer(crc32c);
    const leases = [0, 10_000, 20_000].map((at) => {
      const end = at === 20_000 ? bytes.length : at + 10_000;
      return new ChunkLease(Buffer.from(bytes.subarray(at, end)));
    });
    for (const lease of leases.slice(0, 2)) {
      framer.push(lease.bytes, lease);
      expect(framer.next()).toBeNull();
      framer.settle();
      expect(lease.holds).toBe(2);
    }
    const last = leases[2] as ChunkLease;
    framer.push(last.bytes, last);
    const cut = framer.next();
    if (cut === null || typeof cut === "string") throw new Error("it is whole");
    const { data } = cut.frame as Extract<LinkMessage, { type: "pair" }>;
    expect(data.map((view) => view.buffer)).toEqual(leases.map((lease) => lease.bytes.buffer));
    cut.lease?.hold();
    framer.settle();
    expect(leases.map((lease) => lease.holds)).toEqual([2, 2, 2]);
    cut.lease?.release();
    expect(leases.map((lease) => lease.holds)).toEqual([1, 1, 1]);
  });

  it("copies a small piece instead of holding the buffer it is in", () => {
    const bytes = bytesOf(pair([new Prng(1).bytes(10_000)]));
    const framer = new LinkFramer(crc32c);
    const first = turn(framer, bytes.subarray(0, 4000), []);
    expect(first.holds).toBe(0);
    const seen: (LinkFrame | string)[] = [];
    turn(framer, bytes.subarray(4000), seen);
    expect(seen).toEqual([pair([new Prng(1).bytes(10_000)])]);
  });

  it("gives null as the lease of what came without one, or has no data", () => {
    const framer = new LinkFramer(crc32c);
    framer.push(bytesOf(pair([Buffer.from("data")])), null);
    expect(framer.next()).toMatchObject({ lease: null });
    framer.settle();
    const lease = new ChunkLease(bytesOf(pair([])));
    framer.push(lease.bytes, lease);
    expect(framer.next()).toMatchObject({ lease: null });
  });

  it("holds a message that comes byte by byte in few pieces", () => {
    const framer = new LinkFramer(crc32c);
    const bytes = bytesOf(pair([new Prng(2).bytes(50_000)]));
    for (const byte of bytes.subarray(0, -1)) turn(framer, Uint8Array.of(byte), []);
    framer.push(bytes.subarray(-1), null);
    const cut = framer.next() as { frame: Extract<LinkMessage, { type: "pair" }> };
    expect(cut.frame.data.length).toBeLessThan(6);
  });

  it("lets go of everything when it is closed", () => {
    const framer = new LinkFramer(crc32c);
    const lease = turn(framer, bytesOf(pair([Buffer.alloc(9000)])).subarray(0, 8000), []);
    expect(lease.holds).toBe(1);
    framer.close();
    framer.settle();
    expect(lease.holds).toBe(0);
    expect(framer.length).toBe(0);
    turn(framer, bytesOf(pair([])), []);
    expect(framer.length).toBe(0);
  });

  it("refuses data that is altered, by the message's own checksum where it has one", () => {
    const data = [Buffer.from("some data")];
    const plain = bytesOf(pair(data), { checksData: true });
    plain[plain.length - 1] = 0;
    expect(framesOf(plain)).toEqual(["the data of its pair, 9 bytes, is not what it sent"]);
    const own = { type: "relay-data", volume: 0, relayId: 1, data } as const;
    for (const checksum of [0, crc32c(data[0] as Uint8Array)]) {
      const right = bytesOf({ ...own, checksum }, { checksData: true });
      expect(framesOf(right)).toEqual([{ ...own, checksum }]);
    }
    const wrong = bytesOf({ ...own, checksum: 1 }, { checksData: true });
    expect(framesOf(wrong)).toEqual(["the data of its relay-data, 9 bytes, is not what it sent"]);
    expect(framesOf(bytesOf({ ...own, checksum: 1 }))).toEqual([{ ...own, checksum: 1 }]);
  });

  it("refuses data that is not checked where it has to be", () => {
    const framer = new LinkFramer(crc32c);
    framer.checksData = true;
    framer.push(bytesOf(pair([Buffer.from("data")])), null);
    expect(framer.next()).toBe("it sent pair with data that is not checked");
  });

  it.each([
    ["a web browser", Buffer.from("GET / HTTP/1.1\r\nHost: disk.example\r\n\r\n")],
    ["a TLS client", Buffer.from(`160301020001${"00".repeat(40)}`, "hex")],
    ["zeros", Buffer.alloc(100)],
    ["an initiator", Buffer.concat([Buffer.from([0x43, 0x87]), Buffer.alloc(46)])],
  ])("refuses %s by its first bytes, and nothing comes after", (_, bytes) => {
    const framer = new LinkFramer(crc32c);
    framer.push(bytes, null);
    expect(framer.next()).toMatch(
      /^it does not speak the protocol of a pair: it sent [0-9a-f]{16}/,
    );
    framer.settle();
    framer.push(bytesOf(pair([])), null);
    expect(framer.next()).toBeNull();
  });

  it("refuses a length over the bounds before its bytes have come", () => {
    const huge = altered(bytesOf(pair([])), { dataLength: 0xffffffff });
    expect(framesOf(huge.subarray(0, 24))).toEqual(["it sent pair with 4294967295 bytes of data"]);
  });

  it("never throws on random bytes nor keeps more than one message and a chunk", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed);
      const framer = new LinkFramer(crc32c);
      let length = 0;
      for (let round = 0; round < 30 && length >= 0; round++) {
        const bytes = bytesOf(randomMessage(prng, prng.pick(MESSAGE_TYPES)));
        for (let count = prng.below(3); count > 0; count--) {
          bytes[prng.below(bytes.length)] = prng.below(256);
        }
        const part = bytes.subarray(prng.below(2) * prng.below(30), bytes.length - prng.below(3));
        turn(framer, prng.chance(0.1) ? prng.bytes(prng.below(300)) : part, []);
        length = framer.length;
        expect(length).toBeLessThan(16 * 2 ** 20 + 2048);
      }
    }
  });
});
