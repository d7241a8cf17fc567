import { DATA_PHASE_ERROR, Status } from "node-scsi-cdb";
import { limits } from "../../lib/base/limits";
import type { JobStatus } from "../../lib/block/job";
import { type Command, command } from "../../lib/scsi/command";
import { encodeAnswer } from "../../lib/scsi/unit-action";
import type { UnitShare } from "../../lib/scsi/unit-share";
import { Bench, cdb, makeNexus } from "./support/bench";
import { ping, write as writeCommand } from "./support/fake-commands";

const PING = cdb(0x00);
const read = (lba: number, blockCount: number): Buffer => cdb(0x28, lba, blockCount);
const write = (lba: number, blockCount: number): Buffer => cdb(0x2a, lba, blockCount);
const scatter = (lba: number, blockCount: number): Buffer => cdb(0x41, lba, blockCount);
const verify = (lba: number, blockCount: number): Buffer => cdb(0x2f, lba, blockCount);

describe("a task", () => {
  it("ends at once when nothing is to be waited for, and leaves the task set", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), PING);
    expect(bench.ended).toEqual([task]);
    expect([task.status, bench.unit.taskCount]).toEqual([Status.GOOD, 0]);
  });

  it("[SAM-5 5.3.1] gets TASK SET FULL when the set is", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a");
    for (let count = 0; count < limits.tasksPerUnitMax; count++) bench.send(nexus, scatter(1, 1));
    const last = bench.send(nexus, PING);
    expect(last.status).toBe(Status.TASK_SET_FULL);
    bench.device.finish();
    expect(bench.send(nexus, PING).status).toBe(Status.GOOD);
  });

  it("waits in the set until older tasks let it run, however many end one by one", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a");
    bench.send(nexus, scatter(1, 1));
    const waiting = Array.from({ length: limits.tasksPerUnitMax - 1 }, () =>
      bench.send(nexus, PING, { attribute: "ordered" }),
    );
    expect(bench.ended).toEqual([]);
    bench.device.finish();
    expect(bench.ended.slice(1)).toEqual(waiting);
  });

  it("[SAM-5 5.3.3] meets the gates when it may run, not when it arrives", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a");
    bench.send(nexus, scatter(1, 1));
    const task = bench.send(nexus, write(1, 1), { attribute: "ordered" });
    bench.unit.isStopped = true;
    bench.device.finish();
    expect(task.status).toBe(Status.CHECK_CONDITION);
  });

  it("ends after the last of its jobs, with the sense of the first that failed", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), scatter(10, 3));
    bench.device.finish("medium-error", 1);
    bench.device.finish("no-space");
    expect(bench.ended).toEqual([]);
    bench.device.finish("ok");
    expect(bench.ended).toEqual([task]);
    expect([task.sense?.code.text, task.sense?.information]).toEqual(["WRITE ERROR", 11]);
  });

  it.each<[JobStatus, Status]>([
    ["ok", Status.GOOD],
    ["medium-error", Status.CHECK_CONDITION],
    ["not-ready", Status.CHECK_CONDITION],
  ])("whose job ends %s ends with status %i, once", (jobStatus, status) => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), scatter(1, 1));
    bench.device.finish(jobStatus);
    expect(bench.ended).toEqual([task]);
    expect(task.status).toBe(status);
  });

  it("that a command ends twice is a bug", () => {
    const twice = command({
      ...ping,
      apply: undefined,
      execute(_cdb, task, unit) {
        unit.run(task, { op: "flush", lba: 0, blockCount: 0 }, () => {});
        unit.good(task);
        unit.good(task);
      },
    });
    const bench = new Bench({ commands: [twice] });
    expect(() => bench.send(bench.nexus("a"), PING)).toThrow("a task ends once");
  });

  it("that asks for blocks beyond the medium is a bug", () => {
    const bench = new Bench();
    expect(() => bench.send(bench.nexus("a"), scatter(1000, 1))).toThrow("inside the medium");
  });
});

describe("a job", () => {
  it("[G-17] says for which nexus it reads or writes, by one object for each", () => {
    const bench = new Bench();
    const [a, b] = [bench.nexus("a"), bench.nexus("b")];
    for (const nexus of [a, a, b]) bench.bring(bench.send(nexus, write(1, 1)));
    bench.send(a, read(1, 1));
    const origins = bench.device.jobs.map(({ origin }) => origin);
    expect(origins).toEqual([
      { nexus: a.name, access: "write" },
      { nexus: a.name, access: "write" },
      { nexus: b.name, access: "write" },
      { nexus: a.name, access: "read" },
    ]);
    expect(origins[0]).toBe(origins[1]);
  });

  it("[G-17] that a reservation forbade where its order was decided is a conflict", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), read(1, 1));
    bench.device.finish("reserved");
    expect([task.status, task.sense]).toEqual([Status.RESERVATION_CONFLICT, null]);
    expect(bench.traced.map(({ type }) => type)).toEqual(["reservation-conflict"]);
  });

  it.each<JobStatus>(["deciding", "unavailable", "miscompare"])(
    "that ends %s is no error of the device",
    (status) => {
      const bench = new Bench();
      bench.send(bench.nexus("a"), read(1, 1));
      bench.device.finish(status);
      expect(bench.traced.map(({ type }) => type)).toEqual(["check-condition"]);
    },
  );
});

describe("a command that all controllers apply", () => {
  const listed = (length: number): Command =>
    command({
      row: writeCommand.row,
      reservation: "conflict",
      needsMedium: false,
      writes: false,
      dataOutLength: () => length,
      apply: () => ({ answer: "good" }),
    });

  it("is applied at once where there is one controller", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a");
    expect(bench.send(nexus, cdb(0x16)).status).toBe(Status.GOOD);
    expect(bench.unit.reservation.holdsSpc2(nexus.name)).toBe(true);
  });

  it.each<[number, string | undefined]>([
    [limits.parameterListMax, undefined],
    [limits.parameterListMax + 1, "PARAMETER LIST LENGTH ERROR"],
  ])("takes a parameter list of %i bytes: %s", (length, text) => {
    const bench = new Bench({ commands: [listed(length)] });
    const task = bench.send(bench.nexus("a"), cdb(0x2a));
    expect(bench.receiving.length).toBe(text === undefined ? 1 : 0);
    expect(task.sense?.code.text).toBe(text);
  });

  it("is BUSY when it is void for a reason that is not known here", () => {
    const share: UnitShare = { propose: (_lun, _action, done) => done(encodeAnswer("void")) };
    const bench = new Bench({ share });
    expect(bench.send(bench.nexus("a"), cdb(0x16)).status).toBe(Status.BUSY);
  });

  it("fails when the answer is none", () => {
    const share: UnitShare = { propose: (_lun, _action, done) => done(new Uint8Array(0)) };
    const bench = new Bench({ share });
    const task = bench.send(bench.nexus("a"), cdb(0x16));
    expect(task.sense?.code.text).toBe("INTERNAL TARGET FAILURE");
  });
});

describe("Data-Out", () => {
  it("[SAM-5 5.4.3] is asked for when the task has passed the gates, and then it is executed", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), write(3, 2));
    expect([bench.receiving, task.dataOutLength]).toEqual([[task], 1024]);
    expect(bench.device.jobs).toEqual([]);
    bench.bring(task);
    expect(bench.device.jobs[0]?.data).toEqual(task.dataOut);
    bench.device.finish();
    expect(task.status).toBe(Status.GOOD);
  });

  it("is not asked for when the command is refused", () => {
    const bench = new Bench();
    bench.send(bench.nexus("a"), write(13, 1));
    expect([bench.receiving.length, bench.ended.length]).toEqual([0, 1]);
  });

  it("that comes twice is a bug", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), write(3, 2));
    bench.bring(task);
    expect(() => bench.bring(task)).toThrow("Data-Out is received once");
  });

  it("that fails ends its task with what the transport says, and writes nothing", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), write(3, 2));
    const sense = { code: DATA_PHASE_ERROR };
    bench.target.dataOutFailed(task, sense);
    expect([task.status, task.sense]).toEqual([Status.CHECK_CONDITION, sense]);
    expect([bench.ended, bench.device.jobs]).toEqual([[task], []]);
    expect(() => bench.target.dataOutFailed(task, sense)).not.toThrow();
  });

  it("that comes after its task has been aborted is of no use", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a");
    const task = bench.send(nexus, write(3, 2));
    bench.manage(nexus, "abort-task-set");
    bench.bring(task);
    expect([bench.ended, bench.device.jobs]).toEqual([[task], []]);
  });
});

describe("a read", () => {
  it("fills buffers of the pool, which go back when the task has been sent", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), read(7, 2));
    expect(bench.buffers.out).toBeGreaterThan(0);
    bench.device.finish();
    expect(task.dataIn.map((chunk) => [chunk.length, chunk[0]])).toEqual([[1024, 7]]);
    expect([task.dataInLength, bench.buffers.out]).toEqual([1024, 0]);
  });

  it("reads no block that the initiator does not take, and yet tells of all", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), read(7, 8), { dataInMax: 600 });
    expect(bench.device.jobs[0]?.blockCount).toBe(2);
    bench.device.finish();
    expect(task.dataInLength).toBe(4096);
  });

  it("reads nothing for an initiator that takes nothing", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), read(7, 8), { dataInMax: 0 });
    expect([bench.ended, task.dataInLength, bench.device.jobs]).toEqual([[task], 4096, []]);
  });

  it("for the unit's own use reads all and sends nothing", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), verify(7, 8), { dataInMax: 0 });
    expect(bench.device.jobs[0]?.blockCount).toBe(8);
    bench.device.finish();
    expect([task.dataIn, task.dataInLength, bench.buffers.out]).toEqual([[], 0, 0]);
  });

  it("sends nothing when it fails, and keeps nothing", () => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), read(7, 1));
    bench.device.finish("medium-error");
    expect([task.dataIn, task.dataInLength, bench.buffers.out]).toEqual([[], 0, 0]);
    expect(task.sense?.information).toBe(7);
  });

  it("waits for room in the pool, and gets BUSY when too many wait", () => {
    const bench = new Bench({ payloadMax: 4096 });
    const nexus = bench.nexus("a");
    const tasks = Array.from({ length: 6 }, () => bench.send(nexus, read(1, 8)));
    expect(bench.device.jobs.length).toBe(1);
    expect([bench.ended, tasks[5]?.status]).toEqual([[tasks[5]], Status.BUSY]);
    bench.device.finishAll();
    expect(bench.ended.slice(1)).toEqual(tasks.slice(0, 5));
  });

  it("that is aborted while it waits leaves its room to the next", () => {
    const bench = new Bench({ payloadMax: 4096 });
    const nexus = bench.nexus("a");
    const [first, second, third] = [1, 2, 3].map((lba) => bench.send(nexus, read(lba, 8)));
    bench.manage(nexus, "abort-task", { referencedTag: second?.tag ?? 0 });
    bench.device.finishAll();
    expect(bench.ended).toEqual([second, first, third]);
    expect(bench.buffers.out).toBe(0);
  });
});

describe("parameter data", () => {
  it.each([
    [0, ""],
    [3, "uni"],
    [4, "unit"],
    [255, "unit"],
  ])("[SPC-4 4.3.4.6] is cut to an ALLOCATION LENGTH of %i", (allocationLength, expected) => {
    const bench = new Bench();
    const bytes = cdb(0x12);
    bytes.writeUInt16BE(allocationLength, 3);
    const task = bench.send(bench.nexus("a"), bytes);
    expect(Buffer.concat(task.dataIn).toString()).toBe(expected);
    expect(task.dataInLength).toBe(expected.length);
  });
});

describe("the trace", () => {
  it("tells of what failed, where and for whom", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a");
    bench.send(bench.nexus("holder"), cdb(0x16));
    bench.send(nexus, PING);
    bench.unit.reservation.reset();
    bench.send(nexus, cdb(0x13));
    bench.send(nexus, scatter(5, 1));
    bench.device.finish("medium-error");
    const { initiatorName } = nexus;
    const holder = `${makeNexus("holder").name} by RESERVE`;
    expect(bench.traced).toEqual([
      { type: "reservation-conflict", lun: 0, command: "PING", initiatorName, holder },
      {
        type: "check-condition",
        lun: 0,
        command: "operation code 13h",
        sense: "INVALID COMMAND OPERATION CODE",
        initiatorName,
      },
      { type: "device-error", lun: 0, detail: "unmap of 1 at 5: medium-error" },
      { type: "check-condition", lun: 0, command: "SCATTER", sense: "WRITE ERROR", initiatorName },
    ]);
  });
});
