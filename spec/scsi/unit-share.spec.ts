/** Two controllers of one unit: what is done to it by way of one is done at both. */
import {
  Status,
  modeSelect6,
  persistentReserveOutPreemptAndAbort,
  persistentReserveOutRegister,
  persistentReserveOutReserve,
  read10,
  release6,
  reserve6,
  startStopUnit,
  testUnitReady,
  write10,
} from "node-scsi-cdb";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task } from "../../lib/scsi/task";
import type { TaskManagementFunction } from "../../lib/scsi/transport";
import type { Bench } from "./support/bench";
import { Pair, attentions } from "./support/pair";

/** SWP in the Control mode page; WCE off in the Caching mode page. */
const SWP_LIST = Buffer.from("00000000" + "0a0a00100800" + "0000ffff0000", "hex");
const NO_CACHE_LIST = Buffer.from("00000000" + "0812" + "00".repeat(18), "hex");
const SELECT = modeSelect6.encode({ pf: true, parameterListLength: SWP_LIST.length });
const RESERVE = reserve6.encode({});
const READ = read10.encode({ lba: 1, blockCount: 1 });
const WRITE = write10.encode({ lba: 1, blockCount: 1 });
const READY = testUnitReady.encode({});
const NEXUS_LIST_LENGTH = 24;

function long(cdb: Uint8Array): Buffer {
  return Buffer.concat([cdb], 16);
}

/** Sends a command with its Data-Out, if it has any. */
function run(bench: Bench, nexus: Nexus, cdb: Uint8Array, data?: Uint8Array): Task {
  const task = bench.send(nexus, long(cdb));
  if (bench.receiving.pop() === task) bench.bring(task, data);
  return task;
}

function answerTo(task: Task): string {
  return task.sense?.code.text ?? String(task.status);
}

/** PERSISTENT RESERVE OUT with the keys of a basic parameter list. */
function persist(
  bench: Bench,
  nexus: Nexus,
  out: { cdb: Uint8Array; key?: number; serviceActionKey?: number },
): Task {
  const list = Buffer.alloc(NEXUS_LIST_LENGTH);
  list[7] = out.key ?? 0;
  list[15] = out.serviceActionKey ?? 0;
  return run(bench, nexus, out.cdb, list);
}

const parameterListLength = NEXUS_LIST_LENGTH;
const REGISTER = persistentReserveOutRegister.encode({ parameterListLength });
const PERSIST = persistentReserveOutReserve.encode({ parameterListLength, type: 5 });
const PREEMPT = persistentReserveOutPreemptAndAbort.encode({ parameterListLength, type: 5 });

describe("an action", () => {
  it("[G-17] MODE SELECT by one controller changes the pages of both, and tells all others", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    const other = here.nexus("other");
    expect(run(here, a, SELECT, SWP_LIST).status).toBe(Status.GOOD);
    expect([here, there].map(({ unit }) => unit.isWriteProtected)).toEqual([true, true]);
    expect(attentions(here, a)).toEqual([]);
    expect(attentions(here, other)).toEqual(["MODE PARAMETERS CHANGED"]);
    expect(attentions(there, b)).toEqual(["MODE PARAMETERS CHANGED"]);
    expect(pair.share.answers).toEqual([["00", "00"]]);
  });

  it("[G-17] MODE SELECT that turns the cache off flushes where the command came in", () => {
    const { here, there, b } = new Pair();
    const cdb = modeSelect6.encode({ pf: true, parameterListLength: NO_CACHE_LIST.length });
    const task = run(there, b, cdb, NO_CACHE_LIST);
    expect([here, there].map(({ device }) => device.jobs.map(({ op }) => op))).toEqual([
      [],
      ["flush"],
    ]);
    expect(there.ended).not.toContain(task);
    there.device.finishAll();
    expect(task.status).toBe(Status.GOOD);
  });

  it("[G-17] MODE SELECT with a wrong list is refused, and changes no controller", () => {
    const pair = new Pair();
    const { here, there, a } = pair;
    const task = run(here, a, SELECT, Buffer.alloc(SWP_LIST.length, 0x3f));
    expect(task.status).toBe(Status.CHECK_CONDITION);
    expect(pair.share.answers[0]?.[0]).toBe(pair.share.answers[0]?.[1]);
    expect(there.unit.modePages.isWriteProtected).toBe(false);
  });

  it("[G-17] START STOP UNIT flushes, stops both and starts both", () => {
    const { here, there, a, b } = new Pair({ profile: { removable: false } });
    const task = run(here, a, startStopUnit.encode({}));
    expect(there.unit.isStopped).toBe(false);
    here.device.finishAll();
    expect([task.status, here.unit.isStopped, there.unit.isStopped]).toEqual([0, true, true]);
    expect(answerTo(run(there, b, READY))).toMatch(/INITIALIZING COMMAND REQUIRED/);
    run(there, b, startStopUnit.encode({ start: true }));
    expect(run(here, a, READY).status).toBe(Status.GOOD);
  });

  it("[G-17] START STOP UNIT ejects and loads the medium of both", () => {
    const { here, there, a, b } = new Pair({ profile: { removable: true } });
    run(here, a, startStopUnit.encode({ loej: true, noFlush: true }));
    expect(answerTo(run(there, b, READY))).toBe("MEDIUM NOT PRESENT");
    expect(answerTo(run(there, b, startStopUnit.encode({ start: true })))).toBe(
      "MEDIUM NOT PRESENT",
    );
    run(there, b, startStopUnit.encode({ loej: true, start: true }));
    expect(attentions(here, a)).toEqual(["NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED"]);
  });

  it("[G-17] RESERVE by one controller keeps initiators of the other out, until RELEASE", () => {
    const { here, there, a, b } = new Pair();
    expect(run(here, a, RESERVE).status).toBe(Status.GOOD);
    expect(run(there, b, WRITE).status).toBe(Status.RESERVATION_CONFLICT);
    expect(run(there, b, RESERVE).status).toBe(Status.RESERVATION_CONFLICT);
    run(there, b, release6.encode({}));
    expect(run(there, b, RESERVE).status).toBe(Status.RESERVATION_CONFLICT);
    run(here, a, release6.encode({}));
    expect(run(there, b, RESERVE).status).toBe(Status.GOOD);
    expect(run(here, a, RESERVE).status).toBe(Status.RESERVATION_CONFLICT);
  });

  it("[SAM-5 6.3.4] I_T NEXUS RESET ends at both what the nexus reserved, and tells it alone", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    run(here, a, RESERVE);
    expect(answerTo(run(there, b, WRITE))).toBe(String(Status.RESERVATION_CONFLICT));
    expect(here.manage(a, "i-t-nexus-reset")).toEqual(["function-complete"]);
    expect(there.unit.reservation.holdsSpc2(a.name)).toBe(false);
    expect(attentions(here, a)).toEqual(["I_T NEXUS LOSS OCCURRED"]);
    expect(attentions(there, b)).toEqual([]);
    expect(pair.states()[0]).toBe(pair.states()[1]);
  });

  it("[G-17] of persistent reservations is kept by both, and survives resets", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    persist(here, a, { cdb: REGISTER, serviceActionKey: 7 });
    expect(persist(here, a, { cdb: PERSIST, key: 7 }).status).toBe(Status.GOOD);
    there.manage(b, "logical-unit-reset");
    attentions(there, b);
    expect(run(there, b, WRITE).status).toBe(Status.RESERVATION_CONFLICT);
    expect(pair.share.answers.every(([one, other]) => one === other)).toBe(true);
  });

  it("[G-17] the loss of a nexus frees at both what it had RESERVEd", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    run(here, a, RESERVE);
    here.target.nexusLost(a);
    expect(run(there, b, RESERVE).status).toBe(Status.GOOD);
    expect(pair.states()[0]).toBe(pair.states()[1]);
  });

  it("[G-17] the loss of a nexus that holds nothing concerns nobody else", () => {
    const pair = new Pair();
    const { here, a } = pair;
    run(here, a, READ);
    here.target.nexusLost(a);
    expect(pair.share.answers).toEqual([]);
  });

  it("[G-17] the loss of a nexus frees also what it was about to RESERVE", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    pair.share.isHeld = true;
    const task = run(here, a, RESERVE);
    here.target.nexusLost(a);
    expect([task.isAborted, here.ended]).toEqual([true, []]);
    pair.share.settle();
    expect(here.ended).toEqual([task]);
    expect(run(there, b, RESERVE).status).toBe(Status.GOOD);
  });
});

describe("where the order is decided", () => {
  it("[G-17] a reservation that came first makes a command conflict that had passed", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    pair.share.isHeld = true;
    const reserving = run(here, a, RESERVE);
    const select = run(there, b, SELECT, SWP_LIST);
    const other = run(there, b, RESERVE);
    expect([here.ended, there.ended]).toEqual([[], []]);
    pair.share.settle();
    expect(reserving.status).toBe(Status.GOOD);
    expect([select, other].map(({ status }) => status)).toEqual([
      Status.RESERVATION_CONFLICT,
      Status.RESERVATION_CONFLICT,
    ]);
    expect(there.unit.isWriteProtected).toBe(false);
    expect(there.traced.map(({ type }) => type)).toEqual([
      "reservation-conflict",
      "reservation-conflict",
    ]);
  });

  it("[G-17] is told whom a reservation keeps out", () => {
    const { here, there, a, b } = new Pair();
    run(here, a, RESERVE);
    const isAgainst = (nexus: Nexus): boolean[] =>
      [here, there].map(({ target }) =>
        target.isReservedAgainst(0, { nexus: nexus.name, access: "read" }),
      );
    expect([isAgainst(a), isAgainst(b)]).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it("[G-17] reading and writing are told apart", () => {
    const { here, there, a, b } = new Pair();
    persist(here, a, { cdb: REGISTER, serviceActionKey: 7 });
    persist(here, a, { cdb: PERSIST, key: 7 });
    const against = (["read", "write"] as const).map((access) =>
      there.target.isReservedAgainst(0, { nexus: b.name, access }),
    );
    expect(against).toEqual([false, true]);
  });

  it("[G-17] a task that proposed is not over before the answer", () => {
    const pair = new Pair();
    const { here, a } = pair;
    pair.share.isHeld = true;
    const task = run(here, a, RESERVE);
    const responses = here.manage(a, "abort-task", { referencedTag: task.tag });
    expect([task.isAborted, here.ended, responses]).toEqual([true, [], []]);
    pair.share.settle();
    expect([here.ended, responses]).toEqual([[task], ["function-complete"]]);
  });

  it("an unavailable share makes commands fail so that the other path is tried", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    pair.share.isAvailable = false;
    const text = "LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE";
    expect(answerTo(run(here, a, RESERVE))).toBe(text);
    expect(here.manage(a, "logical-unit-reset")).toEqual(["function-rejected"]);
    expect(run(there, b, READY).status).toBe(Status.GOOD);
  });
});

describe("a function that ends tasks of all", () => {
  const functions: TaskManagementFunction[] = [
    "clear-task-set",
    "logical-unit-reset",
    "target-warm-reset",
    "target-cold-reset",
  ];

  it.each(functions)("[G-17] %s ends those of both controllers, and is answered then", (name) => {
    const { here, there, a, b } = new Pair();
    const tasks = [here.send(a, long(READ)), there.send(b, long(READ))];
    const responses = here.manage(a, name);
    expect(tasks.map(({ isAborted }) => isAborted)).toEqual([true, true]);
    here.device.finishAll();
    expect(responses).toEqual([]);
    there.device.finishAll();
    expect([there.ended, responses]).toEqual([[tasks[1]], ["function-complete"]]);
  });

  it("[G-17] a reset sets both back, and tells every nexus of both", () => {
    const pair = new Pair({ profile: { removable: false } });
    const { here, there, a, b } = pair;
    const before = there.unit.modePages.snapshot();
    run(here, a, SELECT, SWP_LIST);
    run(here, a, startStopUnit.encode({ noFlush: true }));
    run(here, a, RESERVE);
    there.manage(b, "logical-unit-reset");
    expect(attentions(here, a)).toEqual(["BUS DEVICE RESET FUNCTION OCCURRED"]);
    expect(attentions(there, b)).toEqual(["BUS DEVICE RESET FUNCTION OCCURRED"]);
    expect(run(there, b, RESERVE).status).toBe(Status.GOOD);
    expect([here, there].map(({ unit }) => unit.isStopped)).toEqual([false, false]);
    expect(here.unit.modePages.snapshot()).toEqual(before);
    expect(pair.states()[0]).toBe(pair.states()[1]);
  });

  it("[G-17] CLEAR TASK SET tells others by a unit attention, wherever they are", () => {
    const { here, there, a, b } = new Pair();
    there.send(b, long(READ));
    here.manage(a, "clear-task-set");
    expect(attentions(there, b)).toEqual(["COMMANDS CLEARED BY ANOTHER INITIATOR"]);
    expect(attentions(here, a)).toEqual([]);
  });

  it("[G-17] ABORT TASK SET is of one nexus, and so of one controller", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    const tasks = [here.send(a, long(READ)), there.send(b, long(READ))];
    here.manage(a, "abort-task-set");
    expect(tasks.map(({ isAborted }) => isAborted)).toEqual([true, false]);
    expect(pair.share.answers).toEqual([]);
  });

  it("[G-17] ends at once a task that waits behind it in the order, and voids what it wanted", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    pair.share.isHeld = true;
    const responses = here.manage(a, "logical-unit-reset");
    const task = run(there, b, RESERVE);
    pair.share.step();
    expect([responses, there.ended]).toEqual([["function-complete"], [task]]);
    pair.share.settle();
    attentions(here, a);
    expect(run(here, a, RESERVE).status).toBe(Status.GOOD);
    expect(pair.share.answers.map(([one]) => one)).toEqual(["00", "02", "00"]);
  });

  it("[G-17] that ends tasks of others makes a voided command come again by itself", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    persist(here, a, { cdb: REGISTER, serviceActionKey: 7 });
    persist(there, b, { cdb: REGISTER, serviceActionKey: 8 });
    const reading = there.send(b, long(READ));
    pair.share.isHeld = true;
    const preempt = persist(here, a, { cdb: PREEMPT, key: 7, serviceActionKey: 8 });
    const [other, third] = [here.nexus("other"), there.nexus("third")];
    const tasks = [
      run(here, other, SELECT, SWP_LIST),
      run(there, third, startStopUnit.encode({ start: true })),
    ];
    pair.share.settle();
    expect(reading.isAborted).toBe(true);
    expect(here.ended).not.toContain(preempt);
    there.device.finishAll();
    expect(there.ended).toContain(reading);
    expect([preempt, ...tasks].map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(here.ended).toContain(tasks[0]);
    expect(pair.share.answers.slice(2).map(([one]) => one)).toEqual(["00", "02", "02", "00", "00"]);
    expect(there.unit.isWriteProtected).toBe(true);
  });

  it("[G-17] PREEMPT AND ABORT of its own nexus ends all its tasks but itself", () => {
    const { here, a } = new Pair();
    persist(here, a, { cdb: REGISTER, serviceActionKey: 7 });
    const reading = here.send(a, long(READ));
    const preempt = persist(here, a, { cdb: PREEMPT, key: 7, serviceActionKey: 7 });
    here.device.finishAll();
    expect([reading.isAborted, preempt.isAborted, preempt.status]).toEqual([true, false, 0]);
    expect(here.ended).toContain(preempt);
  });
});

describe("a controller that goes on alone", () => {
  it("[G-17] frees what nexuses of the other had RESERVEd, and nothing of its own", () => {
    const pair = new Pair();
    const { here, there, a, b } = pair;
    run(there, b, RESERVE);
    there.target.dismissAbsent(0);
    expect(run(here, a, READY).status).toBe(Status.RESERVATION_CONFLICT);
    pair.share.benches.splice(1);
    here.target.dismissAbsent(0);
    expect(run(here, a, RESERVE).status).toBe(Status.GOOD);
  });
});
