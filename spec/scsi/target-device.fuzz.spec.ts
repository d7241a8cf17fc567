/**
 * The real commands under CDBs and parameter data of any content: each is answered, once, as the
 * standard allows, and nothing is kept.
 */
import {
  type CommandRow,
  INVALID_COMMAND_OPERATION_CODE,
  Status,
  decodeSense,
  encodeSense,
} from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import { hasNaca } from "../../lib/scsi/aca";
import { TargetPortGroups } from "../../lib/scsi/alua";
import { diskCommands } from "../../lib/scsi/commands/index";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task } from "../../lib/scsi/task";
import { Bench } from "./support/bench";
import { HeldDevice } from "./support/held-device";

/** Bytes as initiators make them: mostly zero, else anything as far as a parameter list goes. */
function mangled(prng: Prng, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const density = prng.pick([0, 0.1, 0.5]);
  const end = Math.min(length, LIST_LENGTH);
  for (let at = 0; at < end; at++) if (prng.chance(density)) bytes[at] = prng.u32();
  return bytes;
}

const LIST_LENGTH = 256;

function pairedPorts(): TargetPortGroups {
  return new TargetPortGroups([
    { tag: 1, relativeTargetPorts: [1] },
    { tag: 2, relativeTargetPorts: [1001] },
  ]);
}

/** A unit that has every command, and a nexus. */
class Scene {
  readonly bench: Bench;
  readonly nexus: Nexus;
  readonly prng: Prng;

  constructor(prng: Prng) {
    this.prng = prng;
    const device = new HeldDevice({ volatileCache: prng.chance(0.5), unmap: true });
    const profile = { thin: true, removable: prng.chance(0.5) };
    this.bench = new Bench({ commands: diskCommands, profile, device, access: pairedPorts });
    this.nexus = this.bench.nexus("a");
  }

  /** Runs a CDB to its end, with Data-Out of any content that may be cut short. */
  run(cdb: Uint8Array, lun = 0): Task {
    const { bench, nexus, prng } = this;
    const before = bench.ended.length;
    const task = bench.send(nexus, Buffer.concat([cdb], 16), { lun });
    while (bench.receiving.length > 0) {
      bench.receiving.pop();
      const length = Math.min(task.dataOutLength, task.dataOutMax);
      bench.bring(task, mangled(prng, length - prng.below(Math.min(length, 8))));
    }
    bench.settle();
    expect(bench.ended.slice(before)).toEqual([task]);
    return task;
  }

  /** Nothing is kept of the tasks that were run but the ACA condition of the last. */
  expectNothingKept(task: Task): void {
    const { bench, nexus } = this;
    const { unit, buffers, device } = bench;
    const isFault = task.status === Status.CHECK_CONDITION && hasNaca(task.cdb);
    expect([unit.taskCount, buffers.out, device.jobs.length]).toEqual([0, 0, 0]);
    expect(unit.aca.areAny).toBe(isFault);
    bench.manage(nexus, "clear-aca");
    expect(unit.aca.areAny).toBe(false);
  }
}

/** The statuses that a command may end with where nobody has reserved and nothing is queued. */
function statusesOf({ opcode }: { readonly opcode: number }): readonly number[] {
  const { GOOD, CHECK_CONDITION, RESERVATION_CONFLICT } = Status;
  // By a key that is not the nexus's, and RESERVE and RELEASE once it is registered.
  const isReserving = [0x16, 0x17, 0x56, 0x57, 0x5f].includes(opcode);
  return [CHECK_CONDITION, GOOD, ...(isReserving ? [RESERVATION_CONFLICT] : [])];
}

/** Sense data comes with CHECK CONDITION, in either format the same. [SPC-4 4.5] */
function expectSense({ status, sense }: Task): void {
  expect(sense !== null).toBe(status === Status.CHECK_CONDITION);
  if (sense === null) return;
  const [fixed, descriptors] = [encodeSense(sense, "fixed"), encodeSense(sense, "descriptor")];
  expect([fixed.length, fixed[0], descriptors[0]]).toEqual([
    18,
    (fixed[0] as number) & 0x80 ? 0xf0 : 0x70,
    0x72,
  ]);
  const { code, field } = decodeSense(fixed) ?? {};
  expect(decodeSense(descriptors)).toMatchObject({ code, ...(field ? { field } : {}) });
  expect(code?.key).toBe(sense.code.key);
}

/** Values at the edges of a field of so many bits. */
function edgesOf(width: number): number[] {
  const max = 2 ** Math.min(width, 53) - 1;
  const edges = [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 23, 24, 25, 255, 256, 999, 1000, 1001];
  return [...new Set([...edges, max >> 1, max - 1, max])].filter((one) => one >= 0 && one <= max);
}

/** The fields of a CDB that count or address something: those of more than four bits. */
function lengthsOf(row: CommandRow): { name: string; width: number }[] {
  return Object.entries(row.fields)
    .map(([name, { length, high, low }]) => {
      return { name, width: 8 * (length - 1) + (length > 1 ? high + 1 - low : high - low + 1) };
    })
    .filter(({ name, width }) => width > 4 && !["opcode", "serviceAction"].includes(name));
}

/** A CDB of the row with one field at an edge, and the others as `fill` has them. */
function cdbWith(row: CommandRow, name: string, value: number, fill: Uint8Array): Buffer {
  const cdb = Buffer.from(fill);
  row.encode({ [name]: value }, cdb);
  return cdb;
}

const ROWS = diskCommands.map(({ row }) => ({ name: row.name, row: row as CommandRow }));

describe("a command", () => {
  const SEED = 5000;

  it.each(ROWS)(`$name is answered with its fields at their edges (seed ${SEED})`, ({ row }) => {
    const prng = new Prng(SEED + row.opcode * 32 + (row.serviceAction ?? 0));
    const fields = lengthsOf(row);
    for (const { name, width } of fields) {
      const scene = new Scene(prng);
      for (const value of edgesOf(width)) {
        const others = fields.filter((one) => one.name !== name && prng.chance(0.3));
        const fill = Buffer.from(row.encode({}));
        for (const other of others) {
          row.encode({ [other.name]: prng.pick(edgesOf(other.width)) }, fill);
        }
        if (prng.chance(0.2)) fill[row.length - 1] = 0x04;
        const task = scene.run(cdbWith(row, name, value, fill));
        expect(statusesOf(row)).toContain(task.status);
        expectSense(task);
        scene.expectNothingKept(task);
      }
    }
  });

  it.each(ROWS)(`$name refuses a reserved bit whatever else is asked (seed ${SEED})`, ({ row }) => {
    const prng = new Prng(SEED + row.opcode * 32 + (row.serviceAction ?? 0));
    const fields = lengthsOf(row);
    const scene = new Scene(prng);
    for (let bit = 8; bit < 8 * row.length; bit++) {
      const cdb = Buffer.from(row.encode({}));
      for (const { name, width } of fields) {
        if (prng.chance(0.5)) row.encode({ [name]: prng.pick(edgesOf(width)) }, cdb);
      }
      cdb[bit >> 3] = (cdb[bit >> 3] as number) | (0x80 >> (bit & 7));
      const pointer = row.firstReservedBit(cdb);
      const isSame =
        row.serviceAction === null || ((cdb[1] as number) & 0x1f) === row.serviceAction;
      if (pointer === null || !isSame) continue;
      const task = scene.run(cdb);
      expect(task.sense?.field).toEqual({ ...pointer, in: "cdb" });
      expect(task.dataIn).toEqual([]);
      scene.expectNothingKept(task);
    }
    expect(scene.bench.receiving).toEqual([]);
  });
});

describe("an operation code", () => {
  const known = new Set(diskCommands.map(({ row }) => row.opcode));
  const unknown = Array.from({ length: 256 }, (_, opcode) => opcode).filter(
    (one) => !known.has(one),
  );

  it.each([1, 2])("that no command has is refused, whatever follows (seed %i)", (seed) => {
    const scene = new Scene(new Prng(seed));
    for (const opcode of unknown) {
      for (let round = 0; round < 4; round++) {
        const cdb = mangled(scene.prng, 16);
        cdb[0] = opcode;
        const task = scene.run(cdb);
        expect(task.sense).toEqual({ code: INVALID_COMMAND_OPERATION_CODE });
        scene.expectNothingKept(task);
      }
    }
  });

  it.each([1, 2, 3, 4])(
    "of any value is answered once, whatever comes with it (seed %i)",
    (seed) => {
      const scene = new Scene(new Prng(seed));
      const { bench, prng } = scene;
      const statuses = new Set<number>();
      for (let count = 0; count < 256 * 16; count++) {
        const cdb = mangled(prng, 16);
        cdb[0] = count;
        const task = scene.run(cdb, prng.pick([0, 0, 0, 5, 9]));
        statuses.add(task.status);
        expectSense(task);
        for (const lun of [0, 5])
          if (prng.chance(0.5)) bench.manage(scene.nexus, "clear-aca", { lun });
      }
      const { GOOD, CHECK_CONDITION, RESERVATION_CONFLICT, ACA_ACTIVE } = Status;
      const expected = [GOOD, CHECK_CONDITION, RESERVATION_CONFLICT, ACA_ACTIVE];
      expect([...statuses].sort((a, b) => a - b)).toEqual(expected);
      expect([bench.buffers.out, bench.unit.taskCount]).toEqual([0, 0]);
    },
  );
});
