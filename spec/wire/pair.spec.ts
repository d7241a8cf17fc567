/**
 * Running pairs as hosts and operators see them: two controllers in one process and in two, one
 * disk by two portals, and what becomes of it when one side, the link or the whole process goes.
 */
import * as fs from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inquiry, read10, synchronizeCache10, write10 } from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import { gather } from "../../lib/base/bytes";
import { loginRequest } from "../../lib/iscsi/pdus/login";
import { textRequest } from "../../lib/iscsi/pdus/text";
import type { AdminStatus } from "../../lib/node/admin";
import { killAll, type Program, ready, twinlun } from "../node/support/program";
import { NO_TAG, pduBytes, WireInitiator } from "./support/initiator";

const IQN = "iqn.2026-11.io.twinlun:disk";
const BLOCKS = 16;
const DATA_OFFSET = 1024 * 1024;
const KEY = "the-key-of-this-link";

jest.setTimeout(60_000);
let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
});
afterEach(() => {
  killAll();
  fs.rmSync(directory, { recursive: true });
});

const file = (name: string): string => join(directory, name);
const portOf = (portal: string): number => Number(portal.split(":").at(-1));
const pattern = (seed: number): Buffer => Buffer.from(new Prng(seed).bytes(BLOCKS * 512));

/** Both sides in one process. */
function both(...args: string[]): Program {
  const listen = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
  return twinlun("serve", ...listen, "--admin-socket", file("admin.sock"), ...args);
}

function files(): string[] {
  return ["--store", `file:${file("main.img")}:8M`, "--store2", `file:${file("sub.img")}:8M`];
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ports.push((server.address() as net.AddressInfo).port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}

/** One side in a process of its own, as `conf/main.json` and `conf/sub.json` have it. */
function sideOf(side: 1 | 2, ports: readonly number[]): Program {
  const at = (index: number): string => `127.0.0.1:${ports[index]}`;
  const [own, other] = side === 1 ? [0, 1] : [1, 0];
  const settings = {
    ...{ side, listen: [at(own)], peerPortals: [at(other)], linkKey: KEY, leaseMs: 1000 },
    ...{ linkListen: at(2 + own), linkPeer: at(2 + other), adminSocket: file(`${side}.sock`) },
    ...{ store: `file:${file(`${side}.img`)}:8M`, peerWaitMs: 1000 },
  };
  const conf = file(`${side}.json`);
  fs.writeFileSync(conf, JSON.stringify(settings));
  return twinlun("serve", "--conf", conf);
}

async function loggedIn(portal: string): Promise<WireInitiator> {
  const initiator = await WireInitiator.connect(portOf(portal));
  expect(await initiator.login(IQN, `iqn.2026-11.io.twinlun:host${portOf(portal)}`)).toBe(0);
  await initiator.command(Buffer.alloc(6));
  return initiator;
}

/** Until it ends with GOOD: what a host does while the paths change. */
async function write(host: WireInitiator, lba: number, data: Buffer): Promise<void> {
  for (;;) {
    const cdb = write10.encode({ lba, blockCount: BLOCKS });
    const { status, sense } = await host.command(cdb, { out: data });
    if (status === 0) return;
    // NOT READY and UNIT ATTENTION pass.
    expect([0x02, 0x06]).toContain((sense[2] ?? 0) & 0x0f);
    await new Promise((next) => setTimeout(next, 50));
  }
}

async function read(host: WireInitiator, lba: number): Promise<Buffer> {
  const cdb = read10.encode({ lba, blockCount: BLOCKS });
  const { data } = await host.command(cdb, { in: BLOCKS * 512 });
  return data;
}

/** The addresses that SendTargets names. [RFC7143 Appendix C] */
async function discover(portal: string): Promise<string[]> {
  const initiator = await WireInitiator.connect(portOf(portal));
  const login = loginRequest.encode({
    ...{ immediate: true, transit: true, csg: 1, nsg: 3, cmdSN: 1 },
    isid: initiator.isid,
  });
  const keys = "InitiatorName=iqn.2026-11.io.twinlun:finder\0SessionType=Discovery\0";
  initiator.send(pduBytes(login, Buffer.from(keys)));
  await initiator.receive();
  const request = textRequest.encode({
    ...{ final: true, initiatorTaskTag: 2, targetTransferTag: NO_TAG, cmdSN: 1, expStatSN: 1 },
  });
  initiator.send(pduBytes(request, Buffer.from("SendTargets=All\0")));
  const answer = await initiator.receive();
  initiator.close();
  const text = Buffer.from(gather(answer?.data ?? [])).toString();
  return text.split("\0").flatMap((pair) => /^TargetAddress=(.*)$/.exec(pair)?.[1] ?? []);
}

/** What a command of an operator prints, and its exit code. */
async function operator(...args: string[]): Promise<{ code: number | null; text: string }> {
  const program = twinlun(...args);
  const code = await program.exit;
  return { code, text: program.output.stdout + program.output.stderr };
}

async function statusOf(socket: string): Promise<AdminStatus> {
  const { text } = await operator("status", "--json", "--admin-socket", socket);
  return JSON.parse(text) as AdminStatus;
}

async function untilState(socket: string, state: string): Promise<void> {
  for (;;) {
    const { sides } = await statusOf(socket);
    if (sides.every(({ volumes }) => volumes.every((volume) => volume.state === state))) return;
  }
}

async function untilStanding(socket: string, standing: string): Promise<void> {
  for (;;) {
    const { sides } = await statusOf(socket);
    if (sides.every(({ volumes }) => volumes.every((volume) => volume.standing === standing)))
      return;
  }
}

function copiesAreEqual(first: string, second: string): boolean {
  const [one, two] = [first, second].map((name) => fs.readFileSync(file(name))) as [Buffer, Buffer];
  return one.subarray(DATA_OFFSET).equals(two.subarray(DATA_OFFSET));
}

describe("a pair in one process", () => {
  it("[G-01] is one disk by two portals, which the ready line and SendTargets name", async () => {
    const program = both(...files());
    const { portals, luns } = await ready(program);
    expect(luns).toEqual([0]);
    expect(portals).toHaveLength(2);
    const [main, sub] = portals as [string, string];
    for (const portal of portals) {
      expect(await discover(portal)).toEqual([`${main},1`, `${sub},2`]);
    }
    const hosts = [await loggedIn(main), await loggedIn(sub)] as const;
    for (const [index, host] of hosts.entries()) {
      const data = pattern(index + 1);
      await write(host, index * BLOCKS, data);
      for (const reader of hosts)
        expect((await read(reader, index * BLOCKS)).equals(data)).toBe(true);
    }
    const page = (code: number): Promise<Buffer[]> =>
      Promise.all(
        hosts.map(async (host) => {
          const cdb = inquiry.encode({ evpd: true, pageCode: code, allocationLength: 255 });
          return (await host.command(cdb, { in: 255 })).data;
        }),
      );
    const [serial, otherSerial] = await page(0x80);
    expect(serial).toEqual(otherSerial);
    for (const host of hosts) host.close();
    program.child.kill("SIGTERM");
    expect(await program.exit).toBe(0);
    expect(copiesAreEqual("main.img", "sub.img")).toBe(true);
    expect(fs.existsSync(file("admin.sock"))).toBe(false);
  });

  it("has its data after kill -9, and is a pair again", async () => {
    const before = both(...files());
    const [, sub] = (await ready(before)).portals as [string, string];
    const host = await loggedIn(sub);
    await write(host, 0, pattern(3));
    before.child.kill("SIGKILL");
    await before.exit;
    const after = both(...files());
    const { portals } = await ready(after);
    await untilState(file("admin.sock"), "PAIR");
    for (const portal of portals) {
      const reader = await loggedIn(portal);
      expect((await read(reader, 0)).equals(pattern(3))).toBe(true);
      reader.close();
    }
  });

  it.each([
    ["async-locked", "symmetric", "cache"],
    ["async-relay", "communication", "disk"],
    ["async-relay", "sub-relay", "cache"],
  ])("[S9-1 S9-3 S9-4] serves both hosts as %s with %s", async (acknowledge, example, medium) => {
    const form = ["--acknowledge", acknowledge, "--example", example];
    const args = [...files(), ...form, "--communication-medium", medium];
    const program = both(...args);
    const hosts = await Promise.all((await ready(program)).portals.map(loggedIn));
    const [ofMain, ofSub] = hosts as [WireInitiator, WireInitiator];
    for (let index = 0; index < 24; index++) {
      const host = index % 3 === 0 ? ofMain : ofSub;
      await write(host, index * BLOCKS, pattern(100 + index));
      expect((await read(host, index * BLOCKS)).equals(pattern(100 + index))).toBe(true);
    }
    const flush = synchronizeCache10.encode({});
    for (const host of hosts) expect((await host.command(flush)).status).toBe(0);
    for (const host of hosts)
      for (let index = 0; index < 24; index++)
        expect((await read(host, index * BLOCKS)).equals(pattern(100 + index))).toBe(true);
    program.child.kill("SIGKILL");
    await program.exit;
    expect(copiesAreEqual("main.img", "sub.img")).toBe(true);
  });

  it("obeys an operator: split, resync, verify and swap", async () => {
    const program = both("--store", "memory:8M");
    const [main, sub] = (await ready(program)).portals as [string, string];
    const socket = ["--admin-socket", file("admin.sock")];
    const split = await operator("pair", "split", ...socket);
    expect([split.code, split.text]).toEqual([0, expect.stringContaining("main PSUS, side 2 sub")]);
    const host = await loggedIn(main);
    await write(host, 0, pattern(4));
    expect((await operator("pair", "resync", ...socket)).code).toBe(0);
    const reader = await loggedIn(sub);
    expect((await read(reader, 0)).equals(pattern(4))).toBe(true);
    const swap = await operator("pair", "swap", ...socket);
    expect([swap.code, swap.text]).toEqual([0, expect.stringContaining("side 2 main PAIR")]);
    await write(host, 0, pattern(5));
    const verify = await operator("pair", "verify", ...socket, "--lun", "0");
    expect([verify.code, verify.text]).toEqual([0, expect.stringContaining("no difference")]);
    const nonsense = await operator("pair", "resync", ...socket, "--lun", "7");
    expect([nonsense.code, nonsense.text]).toEqual([1, "LUN 7: There is no LUN 7.\n"]);
    const table = await operator("status", ...socket);
    expect(table.text).toMatch(/^LUN  SIDE .*\n0    1     sub   PAIR .*\n0    2     main  PAIR /);
  });
});

describe("a pair in two processes", () => {
  let ports: number[];
  const portal = (side: 1 | 2): string => `127.0.0.1:${ports[side - 1]}`;

  beforeEach(async () => {
    ports = await freePorts(4);
  });

  async function start(): Promise<[Program, Program]> {
    const [first, second] = [sideOf(1, ports), sideOf(2, ports)];
    expect((await ready(first)).portals).toEqual([portal(1)]);
    expect((await ready(second)).portals).toEqual([portal(2)]);
    await untilState(file("1.sock"), "PAIR");
    await untilState(file("2.sock"), "PAIR");
    return [first, second];
  }

  it("[G-05] [G-15] mirrors over a link with TLS, and ends in order", async () => {
    const programs = await start();
    for (const side of [1, 2] as const) {
      expect(await discover(portal(side))).toEqual([`${portal(1)},1`, `${portal(2)},2`]);
    }
    const [first, second] = [await loggedIn(portal(1)), await loggedIn(portal(2))];
    await write(first, 0, pattern(6));
    await write(second, BLOCKS, pattern(7));
    expect((await read(second, 0)).equals(pattern(6))).toBe(true);
    expect((await read(first, BLOCKS)).equals(pattern(7))).toBe(true);
    for (const host of [first, second]) host.close();
    for (const { child, exit } of programs) {
      child.kill("SIGTERM");
      expect(await exit).toBe(0);
    }
    expect(copiesAreEqual("1.img", "2.img")).toBe(true);
    expect(programs.map(({ output }) => output.stderr).join("")).not.toContain(KEY);
  });

  it("goes on at the survivor when the other is killed, and copies what it missed", async () => {
    const [, second] = await start();
    const host = await loggedIn(portal(1));
    second.child.kill("SIGKILL");
    await second.exit;
    await write(host, 0, pattern(8));
    await untilState(file("1.sock"), "PSUE");
    const again = sideOf(2, ports);
    await ready(again);
    await untilState(file("1.sock"), "PAIR");
    await untilState(file("2.sock"), "PAIR");
    const reader = await loggedIn(portal(2));
    expect((await read(reader, 0)).equals(pattern(8))).toBe(true);
  });

  it("refuses hosts while a new main side is there alone, and serves when the sub comes", async () => {
    const first = sideOf(1, ports);
    await ready(first);
    await untilStanding(file("1.sock"), "blocked");
    const host = await loggedIn(portal(1));
    const { status, sense } = await host.command(Buffer.alloc(6));
    // NOT READY, LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE
    expect([status, sense[2], sense[12], sense[13]]).toEqual([2, 0x02, 0x04, 0x0c]);
    const table = await operator("status", "--admin-socket", file("1.sock"));
    expect(table.text).toMatch(/LUN 0, side 1: there is no pair yet, .*`pair alone`/);
    await ready(sideOf(2, ports));
    await untilState(file("1.sock"), "PAIR");
    await write(host, 0, pattern(11));
    expect((await read(await loggedIn(portal(2)), 0)).equals(pattern(11))).toBe(true);
  });

  it("has a main side that serves alone when an operator says so", async () => {
    await ready(sideOf(1, ports));
    await untilStanding(file("1.sock"), "blocked");
    const alone = await operator("pair", "alone", "--admin-socket", file("1.sock"));
    expect([alone.code, alone.text]).toEqual([0, expect.stringContaining("side 1 main PSUE")]);
    await write(await loggedIn(portal(1)), 0, pattern(12));
    await ready(sideOf(2, ports));
    await untilState(file("1.sock"), "PAIR");
    expect((await read(await loggedIn(portal(2)), 0)).equals(pattern(12))).toBe(true);
  });

  it("is verified and copied anew by commands at the sub side", async () => {
    await start();
    const socket = ["--admin-socket", file("2.sock")];
    const verify = await operator("pair", "verify", ...socket);
    expect([verify.code, verify.text]).toEqual([0, expect.stringContaining("no difference")]);
    for (const side of [1, 2]) {
      const table = await operator("status", "--admin-socket", file(`${side}.sock`));
      expect(table.text).toContain("verified: no difference, 8.0 MiB compared");
    }
    await operator("pair", "split", ...socket);
    expect((await operator("pair", "resync", ...socket)).code).toBe(0);
  });

  it("stays a pair while strangers speak to the link's ports", async () => {
    await start();
    const random = new Prng(9);
    for (const port of ports.slice(2)) {
      for (const bytes of [random.bytes(4096), Buffer.from("twinlun\x01GET / HTTP/1.1\r\n\r\n")]) {
        const socket = net.connect(port, "127.0.0.1");
        socket.on("error", () => undefined).resume();
        socket.end(bytes);
        await new Promise((resolve) => socket.on("close", resolve));
      }
    }
    const host = await loggedIn(portal(2));
    await write(host, 0, pattern(10));
    const { sides } = await statusOf(file("1.sock"));
    expect(sides[0]?.volumes[0]).toMatchObject({ state: "PAIR", epoch: 1 });
  });
});
