import {
  requestSense,
  sanitizeBlockErase,
  sanitizeOverwrite,
  testUnitReady,
  write10,
} from "node-scsi-cdb";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import type { MirrorOptions, Side } from "../../lib/mirror/config";
import { wireBytes } from "../iscsi/wire";
import { Host } from "./pair-host";
import { PairRig } from "./pair-rig";
import { BLOCK_COUNT, BLOCK_SIZE, Rig } from "./rig";

const GOOD = { status: 0 };
const IN_PROGRESS = { status: 2, sense: "041b" };
const PASSES = 10;
const ready = testUnitReady.encode({});
/** PASSES times, one in a second. */
const list = Buffer.of(PASSES, 0, 0, 1, 0xaa);
const overwrite = sanitizeOverwrite.encode({ immed: true, parameterListLength: list.length });
const WIPED = Buffer.alloc(BLOCK_COUNT * BLOCK_SIZE, 0xaa);

function mirrored(options: Partial<MirrorOptions> = {}): PairRig {
  const rig = new PairRig(options, BLOCK_COUNT * BLOCK_SIZE);
  rig.start();
  return rig;
}

/** The sides whose copy is not wiped as a whole. */
function unwiped(rig: PairRig): Side[] {
  const sides: Side[] = [1, 2];
  return sides.filter((side) => !rig.sides[side].blocks(0, BLOCK_COUNT).equals(WIPED));
}

let hostCount = 0;

/** A host that logs in now: those that were silent for long have lost their connections. */
function hostAt(rig: PairRig, side: Side): Host {
  return new Host(rig, side, `iqn.2026-01.org.example:host${++hostCount}`);
}

/** What TEST UNIT READY is answered with at a side. */
function readiness(rig: PairRig, side: Side): { status: number } {
  return hostAt(rig, side).run(ready);
}

function progress(rig: PairRig, side: Side): number {
  const cdb = requestSense.encode({ allocationLength: 18 });
  return hostAt(rig, side).run(cdb, { in: 18 }).data.readUInt16BE(16);
}

function parted(rig: PairRig): void {
  for (const side of [1, 2] as const) rig.cut(side);
}

function start(rig: PairRig, side: Side): void {
  expect(hostAt(rig, side).run(overwrite, { out: list })).toMatchObject(GOOD);
}

function join(rig: PairRig): void {
  for (const side of [1, 2] as const) rig.connect(side);
  rig.settle();
}

const SIDES: readonly Side[] = [1, 2];
const FORMS: readonly Partial<MirrorOptions>[] = [
  {},
  { acknowledge: "async-locked" },
  { acknowledge: "async-relay", example: "sub-relay" },
  { granularity: "volume", example: "communication", directRead: "off" },
];

describe("a SANITIZE in a pair", () => {
  it.each(FORMS.flatMap((form) => SIDES.map((side) => ({ ...form, side }))))(
    "[S8-2] wipes both copies, whichever side began it: %j",
    ({ side, ...form }) => {
      const rig = mirrored(form);
      start(rig, side);
      for (const one of SIDES) expect(readiness(rig, one)).toMatchObject(IN_PROGRESS);
      rig.advance(4500);
      for (const one of SIDES) {
        expect(readiness(rig, one)).toMatchObject(IN_PROGRESS);
        expect(progress(rig, one)).toBeGreaterThan(0x10000 / 4);
      }
      rig.advance(8000);
      for (const one of SIDES) expect(readiness(rig, one)).toMatchObject(GOOD);
      expect(unwiped(rig)).toEqual([]);
    },
  );

  it("[G-17] goes on at the side that is left, from where it was told to be", () => {
    const rig = mirrored();
    start(rig, 2);
    rig.advance(4500);
    parted(rig);
    rig.advance(3000);
    expect(rig.status(1).standing).toBe("alone");
    expect(readiness(rig, 1)).toMatchObject(IN_PROGRESS);
    expect(progress(rig, 1)).toBeGreaterThan(0x10000 / 4);
    rig.advance(8000);
    expect(readiness(rig, 1)).toMatchObject(GOOD);
    expect(unwiped(rig)).not.toContain(1);
  });

  it("has no effect behind its end, also of a side that was away meanwhile", () => {
    const rig = mirrored();
    start(rig, 2);
    rig.advance(4500);
    parted(rig);
    rig.advance(20_000);
    const data = Buffer.alloc(BLOCK_SIZE, 0x55);
    const write = write10.encode({ lba: 5, blockCount: 1 });
    expect(hostAt(rig, 1).run(write, { out: data })).toMatchObject(GOOD);
    join(rig);
    rig.advance(10_000);
    expect(rig.status(2)).toMatchObject({ state: "PAIR", standing: "mirrored" });
    for (const side of SIDES) expect(rig.sides[side].blocks(5, 1)).toEqual(data);
    expect(readiness(rig, 2)).toMatchObject(GOOD);
  });

  it("does not keep a side from stopping", () => {
    const rig = mirrored();
    start(rig, 1);
    rig.advance(1500);
    const { controller } = rig.sides[1];
    rig.sides[1].deliver({ type: "stop" });
    rig.settle();
    rig.advance(10_000);
    expect(controller.isIdle).toBe(true);
    expect(controller.nextDeadline()).toBe(Infinity);
  });

  it("[G-17] is known to a side that comes back, which does none of it", () => {
    const rig = mirrored();
    parted(rig);
    rig.advance(3000);
    start(rig, 1);
    rig.advance(2000);
    join(rig);
    rig.advance(2000);
    expect(rig.status(2).standing).toBe("mirrored");
    expect(readiness(rig, 2)).toMatchObject(IN_PROGRESS);
    rig.advance(8000);
    for (const side of SIDES) expect(readiness(rig, side)).toMatchObject(GOOD);
    expect(unwiped(rig)).toEqual([]);
  });
});

it("a SANITIZE is left where it is by a target that stops", () => {
  const rig = new Rig();
  const connection = rig.logIn();
  const send = (cmdSN: number, cdb: Uint8Array): void => {
    const fields = { attribute: 1, initiatorTaskTag: cmdSN, cmdSN };
    const bhs = scsiCommand.encode({ ...fields, cdb: Buffer.concat([cdb], 16) });
    rig.send(connection, wireBytes({ bhs }));
  };
  send(1, ready);
  send(2, sanitizeBlockErase.encode({ immed: true }));
  expect(rig.controller.nextDeadline()).toBeLessThanOrEqual(rig.nowMs);
  rig.disconnect(connection);
  rig.deliver({ type: "stop" });
  expect(rig.controller.isIdle).toBe(true);
  expect(rig.controller.nextDeadline()).toBeGreaterThan(rig.nowMs);
});
