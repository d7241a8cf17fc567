import {
  read10,
  sanitizeBlockErase,
  sanitizeOverwrite,
  testUnitReady,
  write10,
} from "node-scsi-cdb";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { Nexus } from "../../../lib/scsi/nexus";
import type { Task } from "../../../lib/scsi/task";
import { Bench } from "../support/bench";
import { Pair } from "../support/pair";
import { describeSense } from "../support/unit";

const cdbs = {
  ready: testUnitReady.encode({}),
  read: read10.encode({ blockCount: 1 }),
  write: write10.encode({ blockCount: 1 }),
  erase: sanitizeBlockErase.encode({}),
  eraseSoon: sanitizeBlockErase.encode({ immed: true }),
  overwrite: sanitizeOverwrite.encode({ immed: true, parameterListLength: 5 }),
};
const IN_PROGRESS = "2/04/1b";
const ERASE = {
  ...{ isUnrestricted: false, passCount: 1, isInverting: false, pattern: Buffer.alloc(0) },
};

function send(one: Bench, nexus: Nexus, name: keyof typeof cdbs): Task {
  const task = one.send(nexus, Buffer.concat([cdbs[name]], 16));
  if (name === "overwrite") one.bring(task, Buffer.of(3, 0, 0, 1, 0xaa));
  return task;
}

function ended(one: Bench, task: Task): string | null {
  if (!one.ended.includes(task)) return null;
  return task.sense === null ? `status ${task.status}` : describeSense(task.sense);
}

/** The jobs that a controller's device has and that have not ended. */
function jobs({ device }: Bench): string[] {
  return device.jobs.map(({ op, lba, blockCount }) => `${op} ${lba}+${blockCount}`);
}

function bench(): Bench {
  return new Bench({ commands: diskCommands });
}

describe("an operation on a medium", () => {
  it("[SBC-4 4.11.2] ends what others do, and begins when all of it is over", () => {
    const one = bench();
    const [a, b, c] = [one.nexus("a"), one.nexus("b"), one.nexus("c")];
    const [write, read] = [send(one, b, "write"), send(one, c, "read")];
    const erase = send(one, a, "eraseSoon");
    expect(ended(one, write)).toBe(IN_PROGRESS);
    expect(ended(one, read)).toBeNull();
    one.tick();
    expect([ended(one, erase), jobs(one)]).toEqual([null, ["read 0+1"]]);
    expect(one.device.jobs[0]?.isAborted).toBe(true);
    one.device.finish("aborted");
    expect(ended(one, read)).toBe(IN_PROGRESS);
    expect(ended(one, erase)).toBe("status 0");
    for (let times = 0; times < 2; times++) one.tick();
    expect(jobs(one)).toEqual(["unmap 0+1000"]);
    one.bring(write);
    expect(jobs(one)).toEqual(["unmap 0+1000"]);
  });

  it("lets a task that waits for others meet its gate when its turn comes", () => {
    const one = bench();
    const [a, b] = [one.nexus("a"), one.nexus("b")];
    const read = send(one, b, "read");
    const ordered = one.send(b, Buffer.concat([cdbs.read], 16), { attribute: "ordered" });
    one.send(a, Buffer.concat([cdbs.eraseSoon], 16), { attribute: "head-of-queue" });
    expect(ended(one, ordered)).toBeNull();
    one.device.finish();
    expect([ended(one, read), ended(one, ordered)]).toEqual([IN_PROGRESS, IN_PROGRESS]);
  });

  it.each([
    ...["abort-task", "abort-task-set", "clear-task-set"],
    ...["logical-unit-reset", "target-warm-reset", "target-cold-reset"],
  ] as const)("Sanitize.Reset: is stopped by no %s", (name) => {
    const one = bench();
    const nexus = one.nexus("a");
    const erase = send(one, nexus, "erase");
    for (let times = 0; times < 2; times++) one.tick();
    const responses = one.manage(nexus, name, { referencedTag: erase.tag });
    expect(responses).toEqual(["function-complete"]);
    expect(erase.isAborted).toBe(true);
    expect(one.unit.operation.running).not.toBeNull();
    expect(jobs(one)).toEqual(["unmap 0+1000"]);
    one.settle();
    expect(one.unit.operation.current).toBeNull();
  });

  it("Sanitize.Reset: is stopped by no end of the nexus that asked for it", () => {
    const one = bench();
    const nexus = one.nexus("a");
    send(one, nexus, "erase");
    one.tick();
    one.target.nexusLost(nexus);
    const other = one.nexus("b");
    expect(ended(one, send(one, other, "ready"))).toBe(IN_PROGRESS);
    one.settle();
    expect(ended(one, send(one, other, "ready"))).toBe("status 0");
  });

  it("is left where it is when the process ends", () => {
    const one = bench();
    send(one, one.nexus("a"), "erase");
    one.tick();
    one.target.stop();
    one.settle();
    expect(jobs(one)).toEqual([]);
    expect(one.unit.operation.running).not.toBeNull();
  });

  it("goes on from where another process was, by its snapshot", () => {
    const [one, next] = [bench(), bench()];
    send(one, one.nexus("a"), "overwrite");
    for (let portions = 0; portions < 3; portions++) {
      for (let times = 0; times < 2; times++) one.tick();
      one.device.finish();
    }
    // A second later it is told how far it is.
    const { running } = one.unit.operation;
    const step = { number: running?.number ?? 0, passesDone: 1, blocksDone: 1000 } as const;
    one.unit.operation.step({ ...step, change: "advanced" }, 1);
    expect(next.target.restore(0, one.target.snapshot(0))).toBe(true);
    const seen: string[] = [];
    while (next.target.nextDeadline() < Infinity) {
      next.tick();
      seen.push(...jobs(next));
      next.device.finishAll();
    }
    const pass = ["write-same 0+1000", "flush 0+0"];
    expect(seen).toEqual(["flush 0+0", ...pass]);
    expect(next.unit.operation.current).toBeNull();
  });
});

describe("an operation on the medium of two controllers", () => {
  it("[G-17] is done by the one that was asked, when both are ready, and known to both", () => {
    const { here, there, a, b } = new Pair();
    const read = send(here, a, "read");
    const erase = send(there, b, "erase");
    for (const one of [here, there]) one.tick();
    expect([jobs(here), jobs(there)]).toEqual([["read 0+1"], []]);
    here.device.finish();
    expect(ended(here, read)).toBe(IN_PROGRESS);
    for (let times = 0; times < 2; times++) for (const one of [here, there]) one.tick();
    expect([jobs(here), jobs(there)]).toEqual([[], ["unmap 0+1000"]]);
    expect(ended(here, send(here, here.nexus("c"), "ready"))).toBe(IN_PROGRESS);
    there.settle();
    expect(ended(there, erase)).toBe("status 0");
    for (const one of [here, there]) expect(one.unit.operation.current).toBeNull();
  });

  it.each(["abort-task", "nexus-lost"])("[G-17] begins although %s came before its turn", (how) => {
    const { here, there, a, share } = new Pair();
    share.isHeld = true;
    const erase = send(here, a, "erase");
    if (how === "nexus-lost") here.target.nexusLost(a);
    else here.manage(a, "abort-task", { referencedTag: erase.tag });
    share.isHeld = false;
    while (share.waiting.length > 0) share.step();
    here.settle();
    expect(here.target.snapshot(0)).toEqual(there.target.snapshot(0));
    expect(here.unit.operation.current).toBeNull();
    expect(here.unit.operation.snapshot()).toEqual(Buffer.of(0, 0, 0, 1));
  });

  it("[G-17] waits, and tries again, while this controller may not change the unit", () => {
    const { here, a, share } = new Pair();
    const erase = send(here, a, "erase");
    share.isAvailable = false;
    for (let times = 0; times < 5; times++) here.tick();
    expect(jobs(here)).toEqual([]);
    share.isAvailable = true;
    here.settle();
    expect(ended(here, erase)).toBe("status 0");
  });

  it("[G-17] is taken over as soon as the one that is left may change the unit", () => {
    const { here, there, a, share } = new Pair();
    send(here, a, "eraseSoon");
    for (let times = 0; times < 2; times++) here.tick();
    share.benches.splice(0, 1);
    share.isAvailable = false;
    there.target.dismissAbsent(0);
    for (let times = 0; times < 3; times++) there.tick();
    expect([jobs(there), there.unit.operation.running?.port]).toEqual([[], 1]);
    share.isAvailable = true;
    there.settle();
    expect(there.unit.operation.current).toBeNull();
    expect(there.unit.operation.snapshot()).toEqual(Buffer.of(0, 0, 0, 1));
  });

  /** One of two controllers with a job under way for an operation that the other has now. */
  function bereft(): { here: Bench; there: Bench; a: Nexus; erase: Task } {
    const { here, there, a } = new Pair();
    const erase = send(here, a, "erase");
    for (let times = 0; times < 2; times++) here.tick();
    const { number = 0 } = here.unit.operation.current ?? {};
    const step = { number, change: "taken-over", passesDone: 0, blocksDone: 0 } as const;
    there.unit.operation.step(step, 1001);
    expect(here.target.restore(0, there.target.snapshot(0))).toBe(true);
    return { here, there, a, erase };
  }

  it("[G-17] has no job under way that another controller does now", () => {
    const { here, erase } = bereft();
    expect(here.device.jobs[0]?.isAborted).toBe(true);
    here.device.finish("aborted");
    here.settle();
    expect(jobs(here)).toEqual([]);
    expect(here.unit.operation.running).toMatchObject({ port: 1001 });
    expect(ended(here, erase)).toBeNull();
  });

  it("[G-17] that another controller has ended is over for the task that waits for it", () => {
    const { here, erase } = bereft();
    const { number = 0 } = here.unit.operation.current ?? {};
    const over = new Pair().there;
    over.unit.operation.start({ ...ERASE, kind: "format" }, 1001);
    const step = { number, change: "succeeded", passesDone: 0, blocksDone: 0 } as const;
    over.unit.operation.step(step, 1001);
    expect(here.target.restore(0, over.target.snapshot(0))).toBe(true);
    expect(ended(here, erase)).toBe("status 0");
  });

  it("fails by no job of the one before it", () => {
    const { here, there, a } = bereft();
    const { number = 0 } = here.unit.operation.current ?? {};
    const step = { number, change: "succeeded", passesDone: 0, blocksDone: 0 } as const;
    for (const one of [here, there]) one.unit.operation.step(step, 1001);
    const next = send(here, a, "eraseSoon");
    here.device.finish("medium-error");
    expect(ended(here, next)).toBe("status 0");
    here.settle();
    expect(here.unit.operation.current).toBeNull();
  });
});
