import {
  extendedCopyLid1,
  reportTargetPortGroups,
  reserve6,
  setIdentifyingInformation,
} from "node-scsi-cdb";
import type { Side } from "../../lib/mirror/config";
import { Host } from "./pair-host";
import { blocks, listOf, target } from "../scsi/support/copy-bench";
import { PairRig } from "./pair-rig";
import { BLOCK_SIZE, Rig } from "./rig";

const WRITE_BLOCK_5 = Buffer.from("2a000000000500000100000000000000", "hex");
const READ_BLOCK_5 = Buffer.from("28000000000500000100000000000000", "hex");
const TEST_UNIT_READY = Buffer.alloc(16);
/** READ (10) of a block that is not there, with NACA. */
const FAULT = Buffer.from("2800ffffffff00000104000000000000", "hex");
const INQUIRY_83 = Buffer.from("120183ff000000000000000000000000", "hex");

const mirrored = (): PairRig => {
  const rig = new PairRig();
  rig.start();
  return rig;
};

describe("two controllers as a pair", () => {
  it("are mirrored as soon as they have found each other", () => {
    const rig = mirrored();
    expect([1, 2].map((side) => rig.status(side as Side))).toMatchObject([
      { role: "main", state: "PAIR", standing: "mirrored" },
      { role: "sub", state: "PAIR", standing: "mirrored" },
    ]);
  });

  it.each([1, 2] as const)(
    "[G-01] [S8-2] write both copies before GOOD, whichever side a host writes at: %i",
    (side) => {
      const rig = mirrored();
      const data = Buffer.alloc(BLOCK_SIZE, 0xa0 + side);
      expect(new Host(rig, side).run(WRITE_BLOCK_5, { out: data }).status).toBe(0);
      for (const one of [1, 2] as const) expect(rig.sides[one].blocks(5, 1)).toEqual(data);
      const reading = new Host(rig, side === 1 ? 2 : 1, "iqn.2026-01.org.example:reader");
      expect(reading.run(READ_BLOCK_5, { in: BLOCK_SIZE }).data).toEqual(data);
    },
  );

  it("send the copy in the turn that writes this side's own", () => {
    const rig = mirrored();
    const data = Buffer.alloc(BLOCK_SIZE, 0xa0);
    const effects = new Host(rig, 1).begin(WRITE_BLOCK_5, { out: data });
    expect([effects, rig.sides[1].controller.isBusy]).toEqual([["path-send"], false]);
  });

  it("[G-16] are one disk to hosts: the same names, each with a target port of its own", () => {
    const rig = mirrored();
    const pages = [1, 2].map((side) => {
      return new Host(rig, side as Side).run(INQUIRY_83, { in: 255 }).data;
    }) as [Buffer, Buffer];
    const designators = (page: Buffer): string[] => {
      const found: string[] = [];
      for (let at = 4; at < page.length; at += 4 + (page[at + 3] as number)) {
        found.push(page.subarray(at, at + 4 + (page[at + 3] as number)).toString("hex"));
      }
      return found;
    };
    // Association 0 is the logical unit, 1 the target port.
    const ofUnit = (page: Buffer): string[] =>
      designators(page).filter((one) => (Number.parseInt(one.slice(2, 4), 16) & 0x30) === 0);
    expect(ofUnit(pages[0])).toEqual(ofUnit(pages[1]));
    expect(ofUnit(pages[0]).length).toBeGreaterThan(1);
    expect(designators(pages[0])).not.toEqual(designators(pages[1]));
  });

  it("report the same target port groups through every path", () => {
    const rig = mirrored();
    const cdb = reportTargetPortGroups.encode({ allocationLength: 255 });
    const groups = [1, 2].map((side) => new Host(rig, side as Side).run(cdb, { in: 255 }).data);
    expect(groups[0]).toEqual(groups[1]);
    // Two groups of one port each, both active/optimized.
    expect(groups[0]?.toString("hex")).toMatch(
      /^00000018(00|80)[0-9a-f]{2}0001[0-9a-f]{6}0100000001(00|80)[0-9a-f]{2}0002[0-9a-f]{6}0100000002$/,
    );
  });

  it.each([1, 2] as const)(
    "[invariant 21] say so when side %i cannot keep what both are to remember",
    (side) => {
      const rig = mirrored();
      const hosts = [new Host(rig, 1), new Host(rig, 2)];
      rig.sides[side].memory.works = false;
      const cdb = setIdentifyingInformation.encode({ parameterListLength: 3 });
      const set = (text: string): string[] =>
        hosts.map((host) => {
          host.run(TEST_UNIT_READY);
          return host.run(cdb, { out: Buffer.from(text) }).sense;
        });
      expect(set("one")).toEqual(["4400", "4400"]);
      rig.sides[side].memory.works = true;
      expect(set("two")).toEqual(["", ""]);
      expect(rig.sides[1].memory.kept).toEqual(rig.sides[2].memory.kept);
    },
  );

  it("[G-17] honour at one side what a host reserved at the other", () => {
    const rig = mirrored();
    const [first, second] = [new Host(rig, 1), new Host(rig, 2)];
    expect(first.run(reserve6.encode({})).status).toBe(0);
    const data = Buffer.alloc(BLOCK_SIZE, 1);
    expect(second.run(WRITE_BLOCK_5, { out: data }).status).toBe(0x18);
    expect(first.run(WRITE_BLOCK_5, { out: data }).status).toBe(0);
  });

  it.each([1, 2] as const)("copy blocks on both copies, whichever side is told to: %i", (side) => {
    const rig = mirrored();
    const host = new Host(rig, side);
    const data = Buffer.alloc(BLOCK_SIZE, 0xc0 + side);
    expect(host.run(WRITE_BLOCK_5, { out: data }).status).toBe(0);
    const name = Buffer.concat([Buffer.from("3707070707070707", "hex")], 20);
    const segment = blocks({ blockCount: 3, sourceLba: 4, destinationLba: 900 });
    const list = listOf([target(0, { designator: name })], [segment], { listIdUsage: 3 });
    const cdb = extendedCopyLid1.encode({ parameterListLength: list.length });
    expect(host.run(cdb, { out: list }).status).toBe(0);
    const zeros = Buffer.alloc(BLOCK_SIZE);
    for (const one of [1, 2] as const) {
      expect(rig.sides[one].blocks(900, 3)).toEqual(Buffer.concat([zeros, data, zeros]));
    }
    new Host(rig, side === 1 ? 2 : 1, "iqn.2026-01.org.example:other").run(reserve6.encode({}));
    expect(host.run(cdb, { out: list }).status).toBe(0x18);
  });

  it.each([1, 2] as const)(
    "[SAM-5 5.9] stand still after a CHECK CONDITION with NACA at side %i, until CLEAR ACA there",
    (side) => {
      const rig = mirrored();
      const [own, other] = [new Host(rig, side), new Host(rig, side === 1 ? 2 : 1)];
      expect(own.run(FAULT, { in: BLOCK_SIZE }).sense).toBe("2100");
      expect([own, other].map((host) => host.run(TEST_UNIT_READY).status)).toEqual([0x30, 0x08]);
      expect([other, own].map((host) => host.clearAca())).toEqual([0, 0]);
      expect([own, other].map((host) => host.run(TEST_UNIT_READY).status)).toEqual([0, 0]);
    },
  );

  it("[SAM-5 5.9.5] do not stand still for a host of a side that has gone", () => {
    const rig = mirrored();
    const [first, second] = [new Host(rig, 1), new Host(rig, 2)];
    second.run(FAULT, { in: BLOCK_SIZE });
    expect(first.run(TEST_UNIT_READY).status).toBe(0x08);
    rig.cut(1);
    rig.cut(2);
    rig.settle();
    rig.advance(5000);
    const statuses = [1, 2, 3].map(() => first.run(TEST_UNIT_READY).status);
    expect(statuses.at(-1)).toBe(0);
  });

  it("tell hosts where the disk is when the link is gone, and are a pair again after it", () => {
    const rig = mirrored();
    const [first, second] = [new Host(rig, 1), new Host(rig, 2)];
    rig.cut(1);
    rig.settle();
    rig.advance(5000);
    expect([rig.status(1).standing, rig.status(2).standing]).toEqual(["alone", "blocked"]);
    const data = Buffer.alloc(BLOCK_SIZE, 9);
    const write = (host: Host): string[] =>
      [1, 2, 3].map(() => host.run(WRITE_BLOCK_5, { out: data }).sense);
    expect(write(first)).toContain("");
    expect(write(second)).toContain("040c");
    rig.connect(1);
    rig.connect(2);
    rig.settle();
    rig.advance(5000);
    expect([rig.status(1).standing, rig.status(2).standing]).toEqual(["mirrored", "mirrored"]);
    expect(rig.sides[2].blocks(5, 1)).toEqual(data);
  });

  it("answer an operator's commands under their numbers", () => {
    const rig = mirrored();
    rig.sides[1].deliver({ type: "command", id: 1, lun: 0, command: { type: "split" } });
    rig.settle();
    rig.advance(100);
    expect(rig.sides[1].answers).toMatchObject([{ ok: true }]);
    expect([rig.status(1).state, rig.status(2).state]).toEqual(["PSUS", "SSUS"]);
  });

  it("are idle after stop, when hosts and pair are gone", () => {
    const rig = mirrored();
    new Host(rig, 1);
    new Host(rig, 2);
    for (const side of [1, 2] as const) {
      expect(rig.sides[side].controller.isIdle).toBe(false);
      rig.sides[side].deliver({ type: "stop" });
    }
    rig.settle();
    rig.advance(10_000);
    for (const side of [1, 2] as const) {
      expect(rig.sides[side].controller.isIdle).toBe(true);
      expect(rig.sides[side].controller.isBusy).toBe(false);
    }
  });
});

describe("a plain target", () => {
  it("has no pair to command", () => {
    const rig = new Rig();
    rig.deliver({ type: "command", id: 1, lun: 0, command: { type: "swap" } });
    expect(rig.answers).toEqual([
      { ok: false, text: "This is a plain target, which has no pair." },
    ]);
    expect(rig.controller.pairStatus()).toEqual([]);
  });
});
