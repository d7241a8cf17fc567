import { COMMANDS_CLEARED_BY_ANOTHER_INITIATOR, Status } from "node-scsi-cdb";
import { ModePages } from "../../lib/scsi/mode-pages/mode-pages";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task } from "../../lib/scsi/task";
import type { TaskManagementFunction } from "../../lib/scsi/transport";
import { Bench, cdb } from "./support/bench";

const read = cdb(0x28, 1, 1);
const write = cdb(0x2a, 1, 1);

/** Two initiators with tasks at LUN 0 (a: 1 and 2, b: 3) and one of a's at LUN 5 (4). */
function busy(): { bench: Bench; a: Nexus; b: Nexus; tasks: Task[] } {
  const bench = new Bench();
  const [a, b] = [bench.nexus("a"), bench.nexus("b")];
  const tasks = [a, a, b].map((nexus) => bench.send(nexus, read));
  tasks.push(bench.send(a, read, { lun: 5 }));
  return { bench, a, b, tasks };
}

function attentions(bench: Bench, nexus: Nexus, lun = 0): string[] {
  const texts: string[] = [];
  for (;;) {
    const sense = bench.target.unitAt(lun)?.unitAttentions.take(nexus.id) ?? null;
    if (sense === null) return texts;
    texts.push(sense.code.text);
  }
}

afterEach(() => jest.restoreAllMocks());

describe("a task management function", () => {
  const UNIT_RESET = "BUS DEVICE RESET FUNCTION OCCURRED";
  const CLEARED = "COMMANDS CLEARED BY ANOTHER INITIATOR";
  const cases: [TaskManagementFunction, number[], string[], string[]][] = [
    ["abort-task", [2], [], []],
    ["abort-task-set", [1, 2], [], []],
    ["clear-task-set", [1, 2, 3], [], [CLEARED]],
    ["logical-unit-reset", [1, 2, 3], [UNIT_RESET], [UNIT_RESET]],
    ["target-warm-reset", [1, 2, 3, 4], ["SCSI BUS RESET OCCURRED"], ["SCSI BUS RESET OCCURRED"]],
    ["target-cold-reset", [1, 2, 3, 4], ["POWER ON OCCURRED"], ["POWER ON OCCURRED"]],
    ["i-t-nexus-reset", [1, 2, 4], ["I_T NEXUS LOSS OCCURRED"], []],
  ];

  it.each(cases)("[SAM-5 7] %s aborts tasks %j and is answered then", (name, aborted) => {
    const { bench, a, tasks } = busy();
    const responses = bench.manage(a, name, { referencedTag: 2 });
    expect(tasks.filter((task) => task.isAborted).map(({ tag }) => tag)).toEqual(aborted);
    expect(bench.device.jobs.filter((job) => job.isAborted).length).toBe(aborted.length);
    for (let left = aborted.length; left > 0; left--) {
      expect(responses).toEqual([]);
      const index = bench.device.jobs.findIndex((job) => job.isAborted);
      bench.device.finish("aborted", index);
    }
    expect(responses).toEqual(["function-complete"]);
    expect(bench.ended.map(({ tag }) => tag)).toEqual(aborted);
  });

  it.each(cases)("[SAM-5 5.14] %s tells (%j) its sender %j, others %j", (name, _, own, others) => {
    const { bench, a, b } = busy();
    bench.manage(a, name, { referencedTag: 2 });
    expect([attentions(bench, a), attentions(bench, b)]).toEqual([own, others]);
  });

  it.each(cases)("%s ends tasks that have no job at once", (name) => {
    const bench = new Bench();
    const a = bench.nexus("a");
    const task = bench.send(a, write);
    expect(bench.manage(a, name, { referencedTag: task.tag })).toEqual(["function-complete"]);
    expect(bench.ended).toEqual([task]);
  });

  it.each(cases.slice(0, 4))("[SAM-5 7] %s is refused at a LUN without a unit", (name) => {
    const { bench, a } = busy();
    for (const lun of [9, null]) {
      expect(bench.manage(a, name, { lun })).toEqual(["lun-does-not-exist"]);
    }
  });

  it.each(cases.slice(1))("%s on an idle target is answered at once", (name) => {
    const bench = new Bench();
    expect(bench.manage(bench.nexus("a"), name)).toEqual(["function-complete"]);
  });
});

describe("ABORT TASK", () => {
  it("[RFC7143 11.6.1] tells when the task is not there, or is another's", () => {
    const { bench, a } = busy();
    expect(bench.manage(a, "abort-task", { referencedTag: 99 })).toEqual(["task-does-not-exist"]);
    expect(bench.manage(a, "abort-task", { referencedTag: 3 })).toEqual(["task-does-not-exist"]);
  });

  it("is answered after the task also when it is aborted twice", () => {
    const { bench, a } = busy();
    const first = bench.manage(a, "abort-task", { referencedTag: 1 });
    const second = bench.manage(a, "abort-task", { referencedTag: 1 });
    expect([first, second]).toEqual([[], []]);
    bench.device.finish("ok");
    expect([first, second]).toEqual([["function-complete"], ["function-complete"]]);
    expect(bench.ended.length).toBe(1);
  });

  it("lets go the tasks that waited for the aborted one", () => {
    const bench = new Bench();
    const a = bench.nexus("a");
    const ordered = bench.send(a, write, { attribute: "ordered" });
    const waiting = bench.send(a, cdb(0x00));
    bench.manage(a, "abort-task", { referencedTag: ordered.tag });
    expect(bench.ended).toEqual([ordered, waiting]);
    expect(waiting.isAborted).toBe(false);
  });
});

describe("ABORT TASK SET", () => {
  it("starts none of the tasks it is about to abort", () => {
    const bench = new Bench();
    const a = bench.nexus("a");
    for (let count = 0; count < 3; count++) bench.send(a, write, { attribute: "ordered" });
    bench.manage(a, "abort-task-set");
    expect([bench.receiving.length, bench.ended.length]).toEqual([1, 3]);
  });
});

describe("CLEAR TASK SET", () => {
  it("[SAM-5 5.6] tells only those others who lose a task", () => {
    const { bench, a } = busy();
    const idle = bench.nexus("idle");
    bench.manage(a, "clear-task-set");
    expect(attentions(bench, idle)).toEqual([]);
  });

  it("tells the transport which tasks their own nexus did not want to end", () => {
    const { bench, a, tasks } = busy();
    bench.manage(a, "clear-task-set");
    expect(tasks.map((task) => task.isAbortedByOther)).toEqual([false, false, true, false]);
  });

  it("[SPC-4 7.5.8] ends the tasks of others with TASK ABORTED if TAS is set", () => {
    jest.spyOn(ModePages.prototype, "hasTaskAbortedStatus", "get").mockReturnValue(true);
    const { bench, a, b, tasks } = busy();
    bench.manage(a, "clear-task-set");
    bench.device.finishAll();
    expect(tasks.slice(0, 3).map(({ status }) => status)).toEqual([
      Status.GOOD,
      Status.GOOD,
      Status.TASK_ABORTED,
    ]);
    expect(attentions(bench, b)).toEqual([]);
  });

  it("[SPC-4 7.5.8] says nothing of a task that its own nexus has aborted before", () => {
    jest.spyOn(ModePages.prototype, "hasTaskAbortedStatus", "get").mockReturnValue(true);
    const { bench, a, b, tasks } = busy();
    bench.manage(b, "abort-task-set");
    bench.manage(a, "clear-task-set");
    bench.device.finishAll();
    expect([tasks[2]?.isAborted, tasks[2]?.status]).toEqual([true, Status.GOOD]);
  });
});

describe("I_T NEXUS RESET", () => {
  it("[SAM-5 6.3.4] ends the reservation of its nexus, and no other's", () => {
    const bench = new Bench();
    const [a, b] = [bench.nexus("a"), bench.nexus("b")];
    bench.send(a, cdb(0x16));
    expect(bench.manage(b, "i-t-nexus-reset")).toEqual(["function-complete"]);
    expect(bench.unit.reservation.holdsSpc2(a.name)).toBe(true);
    expect(bench.manage(a, "i-t-nexus-reset")).toEqual(["function-complete"]);
    expect(bench.unit.reservation.holdsSpc2(a.name)).toBe(false);
  });

  it("[SAM-5 7.6] names no unit: it is of all of them", () => {
    const { bench, a } = busy();
    bench.manage(a, "i-t-nexus-reset", { lun: null });
    expect(attentions(bench, a, 5)).toEqual(["I_T NEXUS LOSS OCCURRED"]);
  });

  it("[SAM-5 5.14] is told beside no wider reset that waits", () => {
    const { bench, a } = busy();
    bench.manage(a, "logical-unit-reset");
    bench.manage(a, "i-t-nexus-reset");
    expect(attentions(bench, a)).toEqual(["BUS DEVICE RESET FUNCTION OCCURRED"]);
  });
});

describe("a query", () => {
  it.each<[TaskManagementFunction, number, number, string]>([
    ["query-task", 0, 2, "function-succeeded"],
    ["query-task", 0, 3, "function-complete"],
    ["query-task", 5, 2, "function-complete"],
    ["query-task", 9, 2, "lun-does-not-exist"],
    ["query-task-set", 0, 0, "function-succeeded"],
    ["query-task-set", 9, 0, "lun-does-not-exist"],
    ["query-asynchronous-event", 9, 0, "lun-does-not-exist"],
  ])("[SAM-5 7.8, 7.9] %s at LUN %i of tag %i is answered %s", (name, lun, tag, response) => {
    const { bench, a, tasks } = busy();
    expect(bench.manage(a, name, { lun, referencedTag: tag })).toEqual([response]);
    expect(tasks.filter((task) => task.isAborted)).toEqual([]);
  });

  it("[SAM-5 7.9] of a task set looks at the tasks of its own nexus alone", () => {
    const { bench, b } = busy();
    expect(bench.manage(b, "query-task-set", { lun: 5 })).toEqual(["function-complete"]);
  });

  it("[SAM-5 7.10] of asynchronous events tells of the unit attention, which stays", () => {
    const bench = new Bench();
    const [a, b] = [bench.nexus("a"), bench.nexus("b", true)];
    expect(bench.manage(a, "query-asynchronous-event")).toEqual(["function-complete"]);
    expect(bench.information).toBeNull();
    expect(bench.manage(b, "query-asynchronous-event")).toEqual(["function-succeeded"]);
    expect(bench.information).toBe("162900");
    expect(attentions(bench, b)).toHaveLength(1);
  });

  it("[SAM-5 7.10] of asynchronous events tells whether more than one waits", () => {
    const bench = new Bench();
    const a = bench.nexus("a", true);
    bench.unit.unitAttentions.establish(a.id, { code: COMMANDS_CLEARED_BY_ANOTHER_INITIATOR });
    bench.manage(a, "query-asynchronous-event");
    expect(bench.information).toBe("262900");
  });
});
describe("a reset", () => {
  it.each<TaskManagementFunction>(["logical-unit-reset", "target-warm-reset", "target-cold-reset"])(
    "[SAM-5 6.3] by %s ends the reservation, starts the unit, sets mode pages back",
    (name) => {
      const reset = jest.spyOn(ModePages.prototype, "reset");
      const bench = new Bench();
      const [a, b] = [bench.nexus("a"), bench.nexus("b")];
      bench.send(a, cdb(0x16));
      bench.unit.isStopped = true;
      bench.manage(b, name);
      const isReserved = bench.unit.reservation.holdsSpc2(a.name);
      expect([isReserved, bench.unit.isStopped]).toEqual([false, false]);
      expect(reset.mock.contexts).toContain(bench.unit.modePages);
    },
  );

  it("of one unit leaves the others alone", () => {
    const { bench, a, b } = busy();
    bench.manage(a, "logical-unit-reset");
    expect(attentions(bench, b, 5)).toEqual([]);
  });
});
