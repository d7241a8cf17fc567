/** What the Control mode page makes of a unit's tasks, statuses and sense data. */
import { Status, read10, testUnitReady, write10 } from "node-scsi-cdb";
import { limits } from "../../lib/base/limits";
import { diskCommands } from "../../lib/scsi/commands/index";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task, TaskAttribute } from "../../lib/scsi/task";
import { Bench } from "./support/bench";
import { setControl } from "./support/control-page";
import { attentions } from "./support/pair";

const READY = Buffer.concat([testUnitReady.encode({})], 16);
const READ = Buffer.concat([read10.encode({ lba: 1, blockCount: 1 })], 16);
const WRITE = Buffer.concat([write10.encode({ lba: 1, blockCount: 1 })], 16);
const FAULT = Buffer.concat([read10.encode({ lba: 100_000, blockCount: 1 })], 16);
const CLEARED = "COMMANDS CLEARED BY ANOTHER INITIATOR";

interface Scene {
  readonly bench: Bench;
  readonly a: Nexus;
  readonly b: Nexus;
}

function scene(settings: Parameters<typeof setControl>[0]): Scene {
  const bench = new Bench({ commands: diskCommands });
  setControl(settings, bench);
  return { bench, a: bench.nexus("a"), b: bench.nexus("b") };
}

describe("TST", () => {
  /** Whether b's command runs beside a's. */
  function runsBeside(tst: number, first: TaskAttribute, second: TaskAttribute): boolean {
    const { bench, a, b } = scene({ tst });
    bench.send(a, READ, { attribute: first });
    return bench.ended.includes(bench.send(b, READY, { attribute: second }));
  }

  it.each([
    ["ordered", "simple"],
    ["head-of-queue", "simple"],
    ["simple", "ordered"],
  ] as const)("[SPC-4 TST] has %s tasks hold %s ones of others in one set alone", (one, other) => {
    expect(runsBeside(0, one, other)).toBe(false);
    expect(runsBeside(1, one, other)).toBe(true);
  });

  it("[SPC-4 TST] of 1 keeps the order within a nexus", () => {
    const { bench, a } = scene({ tst: 1 });
    bench.send(a, READ, { attribute: "ordered" });
    const second = bench.send(a, READY);
    expect(bench.ended).toEqual([]);
    bench.device.finish();
    expect(bench.ended.at(-1)).toBe(second);
  });

  it("[SAM-5 7.5] of 1 has CLEAR TASK SET abort the tasks of its nexus alone", () => {
    const { bench, a, b } = scene({ tst: 1 });
    const tasks = [a, b].map((nexus) => bench.send(nexus, READ));
    bench.manage(a, "clear-task-set");
    expect(tasks.map(({ isAborted }) => isAborted)).toEqual([true, false]);
    expect(attentions(bench, b)).toEqual([]);
  });

  it("[SAM-5 7.6] of 1 has LOGICAL UNIT RESET abort the tasks of all", () => {
    const { bench, a, b } = scene({ tst: 1 });
    const tasks = [a, b].map((nexus) => bench.send(nexus, READ));
    bench.manage(a, "logical-unit-reset");
    expect(tasks.map(({ isAborted }) => isAborted)).toEqual([true, true]);
  });

  it("that changes leaves tasks in the set they are in", () => {
    const { bench, a } = scene({ tst: 1 });
    bench.send(a, READ, { attribute: "ordered" });
    const waiting = bench.send(a, READY);
    setControl({}, bench);
    expect(bench.send(a, READY).status).toBe(Status.GOOD);
    expect(bench.ended).not.toContain(waiting);
    bench.device.finish();
    expect([bench.ended.at(-1), bench.unit.taskCount]).toEqual([waiting, 0]);
  });

  it.each([0, 1])("of %i takes so many tasks in all and no more", (tst) => {
    const { bench, a, b } = scene({ tst });
    const nexuses = [a, b];
    for (let count = 0; count < limits.tasksPerUnitMax; count++) {
      bench.send(nexuses[count % 2] as Nexus, WRITE);
    }
    const one = bench.send(b, READY, { attribute: "head-of-queue" });
    expect([one.status, bench.unit.taskCount]).toEqual([
      Status.TASK_SET_FULL,
      limits.tasksPerUnitMax,
    ]);
  });
});

describe("QERR", () => {
  /** READs of both under way and one of each dormant, then a command of a's that fails. */
  function failed(settings: Parameters<typeof setControl>[0]): Scene & { readonly tasks: Task[] } {
    const one = scene(settings);
    const { bench, a, b } = one;
    const tasks = [
      bench.send(a, READ),
      bench.send(b, READ),
      bench.send(a, READ, { attribute: "ordered" }),
      bench.send(b, READ, { attribute: "ordered" }),
    ];
    const fault = bench.send(a, FAULT, { attribute: "head-of-queue" });
    bench.device.finishAll();
    expect([fault.status, fault.isAborted]).toEqual([Status.CHECK_CONDITION, false]);
    expect(bench.ended).toContain(fault);
    expect(bench.unit.taskCount).toBe(0);
    return { ...one, tasks };
  }

  const NOBODY = [false, false, false, false];
  const OWN = [true, false, true, false];
  const ALL = [true, true, true, true];

  it.each([
    [0b00, 0, NOBODY],
    [0b00, 1, NOBODY],
    [0b01, 0, ALL],
    [0b01, 1, OWN],
    [0b11, 0, OWN],
    [0b11, 1, OWN],
  ])("[SPC-4 QERR] of %i with TST %i aborts %j", (qerr, tst, aborted) => {
    const { bench, tasks, b } = failed({ qerr, tst });
    expect(tasks.map(({ isAborted }) => isAborted)).toEqual(aborted);
    expect(attentions(bench, b)).toEqual(aborted === ALL ? [CLEARED] : []);
  });

  it("[SPC-4 QERR, TAS] ends the tasks of others with TASK ABORTED, and tells them so alone", () => {
    const { bench, tasks, a, b } = failed({ qerr: 0b01, tas: true });
    const { GOOD, TASK_ABORTED } = Status;
    const statuses = tasks.map(({ status }) => status);
    expect(statuses).toEqual([GOOD, TASK_ABORTED, GOOD, TASK_ABORTED]);
    expect([a, b].map((nexus) => attentions(bench, nexus))).toEqual([[], []]);
  });

  it("[SPC-4 QERR] has the status wait until the others have ended", () => {
    const { bench, a } = scene({ qerr: 0b01 });
    const read = bench.send(a, READ);
    const fault = bench.send(a, FAULT);
    expect(bench.ended).toEqual([]);
    bench.device.finish("aborted");
    expect(bench.ended).toEqual([read, fault]);
  });

  it("[SAM-5 5.9.2] aborts by a CHECK CONDITION that brings about an ACA condition, too", () => {
    const { bench, a, b } = scene({ qerr: 0b11 });
    const tasks = [a, b].map((nexus) => bench.send(nexus, READ));
    const fault = Buffer.from(FAULT);
    fault[9] = 0x04;
    bench.send(a, fault);
    bench.device.finishAll();
    expect(tasks.map(({ isAborted }) => isAborted)).toEqual([true, false]);
    expect(bench.ended).not.toContain(tasks[1]);
  });

  it("[SPC-4 QERR] aborts nothing by another status", () => {
    const { bench, a, b } = scene({ qerr: 0b01 });
    const read = bench.send(b, READ);
    bench.unit.reservation.reserve(b.name);
    expect(bench.send(a, READY).status).toBe(Status.RESERVATION_CONFLICT);
    expect(read.isAborted).toBe(false);
  });
});

describe("UA_INTLCK_CTRL", () => {
  const RESERVED = "PREVIOUS RESERVATION CONFLICT STATUS";
  const REQUEST_SENSE = Buffer.from([0x03, 0, 0, 0, 18, ...Buffer.alloc(11)]);

  it.each([
    [0b00, ["MODE PARAMETERS CHANGED", ""]],
    [0b10, ["MODE PARAMETERS CHANGED", "MODE PARAMETERS CHANGED"]],
    [0b11, ["MODE PARAMETERS CHANGED", "MODE PARAMETERS CHANGED"]],
  ])("[SPC-4 UA_INTLCK_CTRL] of %i reports a unit attention as %j", (uaIntlckCtrl, texts) => {
    const { bench, a } = scene({ uaIntlckCtrl });
    const code = { key: 6, asc: 0x2a, ascq: 1, text: "MODE PARAMETERS CHANGED" } as const;
    bench.unit.unitAttentions.establish(a.id, { code });
    const told = [0, 0].map(() => bench.send(a, READY).sense?.code.text ?? "");
    expect(told).toEqual(texts);
    bench.send(a, REQUEST_SENSE);
    expect(bench.send(a, READY).status).toBe(Status.GOOD);
  });

  it.each([
    [0b00, []],
    [0b10, []],
    [0b11, [RESERVED]],
  ])("[SPC-4 UA_INTLCK_CTRL] of %i has conflicts leave %j", (uaIntlckCtrl, texts) => {
    const { bench, a, b } = scene({ uaIntlckCtrl });
    bench.unit.reservation.reserve(b.name);
    for (let times = 0; times < 2; times++) bench.send(a, READY);
    expect([a, b].map((nexus) => attentions(bench, nexus))).toEqual([texts, []]);
  });

  it("[SPC-4 UA_INTLCK_CTRL] of 3 has TASK SET FULL leave a unit attention", () => {
    const { bench, a, b } = scene({ uaIntlckCtrl: 0b11 });
    for (let count = 0; count < limits.tasksPerUnitMax; count++) bench.send(a, WRITE);
    bench.send(b, READY);
    expect(attentions(bench, b)).toEqual(["PREVIOUS TASK SET FULL STATUS"]);
  });

  it("[SPC-4 UA_INTLCK_CTRL] of 3 has BUSY leave a unit attention", () => {
    const { bench, a, b } = scene({ uaIntlckCtrl: 0b11 });
    const fault = Buffer.from(FAULT);
    fault[9] = 0x04;
    bench.send(a, fault);
    expect(bench.send(b, READY).status).toBe(Status.BUSY);
    expect(attentions(bench, b)).toEqual(["PREVIOUS BUSY STATUS"]);
  });
});

describe("D_SENSE", () => {
  it("[SPC-4 D_SENSE] has the sense data of a status put in descriptors, of that unit's alone", () => {
    const { bench, a } = scene({ dSense: true });
    const formats = [0, 5, 9].map((lun) =>
      bench.target.senseFormatOf(bench.send(a, FAULT, { lun })),
    );
    expect(formats).toEqual(["descriptor", "fixed", "fixed"]);
  });
});
