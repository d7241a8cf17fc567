/**
 * Bad input against a running target: each case gets the answer the RFC names, and after all of
 * them the same process serves a well-behaved initiator, with the disk as it was.
 */
import { readFileSync } from "node:fs";
import { findCommand, read10 as readRow, write10 as writeRow } from "node-scsi-cdb";
import { gather, putU32 } from "../../lib/base/bytes";
import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import { loginRequest, loginResponse } from "../../lib/iscsi/pdus/login";
import { dataOut } from "../../lib/iscsi/pdus/data";
import type { Pdu } from "../../lib/iscsi/pdu";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { r2t } from "../../lib/iscsi/pdus/r2t";
import { reject } from "../../lib/iscsi/pdus/reject";
import { scsiCommand, scsiResponse } from "../../lib/iscsi/pdus/scsi-command";
import { Target } from "../real/support/target";
import { NO_TAG, pduBytes, WireInitiator } from "./support/initiator";

const BLOCKS = 8;
const read10 = (lba: number): Uint8Array => readRow.encode({ lba, blockCount: BLOCKS });
const write10 = (lba: number): Uint8Array => writeRow.encode({ lba, blockCount: BLOCKS });
/** Operation codes that name blocks and write them, known here or not. */
const WRITING = new Set([
  0x0a, 0x2a, 0x2e, 0x41, 0x42, 0x89, 0x8a, 0x8b, 0x8e, 0x93, 0x9c, 0xaa, 0xae,
]);
/** Those that leave the unit stopped, reserved or otherwise set than before. */
const KEEPING = new Set([0x04, 0x15, 0x16, 0x1b, 0x48, 0x55, 0x56]);
/** By the group code, bits 7 to 5 of the operation code. */
const CDB_LENGTHS = [6, 10, 10, 16, 16, 12, 16, 16];
const PATTERN = Buffer.from(new Prng(1).bytes(BLOCKS * 512));

let target: Target;
let port: number;

/** With NACA a refusal would keep all that follows from being looked at. */
function withoutNaca(cdb: Buffer): Buffer {
  const control = (CDB_LENGTHS[(cdb[0] as number) >> 5] as number) - 1;
  cdb[control] = (cdb[control] as number) & ~0x04;
  return cdb;
}

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
  const TAG = 0x77;

  /** Sends a WRITE of 512 KiB at block 0, and takes the R2T that asks for its first data. */
  async function askedFor(initiator: WireInitiator): Promise<ReturnType<typeof r2t.decode>> {
    const bhs = scsiCommand.encode({
      final: true,
      write: true,
      attribute: 1,
      initiatorTaskTag: TAG,
      expectedDataTransferLength: 512 * 1024,
      cmdSN: initiator.cmdSN++,
      expStatSN: initiator.expStatSN,
      cdb: Buffer.from("2a000000000000040000000000000000", "hex"),
    });
    initiator.send(pduBytes(bhs));
    return r2t.decode(((await initiator.receive()) as Pdu).bhs);
  }

  it.each([
    {
      what: "[RFC7143 11.7.5] Data-Out with a DataSN left out",
      pdus: () => [
        { dataSN: 0, at: 0, length: 4096 },
        { dataSN: 2, at: 4096, length: 4096 },
      ],
      code: "4705",
    },
    {
      what: "[RFC7143 11.7.4] Data-Out beside the place that was asked for",
      pdus: () => [{ dataSN: 0, at: 4096, length: 4096 }],
      code: "4705",
    },
    {
      what: "[RFC7143 11.8] more Data-Out than the R2T asked for",
      pdus: (asked: number) => [
        { dataSN: 0, at: 0, length: asked },
        { dataSN: 1, at: asked, length: 4096 },
      ],
      code: "0c0c",
    },
    {
      what: "[RFC7143 11.8] less Data-Out than the R2T asked for",
      pdus: () => [{ dataSN: 0, at: 0, length: 4096 }],
      code: "0c0d",
    },
  ])("$what fails its command and writes nothing", async ({ pdus, code }) => {
    const initiator = await loggedIn();
    const ask = await askedFor(initiator);
    const all = pdus(ask.desiredDataTransferLength);
    for (const { dataSN, at, length } of all) {
      const bhs = dataOut.encode({
        final: dataSN === all.at(-1)?.dataSN,
        initiatorTaskTag: TAG,
        targetTransferTag: ask.targetTransferTag,
        dataSN,
        bufferOffset: ask.bufferOffset + at,
        expStatSN: initiator.expStatSN,
      });
      initiator.send(pduBytes(bhs, Buffer.alloc(length, 0x5a)));
    }
    const answer = (await initiator.receive()) as Pdu;
    const { status, initiatorTaskTag } = scsiResponse.decode(answer.bhs);
    expect([answer.opcode, status, initiatorTaskTag]).toEqual([scsiResponse.opcode, 2, TAG]);
    const sense = Buffer.from(gather(answer.data)).subarray(2);
    expect([sense[2], sense.toString("hex", 12, 14)]).toEqual([0xb, code]);
    initiator.close();
  });

  it("[RFC7143 13.12] a PDU that announces 16 MiB is rejected, and ends the connection", async () => {
    const initiator = await loggedIn();
    const bhs = nopOut.encode({ immediate: true, initiatorTaskTag: 1, targetTransferTag: NO_TAG });
    initiator.send(bhs.fill(0xff, 5, 8));
    expect((await initiator.receive())?.opcode).toBe(reject.opcode);
    expect(await initiator.receive()).toBeNull();
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
    for (let opcode = 0; opcode < 256; opcode++) {
      if (WRITING.has(opcode) || KEEPING.has(opcode)) continue;
      for (let round = 0; round < 4; round++) {
        const cdb = Buffer.from(random.bytes(16));
        cdb[0] = opcode;
        const { status } = await initiator.command(withoutNaca(cdb), { in: random.below(8192) });
        expect([0x00, 0x02, 0x18]).toContain(status);
      }
    }
    initiator.close();
  }, 30_000);

  it("a writing command with random fields and data moves no block outside its range", async () => {
    const initiator = await loggedIn("iqn.2026-11.io.twinlun:fuzz");
    const random = new Prng(20261123);
    const noise = Buffer.from(random.bytes(65536));
    const [first, behind] = [1024, 2048];
    const statuses = new Set<number>();
    for (let round = 0; round < 400; round++) {
      const cdb = Buffer.from(random.chance(0.5) ? random.bytes(16) : Buffer.alloc(16));
      const opcode = random.pick([...WRITING]);
      const range = { lba: first + random.below(512), blockCount: random.below(256) };
      findCommand(Buffer.from([opcode, 0]))?.encode(range, cdb);
      cdb[0] = opcode;
      const length = random.chance(0.3) ? 512 : random.below(noise.length);
      const { status } = await initiator.command(withoutNaca(cdb), {
        out: noise.subarray(0, length),
      });
      statuses.add(status);
    }
    expect([...statuses].sort()).toEqual([0x00, 0x02]);
    for (const lba of [BLOCKS, first / 2, first - BLOCKS, behind, 2 * behind]) {
      const { data } = await initiator.command(read10(lba), { in: BLOCKS * 512 });
      expect(data.equals(Buffer.alloc(BLOCKS * 512))).toBe(true);
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
