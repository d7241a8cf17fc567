/**
 * Bad input against a running target: each case gets the answer the RFC names, and after all of
 * them the same process serves a well-behaved initiator, with the disk as it was.
 */
import { readFileSync } from "node:fs";
import { putU32 } from "../../lib/base/bytes";
import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import { loginRequest, loginResponse } from "../../lib/iscsi/pdus/login";
import { dataOut } from "../../lib/iscsi/pdus/data";
import { r2t } from "../../lib/iscsi/pdus/r2t";
import { reject } from "../../lib/iscsi/pdus/reject";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import { Target } from "../real/support/target";
import { NO_TAG, pduBytes, WireInitiator } from "./support/initiator";

const BLOCKS = 8;
const read10 = (lba: number): Buffer => Buffer.from([0x28, 0, 0, 0, 0, lba, 0, 0, BLOCKS, 0]);
const write10 = (lba: number): Buffer => Buffer.from([0x2a, 0, 0, 0, 0, lba, 0, 0, BLOCKS, 0]);
const PATTERN = Buffer.from(new Prng(1).bytes(BLOCKS * 512));

let target: Target;
let port: number;

/** A logged-in initiator, its power-on unit attention taken. */
async function loggedIn(name?: string): Promise<WireInitiator> {
  const initiator = await WireInitiator.connect(port);
  expect(await initiator.login(target.iqn, name)).toBe(0);
  await initiator.command(Buffer.alloc(6));
  return initiator;
}

function residentMiB(): number {
  const status = readFileSync(`/proc/${target.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

beforeAll(async () => {
  target = await Target.start({
    name: "hostile",
    store: "memory:16M",
    args: ["--login-timeout-ms", "2000"],
  });
  port = Number(target.portal.split(":").at(-1));
  const initiator = await loggedIn();
  await initiator.command(write10(0), { out: PATTERN });
  initiator.close();
}, 30_000);

afterEach(async () => {
  const initiator = await loggedIn("iqn.2026-11.io.twinlun:witness");
  const { status, data } = await initiator.command(read10(0), { in: BLOCKS * 512 });
  expect([status, data.equals(PATTERN)]).toEqual([0, true]);
  initiator.close();
});

afterAll(async () => {
  expect(await target.stop()).toBe(0);
}, 30_000);

describe("bytes that are no login", () => {
  const random = new Prng(2);
  it.each([
    [
      "an HTTP request",
      Buffer.from("GET / HTTP/1.1\r\nHost: disk\r\nUser-Agent: curl/8\r\n\r\n\r\n"),
    ],
    ["a TLS hello", Buffer.from(`16030100f8010000f40303${"ab".repeat(240)}`, "hex")],
    ["zeros", Buffer.alloc(4096)],
    ["ones", Buffer.alloc(4096, 0xff)],
    ["noise", Buffer.from(random.bytes(4096))],
    [
      "a header that announces 16 MiB",
      pduBytes(Buffer.from(`03${"00".repeat(4)}ffffff${"00".repeat(40)}`, "hex")).fill(0xff, 5, 8),
    ],
  ])("%s: the connection is closed", async (_, bytes) => {
    const initiator = await WireInitiator.connect(port);
    initiator.send(bytes);
    await initiator.closed();
  });
});

describe("[RFC7143 6.1] logins that do not end", () => {
  it("are closed when the time for a login is over", async () => {
    const silent = await WireInitiator.connect(port);
    const half = await WireInitiator.connect(port);
    half.send(loginRequest.encode({ immediate: true }).subarray(0, 20));
    await Promise.all([silent.closed(), half.closed()]);
  }, 10_000);

  it("by the thousand are bounded, and cost nobody else the service", async () => {
    const all: WireInitiator[] = [];
    for (let index = 0; index < 1000; index++) all.push(await WireInitiator.connect(port));
    const served = await loggedIn("iqn.2026-11.io.twinlun:among-many");
    const open = all.filter((initiator) => !initiator.isClosed).length;
    expect(open).toBeLessThanOrEqual(limits.connectionsInLoginMax);
    served.close();
    await Promise.all(all.map((initiator) => initiator.closed()));
  }, 30_000);

  it("of one that goes on for ever are refused after a bounded number of requests", async () => {
    const initiator = await WireInitiator.connect(port);
    const isRefused = (async () => {
      for (;;) {
        const answer = await initiator.receive();
        if (answer === null) return true;
        if (loginResponse.decode(answer.bhs).statusClass !== 0) return true;
      }
    })();
    for (let request = 0; request <= limits.loginRequestsMax; request++) {
      const bhs = loginRequest.encode({
        immediate: true,
        transit: false,
        csg: 1,
        isid: initiator.isid,
        initiatorTaskTag: 1,
        cmdSN: 1,
      });
      const text = "InitiatorName=iqn.2026-11.io.twinlun:slow\0SessionType=Discovery\0";
      initiator.send(pduBytes(bhs, Buffer.from(request === 0 ? text : "")));
    }
    expect(await isRefused).toBe(true);
    initiator.close();
  }, 10_000);
});

describe("in the full feature phase", () => {
  it("[RFC7143 11.7.5] Data-Out out of order fails its command and writes nothing", async () => {
    const initiator = await loggedIn();
    const length = 512 * 1024;
    const bhs = scsiCommand.encode({
      final: true,
      write: true,
      attribute: 1,
      initiatorTaskTag: 0x77,
      expectedDataTransferLength: length,
      cmdSN: initiator.cmdSN++,
      expStatSN: initiator.expStatSN,
      cdb: Buffer.from("2a000000000000040000000000000000", "hex"),
    });
    initiator.send(pduBytes(bhs));
    const asked = await initiator.receive();
    const ask = r2t.decode((asked as NonNullable<typeof asked>).bhs);
    for (const dataSN of [0, 2]) {
      const data = dataOut.encode({
        final: dataSN === 2,
        initiatorTaskTag: 0x77,
        targetTransferTag: ask.targetTransferTag,
        dataSN,
        bufferOffset: ask.bufferOffset + (dataSN === 0 ? 0 : 4096),
        expStatSN: initiator.expStatSN,
      });
      initiator.send(pduBytes(data, Buffer.alloc(4096, 0x5a)));
    }
    const answer = await initiator.receive();
    const isFailed = answer === null || answer.opcode === reject.opcode || answer.bhs[3] !== 0;
    expect(isFailed).toBe(true);
    initiator.close();
  });

  it("[RFC7143 4.2.2.1] a CmdSN used before, or far ahead, is ignored without a word", async () => {
    const initiator = await loggedIn();
    const noise = write10(0);
    for (const cmdSN of [initiator.cmdSN - 1, initiator.cmdSN + 100_000]) {
      const bhs = scsiCommand.encode({
        final: true,
        write: true,
        attribute: 1,
        initiatorTaskTag: 0x5000 + cmdSN,
        expectedDataTransferLength: BLOCKS * 512,
        cmdSN,
        cdb: Buffer.concat([noise, Buffer.alloc(6)]),
      });
      initiator.send(pduBytes(bhs, Buffer.alloc(BLOCKS * 512, 0x11)));
    }
    const { status } = await initiator.command(Buffer.alloc(6));
    expect(status).toBe(0);
    initiator.close();
  });

  it("every operation code with random fields gets a status, and no byte of the disk moves", async () => {
    const initiator = await loggedIn("iqn.2026-11.io.twinlun:fuzz");
    const random = new Prng(20261122);
    const harmless = new Set([0x04, 0x0a, 0x2a, 0x2e, 0x3b, 0x3f, 0x41, 0x42, 0x48, 0x55, 0x15]);
    for (let opcode = 0; opcode < 256; opcode++) {
      const writes =
        harmless.has(opcode) || (opcode & 0x1f) === 0x0a || opcode === 0x93 || opcode === 0x9c;
      if (writes || [0x16, 0x1b, 0x56].includes(opcode)) continue;
      for (let round = 0; round < 4; round++) {
        const cdb = Buffer.from(random.bytes(16));
        cdb[0] = opcode;
        const { status } = await initiator.command(cdb, { in: random.below(8192) });
        expect([0x00, 0x02, 0x04, 0x18]).toContain(status);
      }
    }
    initiator.close();
  }, 30_000);

  it("noise behind a good login ends that connection alone", async () => {
    const random = new Prng(5);
    for (let round = 0; round < 50; round++) {
      const initiator = await loggedIn(`iqn.2026-11.io.twinlun:noise${round}`);
      const noise = Buffer.from(random.bytes(48 * 20));
      for (let at = 0; at < noise.length; at += 48) putU32(noise, at + 4, random.below(64));
      initiator.send(noise);
      initiator.socket.end();
      await initiator.closed();
    }
  }, 30_000);
});

it("memory stays bounded after all of it", () => {
  expect(residentMiB()).toBeLessThan(250);
});

it(`NO_TAG is never a task's tag: a command with it is refused`, async () => {
  const initiator = await loggedIn();
  const bhs = scsiCommand.encode({
    final: true,
    read: true,
    attribute: 1,
    initiatorTaskTag: NO_TAG,
    cmdSN: initiator.cmdSN,
    cdb: Buffer.alloc(16),
  });
  initiator.send(pduBytes(bhs));
  const answer = await initiator.receive();
  expect(answer === null || answer.opcode === reject.opcode).toBe(true);
  initiator.close();
});
