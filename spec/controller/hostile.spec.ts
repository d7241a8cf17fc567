/**
 * Seeded bad input against a whole controller: nothing throws, nothing leaks, no session stays, no
 * block moves but those a well-formed write names. A failure prints its seed.
 */
import { Prng } from "../../lib/base/prng";

import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import { PoisonedChunk } from "../iscsi/support/poison";
import { wireBytes } from "../iscsi/wire";
import { BLOCK_COUNT, BLOCK_SIZE, Rig } from "./rig";

/** What an initiator sends, and one opcode that nobody does. [RFC7143 11.2.1.2] */
const OPCODES = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x1c];
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);

/** The stream cut at any places. */
function* pieces(stream: Buffer, random: Prng): Generator<Buffer> {
  for (let at = 0; at < stream.length;) {
    const end = Math.min(stream.length, at + 1 + random.below(random.chance(0.2) ? 3 : 4000));
    yield stream.subarray(at, end);
    at = end;
  }
}

/** A PDU of a kind that exists, its fields at random but for lengths that keep it one PDU. */
function randomPdu(random: Prng, cmdSN: number): Buffer {
  const bhs = Buffer.from(random.bytes(48));
  bhs[0] = random.pick(OPCODES) | (random.chance(0.2) ? 0x40 : 0);
  if (random.chance(0.7)) bhs[1] = (bhs[1] as number) | 0x80;
  if (random.chance(0.8)) bhs.writeUInt32BE(cmdSN, 24);
  if (random.chance(0.5)) bhs.writeUInt32BE(random.below(8), 16);
  if (random.chance(0.5)) bhs.fill(0, 8, 16);
  bhs.writeUInt32BE(random.chance(0.5) ? random.below(20_000) : random.u32(), 20);
  const data = Buffer.from(random.bytes(random.chance(0.5) ? 0 : random.below(3000)));
  const ahs = Buffer.from(random.bytes(random.chance(0.9) ? 0 : 4 * random.below(10)));
  return wireBytes({ bhs, ahs, data });
}

function afterAll(rig: Rig): void {
  for (const connection of [...rig.open]) rig.disconnect(connection);
  expect(rig.controller.isIdle).toBe(true);
  expect(rig.buffers.out).toBe(0);
  expect(PoisonedChunk.heldCount).toBe(0);
  expect(rig.completions.isEmpty).toBe(true);
}

/** A well-behaved initiator is served. */
function expectService(rig: Rig): void {
  const connection = rig.logIn("iqn.2026-01.org.example:witness");
  const bhs = scsiCommand.encode({
    attribute: 1,
    initiatorTaskTag: 1,
    cmdSN: 1,
    cdb: Buffer.alloc(16),
  });
  rig.send(connection, wireBytes({ bhs }));
  expect((rig.received.get(connection) as Buffer[]).length).toBe(2);
}

describe("bad input, by seed", () => {
  it.each(SEEDS)("%i: bytes at random are no login", (seed) => {
    const random = new Prng(seed);
    const rig = new Rig();
    const connection = rig.connect();
    for (const piece of pieces(Buffer.from(random.bytes(20_000)), random))
      rig.send(connection, piece);
    expectService(rig);
    afterAll(rig);
  });

  it.each(SEEDS)("%i: login texts at random get an answer or an end", (seed) => {
    const random = new Prng(seed);
    const rig = new Rig();
    const connection = rig.connect();
    const words = [
      "InitiatorName=",
      "iqn.2026-01.a:b",
      "\0",
      "=",
      "AuthMethod=CHAP,None",
      "CHAP_A=",
      "5",
      "SessionType=Normal",
      "TargetName=",
      "MaxBurstLength=",
      "0x",
      "99999999999",
      "HeaderDigest=CRC32C",
      ",",
      "\xff",
    ];
    for (let request = 0; request < 70; request++) {
      const bhs = Buffer.alloc(48);
      bhs[0] = 0x43;
      bhs[1] = random.chance(0.5)
        ? random.below(256)
        : random.pick([0x00, 0x04, 0x81, 0x87, 0x40, 0x44]);
      bhs.writeUIntBE(0x800000000000, 8, 6);
      const text = Array.from({ length: random.below(30) }, () => random.pick(words)).join("");
      rig.send(connection, wireBytes({ bhs, data: Buffer.from(text, "latin1") }));
    }
    expect(rig.open.has(connection)).toBe(false);
    expectService(rig);
    afterAll(rig);
  });

  it.each(SEEDS)("%i: PDUs at random in a session harm nobody else", (seed) => {
    const random = new Prng(seed);
    const rig = new Rig();
    for (let session = 0; session < 10; session++) {
      const connection = rig.logIn(`iqn.2026-01.org.example:host${session % 3}`);
      for (let pdu = 0; pdu < 60 && rig.open.has(connection); pdu++) {
        for (const piece of pieces(randomPdu(random, 1 + random.below(pdu + 2)), random)) {
          rig.send(connection, piece);
        }
        if (random.chance(0.02)) rig.advance(random.below(3000));
      }
      if (random.chance(0.5)) rig.disconnect(connection);
    }
    expectService(rig);
    afterAll(rig);
  });

  it.each(SEEDS)("%i: CDBs at random end in a status, and only writes write", (seed) => {
    const random = new Prng(seed);
    const rig = new Rig();
    const connection = rig.logIn();
    const writers = [
      0x04, 0x0a, 0x2a, 0xaa, 0x8a, 0x2e, 0xae, 0x8e, 0x41, 0x93, 0x42, 0x48, 0x89, 0x8b, 0x9c,
    ];
    let cmdSN = 1;
    for (let round = 0; round < 300; round++) {
      const cdb = Buffer.from(random.bytes(16));
      if (random.chance(0.5)) cdb.fill(0, 1, 16).writeUInt32BE(random.below(BLOCK_COUNT * 2), 2);
      if (writers.includes(cdb[0] as number)) continue;
      const bhs = scsiCommand.encode({
        read: random.chance(0.8),
        attribute: random.below(4),
        initiatorTaskTag: cmdSN,
        expectedDataTransferLength: random.below(10_000),
        cmdSN: cmdSN++,
        cdb,
      });
      rig.send(connection, wireBytes({ bhs }));
    }
    expect(rig.open.has(connection)).toBe(true);
    const answers = rig.received.get(connection) as Buffer[];
    expect(answers.length).toBeGreaterThanOrEqual(cmdSN);
    expect(rig.blocks(0, BLOCK_COUNT).equals(Buffer.alloc(BLOCK_COUNT * BLOCK_SIZE))).toBe(true);
    afterAll(rig);
  });
});
