/** ACA conditions at one controller: what brings one about, whom it stops, and what ends it. */
import {
  Status,
  persistentReserveOutPreemptAndAbort,
  persistentReserveOutRegister,
  read10,
  testUnitReady,
  write10,
} from "node-scsi-cdb";
import { AcaConditions, hasNaca } from "../../lib/scsi/aca";
import { diskCommands } from "../../lib/scsi/commands/index";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task, TaskAttribute } from "../../lib/scsi/task";
import { limits } from "../../lib/base/limits";
import { Bench, makeNexus } from "./support/bench";
import { setControl } from "./support/control-page";

const NACA = 0x04;
const BEYOND = 100_000;

/** A CDB as it comes, in 16 bytes; `naca` as its CONTROL has it. */
function long(cdb: Uint8Array, naca = false): Buffer {
  const bytes = Buffer.concat([cdb], 16);
  if (naca) bytes[cdb.length - 1] = NACA;
  return bytes;
}

const READY = testUnitReady.encode({});
const READ = read10.encode({ lba: 1, blockCount: 1 });
const WRITE = write10.encode({ lba: 1, blockCount: 1 });
const FAULT = read10.encode({ lba: BEYOND, blockCount: 1 });
const REGISTER = persistentReserveOutRegister.encode({ parameterListLength: 24 });
const PREEMPT = persistentReserveOutPreemptAndAbort.encode({ parameterListLength: 24, type: 5 });

interface Scene {
  readonly bench: Bench;
  readonly a: Nexus;
  readonly b: Nexus;
}

function scene(): Scene {
  const bench = new Bench({ commands: diskCommands });
  return { bench, a: bench.nexus("a"), b: bench.nexus("b") };
}

/** Ends a command of a's with CHECK CONDITION and NACA, whoever waits. */
function fault({ bench, a }: Scene): Task {
  return bench.send(a, long(FAULT, true), { attribute: "head-of-queue" });
}

function persist(bench: Bench, nexus: Nexus, cdb: Uint8Array, keys: readonly number[]): Task {
  const list = Buffer.alloc(24);
  [list[7], list[15]] = keys as [number, number];
  const task = bench.send(nexus, long(cdb));
  if (bench.receiving.at(-1) === task) bench.bring(task, list);
  return task;
}

function isFaulted({ bench, a }: Scene): boolean {
  return bench.unit.aca.isFaulted(a.name);
}

describe("NACA", () => {
  it.each([
    { opcode: 0x00, byte: 5 },
    { opcode: 0x1f, byte: 5 },
    { opcode: 0x20, byte: 9 },
    { opcode: 0x5f, byte: 9 },
    { opcode: 0x80, byte: 15 },
    { opcode: 0x9f, byte: 15 },
    { opcode: 0xa0, byte: 11 },
    { opcode: 0xbf, byte: 11 },
    { opcode: 0x60, byte: -1 },
    { opcode: 0x7f, byte: -1 },
    { opcode: 0xc0, byte: -1 },
    { opcode: 0xff, byte: -1 },
  ])("[SPC-4 4.2.5.1] of operation code $opcode stands in byte $byte", ({ opcode, byte }) => {
    const found = Array.from({ length: 16 }, (_, at) => at).filter((at) => {
      const cdb = Buffer.alloc(16);
      cdb[0] = opcode;
      if (at > 0) cdb[at] = NACA;
      return at > 0 && hasNaca(cdb);
    });
    expect(found).toEqual(byte < 0 ? [] : [byte]);
  });

  it("[SAM-5 5.9.2] brings about an ACA condition with CHECK CONDITION", () => {
    const one = scene();
    expect(fault(one).sense?.code.text).toBe("LOGICAL BLOCK ADDRESS OUT OF RANGE");
    expect(isFaulted(one)).toBe(true);
  });

  it("[SAM-5 5.9.1] of 0 brings about none", () => {
    const one = scene();
    expect(one.bench.send(one.a, long(FAULT)).status).toBe(Status.CHECK_CONDITION);
    expect(isFaulted(one)).toBe(false);
  });

  it("[SAM-5 5.9.2] brings about none without CHECK CONDITION", () => {
    const one = scene();
    one.bench.unit.reservation.reserve(one.b.name);
    expect(one.bench.send(one.a, long(READY, true)).status).toBe(Status.RESERVATION_CONFLICT);
    one.bench.unit.reservation.reset();
    expect(one.bench.send(one.a, long(READY, true)).status).toBe(Status.GOOD);
    expect(isFaulted(one)).toBe(false);
  });

  it("[SAM-5 5.9.2] counts in a CDB of no known operation code", () => {
    const one = scene();
    const cdb = Buffer.alloc(16);
    [cdb[0], cdb[9]] = [0x3e, NACA];
    one.bench.send(one.a, cdb);
    expect(isFaulted(one)).toBe(true);
  });

  it("where no unit is brings about none", () => {
    const one = scene();
    const task = one.bench.send(one.a, long(READY, true), { lun: 9 });
    expect(task.status).toBe(Status.CHECK_CONDITION);
    expect(one.bench.send(one.a, long(READY), { lun: 9 }).status).toBe(Status.CHECK_CONDITION);
  });

  it("of a unit concerns no other unit", () => {
    const one = scene();
    fault(one);
    expect(one.bench.send(one.a, long(READY), { lun: 5 }).status).toBe(Status.GOOD);
  });
});

describe("a new command while an ACA condition is in effect", () => {
  const NOT_ACA: readonly TaskAttribute[] = ["simple", "ordered", "head-of-queue", "untagged"];
  const { GOOD, BUSY, ACA_ACTIVE, RESERVATION_CONFLICT } = Status;
  type Row = [tst: number, who: "a" | "b", TaskAttribute, naca: boolean, cdb: string, number];

  /** The standard's two tables. */
  const ROWS = [0, 1].flatMap((tst) =>
    [false, true].flatMap((naca): Row[] => [
      ...NOT_ACA.flatMap((attribute): Row[] => [
        [tst, "a", attribute, naca, "READY", ACA_ACTIVE],
        [tst, "a", attribute, naca, "PREEMPT", ACA_ACTIVE],
        [tst, "b", attribute, naca, "READY", tst === 1 ? GOOD : naca ? ACA_ACTIVE : BUSY],
        // It is processed: b is not registered.
        [tst, "b", attribute, naca, "PREEMPT", RESERVATION_CONFLICT],
      ]),
      [tst, "a", "aca", naca, "READY", GOOD],
      [tst, "b", "aca", naca, "READY", tst === 1 ? Status.CHECK_CONDITION : ACA_ACTIVE],
      [tst, "b", "aca", naca, "PREEMPT", tst === 1 ? Status.CHECK_CONDITION : ACA_ACTIVE],
    ]),
  );

  it.each(ROWS)(
    "[SAM-5 5.9.3, 5.9.4] TST %i, of %s, %s, NACA %p: %s is answered %i",
    (tst, who, attribute, naca, name, status) => {
      const one = scene();
      setControl({ tst }, one.bench);
      fault(one);
      const cdb = name === "READY" ? READY : PREEMPT;
      const task = one.bench.send(one[who], long(cdb, naca), { attribute });
      if (one.bench.receiving.includes(task)) one.bench.bring(task);
      expect([task.status, one.bench.ended.at(-1)]).toEqual([status, task]);
    },
  );

  it("[SAM-5 8.6.5] of the ACA attribute enters alone", () => {
    const { bench, a } = scene();
    fault({ bench, a, b: a });
    const first = bench.send(a, long(READ), { attribute: "aca" });
    const second = bench.send(a, long(READ), { attribute: "aca" });
    expect([second.status, bench.ended.includes(first)]).toEqual([ACA_ACTIVE, false]);
    bench.device.finish();
    expect(first.status).toBe(GOOD);
    expect(bench.send(a, long(READY), { attribute: "aca" }).status).toBe(GOOD);
  });

  it("[SPC-4 Control mode page] of the ACA attribute does not enter under TMF_ONLY", () => {
    const one = scene();
    setControl({ tmfOnly: true }, one.bench);
    fault(one);
    expect(one.bench.send(one.a, long(READY), { attribute: "aca" }).status).toBe(ACA_ACTIVE);
  });

  it("[SAM-5 8.6.5] is the only one that may have the ACA attribute", () => {
    const { bench, a } = scene();
    const task = bench.send(a, long(READY), { attribute: "aca" });
    expect(task.sense?.code.text).toBe("INVALID MESSAGE ERROR");
  });
});

describe("a task that an ACA condition blocks", () => {
  /** A READ of each nexus, its job under way, and then a's fault. */
  function blocked(tst = 0): Scene & { readonly reads: Task[] } {
    const one = scene();
    setControl({ tst }, one.bench);
    const reads = [one.a, one.b].map((nexus) => one.bench.send(nexus, long(READ)));
    fault(one);
    return { ...one, reads };
  }

  it("[SAM-5 8.5] ends when the condition has ended, and not before", () => {
    const { bench, a, reads } = blocked();
    bench.device.finishAll();
    expect(bench.ended.filter((task) => reads.includes(task))).toEqual([]);
    bench.manage(a, "clear-aca");
    expect(bench.ended.slice(-2)).toEqual(reads);
    expect(reads.map(({ status }) => status)).toEqual([Status.GOOD, Status.GOOD]);
  });

  it("[SAM-5 5.9.2] is of the faulted nexus alone where each has a task set", () => {
    const { bench, reads } = blocked(1);
    bench.device.finishAll();
    expect(bench.ended.filter((task) => reads.includes(task))).toEqual([reads[1]]);
  });

  it("takes its Data-Out, and writes nothing yet", () => {
    const one = scene();
    const { bench, a } = one;
    const write = bench.send(a, long(WRITE));
    fault(one);
    bench.bring(write);
    expect(bench.device.jobs).toEqual([]);
    bench.manage(a, "clear-aca");
    expect(bench.device.jobs.length).toBe(1);
  });

  it("[SAM-5 8.5] stays dormant if it was", () => {
    const one = scene();
    const { bench, a, b } = one;
    const reads = [bench.send(b, long(READ)), bench.send(b, long(READ), { attribute: "ordered" })];
    fault(one);
    bench.manage(b, "abort-task", { referencedTag: (reads[0] as Task).tag });
    bench.device.finishAll();
    expect(bench.device.jobs).toEqual([]);
    bench.manage(a, "clear-aca");
    expect(bench.device.jobs.length).toBe(1);
  });

  it("[SAM-5 5.9.2] with a CHECK CONDITION of its own brings about the next condition", () => {
    const one = scene();
    const { bench, a, b } = one;
    const read = bench.send(b, long(READ, true));
    fault(one);
    bench.device.finish("medium-error");
    expect(bench.ended).not.toContain(read);
    expect(bench.unit.aca.names()).toEqual([a.name]);
    bench.manage(a, "clear-aca");
    expect(read.status).toBe(Status.CHECK_CONDITION);
    expect(bench.ended.at(-1)).toBe(read);
    expect(bench.unit.aca.names()).toEqual([b.name]);
  });

  it.each(["abort-task", "abort-task-set"] as const)("can be aborted by %s", (name) => {
    const { bench, b, reads } = blocked();
    const referencedTag = (reads[1] as Task).tag;
    bench.device.finishAll();
    expect(bench.manage(b, name, { referencedTag })).toEqual(["function-complete"]);
    expect([bench.ended.at(-1), reads[1]?.isAborted]).toEqual([reads[1], true]);
  });
});

describe("an ACA condition", () => {
  it.each([
    ["CLEAR ACA of the faulted nexus", "a", "clear-aca", false],
    ["no CLEAR ACA of another", "b", "clear-aca", true],
    ["no ABORT TASK SET", "a", "abort-task-set", true],
    ["no CLEAR TASK SET", "b", "clear-task-set", true],
    ["a reset by anybody", "b", "logical-unit-reset", false],
  ] as const)("[SAM-5 5.9.5, 7.4] is ended by %s", (_title, who, name, isLeft) => {
    const one = scene();
    fault(one);
    expect(one.bench.manage(one[who], name)).toEqual(["function-complete"]);
    expect(isFaulted(one)).toBe(isLeft);
  });

  it("[SAM-5 7.4] is not there for who clears one: that is no error", () => {
    const { bench, a } = scene();
    expect(bench.manage(a, "clear-aca")).toEqual(["function-complete"]);
    expect(bench.manage(a, "clear-aca", { lun: 9 })).toEqual(["lun-does-not-exist"]);
  });

  it("[SAM-5 7.4] takes the task with the ACA attribute with it", () => {
    const one = scene();
    fault(one);
    const task = one.bench.send(one.a, long(READ), { attribute: "aca" });
    const responses = one.bench.manage(one.a, "clear-aca");
    expect([responses.length, task.isAborted]).toEqual([0, true]);
    one.bench.device.finish("aborted");
    expect(responses).toEqual(["function-complete"]);
  });

  it("[SAM-5 5.9.5] ends with its nexus", () => {
    const one = scene();
    fault(one);
    one.bench.target.nexusLost(one.a);
    expect(one.bench.send(one.b, long(READY)).status).toBe(Status.GOOD);
  });

  it.each([
    [false, []],
    [true, ["a"]],
  ])("[SAM-5 5.9.3] after CHECK CONDITION of its ACA task with NACA %p is of %j", (naca, names) => {
    const one = scene();
    fault(one);
    const task = one.bench.send(one.a, long(FAULT, naca), { attribute: "aca" });
    expect(task.status).toBe(Status.CHECK_CONDITION);
    expect(one.bench.unit.aca.names()).toEqual(names.map(() => one.a.name));
  });

  it("[SPC-4 5.13.11.2.6] ends when its nexus is preempted and its tasks are aborted", () => {
    const one = scene();
    const { bench, a, b } = one;
    persist(bench, a, REGISTER, [0, 1]);
    persist(bench, b, REGISTER, [0, 2]);
    const waiting = bench.send(b, long(READ), { attribute: "ordered" });
    fault(one);
    bench.device.finishAll();
    expect(bench.ended).not.toContain(waiting);
    expect(persist(bench, b, PREEMPT, [2, 1]).status).toBe(Status.GOOD);
    expect(isFaulted(one)).toBe(false);
    expect(bench.ended).toContain(waiting);
  });

  it("is none of who was let in under another's, should that end with CHECK CONDITION", () => {
    const one = scene();
    const { bench, a, b } = one;
    fault(one);
    const task = bench.send(b, long(persistentReserveOutPreemptAndAbort.encode({}), true));
    expect(task.sense?.code.text).toBe("PARAMETER LIST LENGTH ERROR");
    expect(bench.unit.aca.names()).toEqual([a.name]);
  });
});

describe("the ACA conditions of a unit", () => {
  const names = ["a", "b", "c"].map((name) => makeNexus(name).name) as [string, string, string];

  it("come out of a snapshot as they went in", () => {
    const [from, to] = [new AcaConditions(), new AcaConditions()];
    from.establish(names[0], false);
    from.establish(names[1], true);
    const parsed = AcaConditions.parse(from.snapshot());
    to.establish(names[2], true);
    to.restore(parsed ?? new Map());
    expect(to.names()).toEqual([names[0], names[1]]);
    expect(to.snapshot()).toEqual(from.snapshot());
    to.clear(names[1]);
    expect([to.concerns(names[0]), to.concerns(names[2])]).toEqual([true, false]);
  });

  it("are not made of other bytes", () => {
    const from = new AcaConditions();
    from.establish(names[0], true);
    const bytes = Buffer.from(from.snapshot());
    for (let length = 1; length < bytes.length; length++) {
      expect(AcaConditions.parse(bytes.subarray(0, length))).toBeNull();
    }
    bytes[0] = 2;
    expect(AcaConditions.parse(bytes)).toBeNull();
  });

  it("are so many and no more", () => {
    const full = new AcaConditions();
    for (let index = 0; index < limits.acaConditionsMax; index++) full.establish(`${index}`, false);
    full.establish("one more", false);
    expect([full.names().length, full.isFaulted("one more")]).toEqual([
      limits.acaConditionsMax,
      false,
    ]);
  });
});
