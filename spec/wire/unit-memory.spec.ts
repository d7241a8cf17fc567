/**
 * What a unit remembers beside its blocks, as hosts see it after a process was killed and another
 * has begun: of a plain target and of a pair.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  modeSelect6,
  modeSense6,
  persistentReserveInReadFullStatus,
  persistentReserveInReadReservation,
  persistentReserveOutRegisterAndIgnoreExistingKey,
  persistentReserveOutReserve,
  reserve6,
  testUnitReady,
} from "node-scsi-cdb";
import { killAll, type Program, ready, twinlun } from "../node/support/program";
import { WireInitiator } from "./support/initiator";

const IQN = "iqn.2026-11.io.twinlun:disk";
const SWP_LIST = Buffer.from("00000000" + "0a0a00100800" + "0000ffff0000", "hex");
const RESERVATION_CONFLICT = 0x18;
const WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 5;

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

function single(): Program {
  const store = `file:${file("disk.img")}:8M`;
  return twinlun("serve", "--single", "--listen", "127.0.0.1:0", "--store", store);
}

function pair(): Program {
  const listen = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
  const stores = [
    "--store",
    `file:${file("main.img")}:8M`,
    "--store2",
    `file:${file("sub.img")}:8M`,
  ];
  return twinlun("serve", ...listen, ...stores, "--admin-socket", file("admin.sock"));
}

async function hostAt(portal: string | undefined): Promise<WireInitiator> {
  const host = await WireInitiator.connect(Number(portal?.split(":").at(-1)));
  expect(await host.login(IQN, "iqn.2026-11.io.twinlun:host")).toBe(0);
  await host.command(testUnitReady.encode({}));
  return host;
}

async function killed(program: Program): Promise<void> {
  program.child.kill("SIGKILL");
  await program.exit;
}

async function status(host: WireInitiator, cdb: Uint8Array, out?: Uint8Array): Promise<number> {
  return (await host.command(cdb, out === undefined ? {} : { out })).status;
}

function list(fields: { readonly key?: number; readonly newKey?: number }): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt8(fields.key ?? 0, 7);
  bytes.writeUInt8(fields.newKey ?? 0, 15);
  // APTPL
  bytes.writeUInt8(1, 20);
  return bytes;
}

const parameterListLength = 24;

async function registerAndReserve(host: WireInitiator): Promise<void> {
  const register = persistentReserveOutRegisterAndIgnoreExistingKey.encode({ parameterListLength });
  expect(await status(host, register, list({ newKey: 7 }))).toBe(0);
  const type = WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
  const reserve = persistentReserveOutReserve.encode({ type, parameterListLength });
  expect(await status(host, reserve, list({ key: 7 }))).toBe(0);
}

/** PRGENERATION, key and type; of nobody, PRGENERATION alone. */
async function reservationAt(host: WireInitiator): Promise<readonly number[]> {
  const cdb = persistentReserveInReadReservation.encode({ allocationLength: 24 });
  const { data } = await host.command(cdb, { in: 24 });
  if (data.length < 24) return [data.readUInt32BE(0)];
  return [data.readUInt32BE(0), data.readUInt8(15), data.readUInt8(21)];
}

const KEPT = [0, 7, WRITE_EXCLUSIVE_REGISTRANTS_ONLY];

describe("a plain target that was killed", () => {
  it("[SPC-4 5.13.6] has registrations and reservation again, with APTPL", async () => {
    const before = single();
    await registerAndReserve(await hostAt((await ready(before)).portals[0]));
    await killed(before);
    const host = await hostAt((await ready(single())).portals[0]);
    expect(await reservationAt(host)).toEqual(KEPT);
    const cdb = persistentReserveInReadFullStatus.encode({ allocationLength: 255 });
    const { data } = await host.command(cdb, { in: 255 });
    expect(data.toString("latin1")).toContain("iqn.2026-11.io.twinlun:host,i,0x800000000000");
  });

  it("[SPC-4 MODE SELECT, SP] has its saved mode pages again", async () => {
    const before = single();
    const host = await hostAt((await ready(before)).portals[0]);
    const cdb = modeSelect6.encode({ pf: true, sp: true, parameterListLength: SWP_LIST.length });
    expect(await status(host, cdb, SWP_LIST)).toBe(0);
    await killed(before);
    const after = await hostAt((await ready(single())).portals[0]);
    const sense = modeSense6.encode({ pageCode: 0x0a, dbd: true, allocationLength: 255 });
    const { data } = await after.command(sense, { in: 255 });
    // WP in the header, SWP in the page.
    expect([data.readUInt8(2) & 0x80, data.readUInt8(8) & 0x08]).toEqual([0x80, 0x08]);
  });

  it("[SPC-2 5.5.1] is not RESERVEd any more", async () => {
    const before = single();
    const host = await hostAt((await ready(before)).portals[0]);
    expect(await status(host, reserve6.encode({}))).toBe(0);
    await killed(before);
    const after = await hostAt((await ready(single())).portals[0]);
    expect(await status(after, testUnitReady.encode({}))).toBe(0);
  });

  it("does not begin again with a damaged unit file, and says why", async () => {
    const before = single();
    await registerAndReserve(await hostAt((await ready(before)).portals[0]));
    await killed(before);
    const bytes = fs.readFileSync(file("disk.img.unit"));
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    fs.writeFileSync(file("disk.img.unit"), bytes);
    const after = single();
    expect(await after.exit).toBe(2);
    expect(after.output.stderr).toMatch(/^twinlun: Unit file .* is damaged: .*\.\n$/);
    expect(fs.readFileSync(file("disk.img.unit"))).toEqual(bytes);
  });

  it("makes no disk beside the unit file of one that is gone", async () => {
    fs.writeFileSync(file("disk.img.unit"), "");
    const program = single();
    expect(await program.exit).toBe(2);
    expect(program.output.stderr).toMatch(/ is of a disk that is not there: .*\.\n$/);
    expect(fs.existsSync(file("disk.img"))).toBe(false);
  });
});

describe("a pair that was killed", () => {
  it("[SPC-4 5.13.6] has registrations and reservation again at both sides", async () => {
    const before = pair();
    const [, sub] = (await ready(before)).portals;
    await registerAndReserve(await hostAt(sub));
    expect(fs.readFileSync(file("main.img.unit"))).toEqual(fs.readFileSync(file("sub.img.unit")));
    await killed(before);
    for (const portal of (await ready(pair())).portals) {
      const host = await hostAt(portal);
      expect(await reservationAt(host)).toEqual(KEPT);
      host.close();
    }
  });

  it("[invariant 19] a side that was away gets what the other remembers, and keeps it", async () => {
    const program = pair();
    const [main, sub] = (await ready(program)).portals;
    const operator = async (command: string): Promise<void> => {
      const socket = ["--admin-socket", file("admin.sock")];
      expect(await twinlun("pair", command, ...socket).exit).toBe(0);
    };
    await operator("split");
    await registerAndReserve(await hostAt(main));
    expect(fs.existsSync(file("sub.img.unit"))).toBe(false);
    await operator("resync");
    expect((await reservationAt(await hostAt(sub))).slice(1)).toEqual(KEPT.slice(1));
    // Nobody waits for it.
    while (!fs.existsSync(file("sub.img.unit"))) await new Promise((next) => setTimeout(next, 10));
    expect(fs.readFileSync(file("sub.img.unit"))).toEqual(fs.readFileSync(file("main.img.unit")));
  });
});

describe("a host that is not registered", () => {
  it("[SPC-4 5.13.1] is kept out by what was reserved before the target was killed", async () => {
    const before = single();
    await registerAndReserve(await hostAt((await ready(before)).portals[0]));
    await killed(before);
    const portal = (await ready(single())).portals[0];
    const other = await WireInitiator.connect(Number(portal?.split(":").at(-1)));
    await other.login(IQN, "iqn.2026-11.io.twinlun:other");
    await other.command(testUnitReady.encode({}));
    const cdb = modeSelect6.encode({ pf: true, parameterListLength: SWP_LIST.length });
    expect(await status(other, cdb, SWP_LIST)).toBe(RESERVATION_CONFLICT);
  });
});
