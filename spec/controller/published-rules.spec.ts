/**
 * What makers of hosts publish that they ask of a shared disk, asked of two whole controllers: each
 * node has a path to either side. Windows' failover clustering validates and arbitrates by
 * persistent reservations; vSphere locks by COMPARE AND WRITE and offloads zeros, unmapping, copies.
 */
import { compareAndWrite, findCommand, inquiry, read16, unmap, writeSame16 } from "node-scsi-cdb";
import { Action, ReadAction, parameterList } from "../scsi/support/persistent";
import { Host } from "./pair-host";
import { PairRig } from "./pair-rig";
import { BLOCK_SIZE } from "./rig";

const WRITE_BLOCK_5 = Buffer.from("2a000000000500000100000000000000", "hex");
const READ_BLOCK_5 = Buffer.from("28000000000500000100000000000000", "hex");
const TEST_UNIT_READY = Buffer.alloc(16);
const GOOD = 0;
const CONFLICT = 0x18;
const WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 5;
const WRITE_EXCLUSIVE_ALL_REGISTRANTS = 7;

function name(node: string): string {
  return `iqn.2026-01.org.example:${node}`;
}

/** A node of a cluster: the same initiator by both sides. */
class Node {
  readonly paths: readonly Host[];
  readonly key: number;

  constructor(rig: PairRig, node: string, key: number) {
    this.paths = [new Host(rig, 1, name(node)), new Host(rig, 2, name(node))];
    this.key = key;
  }

  out(path: number, action: number, fields: Parameters<typeof parameterList>[1]): number {
    const list = parameterList(action, fields);
    const row = findCommand(Buffer.from([0x5f, action]));
    if (row === null) throw new Error(`PERSISTENT RESERVE OUT has no service action ${action}`);
    const { type = 0 } = fields;
    const cdb = row.encode({ type, parameterListLength: list.length });
    return this.path(path).run(cdb, { out: list }).status;
  }

  /** REGISTER AND IGNORE EXISTING KEY by each path. */
  register(): number[] {
    return this.paths.map((_, path) =>
      this.out(path, Action.REGISTER_AND_IGNORE, { newKey: this.key }),
    );
  }

  write(path: number): number {
    return this.path(path).run(WRITE_BLOCK_5, { out: Buffer.alloc(BLOCK_SIZE, this.key) }).status;
  }

  read(path: number): number {
    return this.path(path).run(READ_BLOCK_5, { in: BLOCK_SIZE }).status;
  }

  /** The keys that READ KEYS tells by a path. */
  keys(path: number): string[] {
    const { data } = this.path(path).run(reserveIn(ReadAction.KEYS), { in: 256 });
    const count = data.readUInt32BE(4) / 8;
    return Array.from({ length: count }, (_, index) =>
      data
        .subarray(8 + 8 * index, 16 + 8 * index)
        .toString("hex")
        .replace(/^0+/, ""),
    ).sort();
  }

  /** The additional sense that a path has to report. */
  told(path: number): string {
    return this.path(path).run(TEST_UNIT_READY).sense;
  }

  path(index: number): Host {
    return this.paths[index] as Host;
  }
}

function reserveIn(action: number): Buffer {
  const cdb = Buffer.alloc(16);
  cdb.set([0x5e, action]);
  cdb.writeUInt16BE(256, 7);
  return cdb;
}

let rig: PairRig;

beforeEach(() => {
  rig = new PairRig();
  rig.start();
});

describe("[Windows Server: validation of failover clusters] a shared disk", () => {
  it("has an identifier of the kinds taken, the same by every path", () => {
    const { paths } = new Node(rig, "a", 0xa);
    const pages = [0x80, 0x83].map((pageCode) =>
      paths.map((path) => {
        const cdb = inquiry.encode({ evpd: true, pageCode, allocationLength: 255 });
        return path.run(cdb, { in: 255 }).data.toString("hex");
      }),
    );
    expect(pages[0]?.[0]).toBe(pages[0]?.[1]);
    // An NAA designator of the logical unit: code set 1, type 3.
    const naa = pages[1]?.map((page) => /01030008[0-9a-f]{16}/.exec(page)?.[0]);
    expect(naa?.[0]).toBeDefined();
    expect(naa?.[0]).toBe(naa?.[1]);
  });

  it("registers nodes by every path, reserves for registrants, and keeps others from writing", () => {
    const [a, b, c] = [new Node(rig, "a", 0xa), new Node(rig, "b", 0xb), new Node(rig, "c", 0xc)];
    expect([...a.register(), ...b.register()]).toEqual([GOOD, GOOD, GOOD, GOOD]);
    expect([a.keys(0), b.keys(1)]).toEqual([
      ["a", "a", "b", "b"],
      ["a", "a", "b", "b"],
    ]);
    const reservation = { key: a.key, type: WRITE_EXCLUSIVE_REGISTRANTS_ONLY };
    expect(a.out(0, Action.RESERVE, reservation)).toBe(GOOD);
    expect([a.write(0), a.write(1), b.write(0), b.write(1)]).toEqual([GOOD, GOOD, GOOD, GOOD]);
    expect([c.write(0), c.write(1), c.read(0), c.read(1)]).toEqual([
      CONFLICT,
      CONFLICT,
      GOOD,
      GOOD,
    ]);
    expect(b.out(1, Action.RESERVE, { ...reservation, key: b.key })).toBe(CONFLICT);
  });

  it("is taken by a challenger that preempts, by whichever path, and lost by who does not defend", () => {
    const [a, b] = [new Node(rig, "a", 0xa), new Node(rig, "b", 0xb)];
    for (const node of [a, b]) node.register();
    const type = WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
    expect(a.out(0, Action.RESERVE, { key: a.key, type })).toBe(GOOD);
    expect(b.out(1, Action.PREEMPT, { key: b.key, newKey: a.key, type })).toBe(GOOD);
    expect(b.keys(0)).toEqual(["b", "b"]);
    // REGISTRATIONS PREEMPTED, by each path once.
    expect([a.told(0), a.told(1)]).toEqual(["2a05", "2a05"]);
    expect([a.write(0), a.write(1), b.write(0), b.write(1)]).toEqual([
      CONFLICT,
      CONFLICT,
      GOOD,
      GOOD,
    ]);
    expect(a.out(0, Action.RELEASE, { key: a.key, type })).toBe(CONFLICT);
  });

  it("keeps registrations and reservation while a node is away", () => {
    const [a, b] = [new Node(rig, "a", 0xa), new Node(rig, "b", 0xb)];
    a.register();
    const type = WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
    a.out(0, Action.RESERVE, { key: a.key, type });
    const again = new Node(rig, "a", 0xa);
    expect([again.write(0), again.write(1)]).toEqual([GOOD, GOOD]);
    expect([b.write(0), b.write(1)]).toEqual([CONFLICT, CONFLICT]);
  });

  it("is let go by RELEASE, of which registrants are told, and forgets all by CLEAR", () => {
    const [a, b] = [new Node(rig, "a", 0xa), new Node(rig, "b", 0xb)];
    for (const node of [a, b]) node.register();
    const type = WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
    a.out(0, Action.RESERVE, { key: a.key, type });
    expect(a.out(0, Action.RELEASE, { key: a.key, type })).toBe(GOOD);
    // RESERVATIONS RELEASED, also by the other path of who released; then RESERVATIONS PREEMPTED.
    expect([a.told(1), b.told(0), b.told(1)]).toEqual(["2a04", "2a04", "2a04"]);
    expect(b.out(1, Action.CLEAR, { key: b.key })).toBe(GOOD);
    expect([a.told(0), a.told(1)]).toEqual(["2a03", "2a03"]);
    expect([a.keys(0), b.keys(1)]).toEqual([[], []]);
  });
});

describe("[VMware vSphere: VAAI] a datastore", () => {
  const heartbeat = (value: number): Buffer => Buffer.alloc(BLOCK_SIZE, value);

  /** ATS of block 7; the sense is told where it fails. */
  function ats(host: Host, from: number, to: number): { status: number; sense: string } {
    const cdb = compareAndWrite.encode({ lba: 7, blockCount: 1 });
    return host.run(cdb, { out: Buffer.concat([heartbeat(from), heartbeat(to)]) });
  }

  it("has locks that one host takes, by ATS at either side; another finds them taken", () => {
    const hosts = [new Host(rig, 1, name("esx1")), new Host(rig, 2, name("esx2"))];
    for (let round = 0; round < 8; round++) {
      const [winner, loser] = [hosts[round % 2] as Host, hosts[(round + 1) % 2] as Host];
      expect(ats(winner, round, round + 1).status).toBe(GOOD);
      // MISCOMPARE DURING VERIFY OPERATION
      expect(ats(loser, round, 0xff)).toMatchObject({ status: 2, sense: "1d00" });
    }
  });

  it("is zeroed by WRITE SAME on both copies", () => {
    const [first, second] = [new Host(rig, 1, name("esx1")), new Host(rig, 2, name("esx2"))];
    first.run(WRITE_BLOCK_5, { out: Buffer.alloc(BLOCK_SIZE, 0xaa) });
    const cdb = writeSame16.encode({ lba: 0, blockCount: 2048 });
    expect(second.run(cdb, { out: Buffer.alloc(BLOCK_SIZE) }).status).toBe(GOOD);
    for (const side of [1, 2] as const) {
      expect(rig.sides[side].blocks(5, 1)).toEqual(Buffer.alloc(BLOCK_SIZE));
    }
  });

  it("gives space back by UNMAP, and reads as zeros there at both sides", () => {
    const hosts = [new Host(rig, 1, name("esx1")), new Host(rig, 2, name("esx2"))] as const;
    hosts[0].run(WRITE_BLOCK_5, { out: Buffer.alloc(BLOCK_SIZE, 0xaa) });
    const list = Buffer.alloc(24);
    list.writeUInt16BE(22, 0);
    list.writeUInt16BE(16, 2);
    list.writeUInt32BE(8, 16);
    const cdb = unmap.encode({ parameterListLength: list.length });
    expect(hosts[1].run(cdb, { out: list }).status).toBe(GOOD);
    for (const host of hosts) {
      const { data } = host.run(read16.encode({ lba: 5, blockCount: 1 }), { in: BLOCK_SIZE });
      expect(data).toEqual(Buffer.alloc(BLOCK_SIZE));
    }
  });

  it("is shared by clustered guests under Write Exclusive - All Registrants", () => {
    const [a, b, c] = [new Node(rig, "a", 0xa), new Node(rig, "b", 0xb), new Node(rig, "c", 0xc)];
    for (const node of [a, b]) node.register();
    const type = WRITE_EXCLUSIVE_ALL_REGISTRANTS;
    expect(a.out(1, Action.RESERVE, { key: a.key, type })).toBe(GOOD);
    expect([a.write(0), b.write(1), c.write(0), c.read(1)]).toEqual([GOOD, GOOD, CONFLICT, GOOD]);
    // It lasts while one registrant is left.
    for (const path of [0, 1]) a.out(path, Action.REGISTER, { key: a.key });
    expect([b.write(0), c.write(1)]).toEqual([GOOD, CONFLICT]);
  });
});
