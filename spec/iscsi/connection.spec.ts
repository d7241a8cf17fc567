import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import { loginRequest } from "../../lib/iscsi/pdus/login";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import { NO_TAG, type PduRow } from "../../lib/iscsi/pdu";
import { World, pattern } from "./support/initiator";

describe("a connection", () => {
  it("is closed when its login does not end in time, however busy", () => {
    const world = new World();
    const initiator = world.connect();
    world.advance(500);
    initiator.push(Buffer.alloc(20));
    world.advance(499);
    expect(initiator.closed).toBe(null);
    world.advance(1);
    expect(initiator.closed).toBe("reset");
  });

  it("[RFC7143 11.13.5] tells an initiator that asked something that its login took too long", () => {
    const world = new World();
    const initiator = world.connect();
    const data = Buffer.from("InitiatorName=iqn.2026-01.org.example:host\0SessionType=Discovery\0");
    const fields = { immediate: true, csg: 1, transit: false, isid: Buffer.alloc(6, 1) };
    initiator.send(loginRequest as unknown as PduRow, fields, data);
    expect(initiator.takeOne()).toMatchObject({ name: "Login Response", statusClass: 0 });
    world.advance(1000);
    expect(initiator.takeOne()).toMatchObject({ statusClass: 3, statusDetail: 2 });
    expect(initiator.closed).toBe("end");
  });

  it("gives the reason of a refused login before it ends", () => {
    const world = new World();
    const initiator = world.connect();
    const answer = initiator.logIn({ TargetName: "iqn.2026-01.org.example:nothing" });
    expect(answer).toMatchObject({ statusClass: 2, statusDetail: 3 });
    expect(initiator.closed).toBe("end");
    expect(world.trace).toContainEqual(expect.objectContaining({ type: "login-failed" }));
  });

  it("[RFC7143 7.1.4.4, 7.8] at a header digest error ends at once", () => {
    const initiator = new World().logIn({ HeaderDigest: "CRC32C" });
    const bytes = initiator.encode(scsiCommand as unknown as PduRow, { read: true });
    bytes[48] = (bytes[48] as number) ^ 1;
    initiator.push(bytes);
    expect(initiator.take()).toEqual([]);
    expect(initiator.closed).toBe("reset");
  });

  it("[RFC7143 7.8] at a data digest error rejects the PDU, then ends", () => {
    const world = new World();
    const initiator = world.logIn({ DataDigest: "CRC32C" });
    const fields = { write: true, expectedDataTransferLength: 512 };
    const bytes = initiator.encode(scsiCommand as unknown as PduRow, fields, pattern(512));
    bytes[60] = (bytes[60] as number) ^ 1;
    initiator.push(bytes);
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.DATA_DIGEST_ERROR });
    expect(initiator.closed).toBe("end");
    expect(world.target.sessions()).toEqual([]);
  });

  it("[RFC7143 7.7, 13.12] rejects a data segment longer than declared, then ends", () => {
    const initiator = new World().logIn();
    const bytes = Buffer.alloc(48);
    bytes.writeUIntBE(limits.dataSegmentMax + 1, 5, 3);
    initiator.push(bytes);
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
    expect(initiator.closed).toBe("end");
  });

  it("pauses an initiator whose socket takes nothing, and goes on when it does", () => {
    const world = new World();
    const initiator = world.logIn();
    initiator.isStalled = true;
    const commands = 4;
    for (let index = 0; index < commands; index++) initiator.read(0, 1024);
    const arrived = world.device.arrived.length;
    expect([arrived, initiator.isPaused]).toEqual([1, false]);
    const pings = 1 + limits.unparsedMax / 8192;
    for (let index = 0; index < pings; index++) {
      initiator.send(nopOut as unknown as PduRow, { immediate: true }, Buffer.alloc(8192));
    }
    expect(initiator.isPaused).toBe(true);
    initiator.isStalled = false;
    world.settle();
    expect(initiator.isPaused).toBe(false);
    expect(world.device.arrived).toHaveLength(commands);
    expect(world.device.borrowed).toBe(0);
  });

  it("sends one list of chunks a turn, however many PDUs it holds", () => {
    const world = new World();
    const initiator = world.logIn();
    const command = (): Buffer => initiator.encode(scsiCommand as unknown as PduRow);
    const chunk = Buffer.concat([command(), command(), command()]);
    const { connection } = initiator;
    world.target.handle({ type: "bytes", connection, chunk, lease: null }, 0);
    const types: string[] = [];
    world.target.drain((effect) => types.push(effect.type));
    expect(types).toEqual(["send"]);
  });

  it.each(["GET / HTTP/1.1\r\nHost: disk\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])(
    "that speaks another protocol is closed: %j",
    (text) => {
      const world = new World();
      const initiator = world.connect();
      initiator.push(Buffer.concat([Buffer.from(text, "latin1"), Buffer.alloc(100)]));
      world.advance(2000);
      expect(initiator.closed).not.toBe(null);
    },
  );

  it("survives random bytes in and behind the login (seeds 1…300)", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed);
      const world = new World();
      const keys = { ErrorRecoveryLevel: seed % 3 === 1 ? "1" : "0", InitialR2T: "No" };
      const initiator = seed % 3 === 0 ? world.connect() : world.logIn(keys);
      initiator.isStrict = false;
      world.device.isSlow = prng.chance(0.5);
      for (let index = 0; index < 20 && initiator.closed === null; index++) {
        const bytes = Buffer.from(prng.bytes(48));
        bytes[0] = prng.pick([0, 1, 2, 4, 5, 6, 0x10, 0x1e]) | (prng.chance(0.5) ? 0x40 : 0);
        bytes[4] = prng.below(10) === 0 ? 1 : 0;
        const length = prng.chance(0.5) ? 0 : prng.below(700);
        bytes.writeUIntBE(length, 5, 3);
        if (prng.chance(0.8)) bytes.writeUInt32BE(100 + prng.below(20), 24);
        if (prng.chance(0.8)) bytes.writeUInt32BE(prng.below(4), 16);
        // Often what could be data that was asked for, or a run that could have been sent.
        if (prng.chance(0.5)) {
          bytes.writeUInt32BE(prng.pick([1, 2, 3, 512, 2048, NO_TAG]), 20);
          for (const at of [28, 36]) bytes.writeUInt32BE(prng.below(6), at);
          bytes.writeUInt32BE(prng.below(4) * prng.pick([1, 512]), 40);
          bytes.writeUInt32BE(prng.below(4), 44);
        }
        if (prng.chance(0.5) && bytes[0] === 1) bytes[32] = prng.pick([0x28, 0x2a]);
        const data = pattern((length + 3) & ~3);
        initiator.push(Buffer.concat([bytes, Buffer.alloc((bytes[4] as number) * 4), data]));
      }
      world.advance(prng.below(10000));
      initiator.disconnect();
      expect(world.target.isIdle).toBe(true);
      expect(world.device).toMatchObject({ tasks: [], nexuses: [], borrowed: 0 });
      expect(world.target.solicitedBytes).toBe(0);
    }
  });
});
