import { Status } from "node-scsi-cdb";
import { BufferPool } from "../../lib/base/buffer-pool";
import { TargetPortGroups } from "../../lib/scsi/alua";
import type { Nexus } from "../../lib/scsi/nexus";
import { TargetDevice } from "../../lib/scsi/target-device";
import { Task } from "../../lib/scsi/task";
import { Bench, cdb, makeNexus } from "./support/bench";
import { fakeCommands } from "./support/fake-commands";

const LOOK = Buffer.from([0x12, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

function dataOf(task: Task): string {
  return Buffer.concat(task.dataIn).toString();
}

const POWER_ON = "POWER ON, RESET, OR BUS DEVICE RESET OCCURRED";

describe("a LUN", () => {
  it.each([
    [0x7f, "INVALID COMMAND OPERATION CODE"],
    [0x00, undefined],
  ])("[SPC-4 4.3] answers a CDB of 32 bytes by its operation code %i", (opcode, text) => {
    const bench = new Bench();
    const task = bench.send(bench.nexus("a"), Buffer.concat([cdb(opcode), Buffer.alloc(16, 1)]));
    expect(bench.ended).toEqual([task]);
    expect(task.sense?.code.text).toBe(text);
  });

  it("leads to its unit", () => {
    const bench = new Bench();
    const a = bench.nexus("a");
    bench.send(a, cdb(0x28, 1, 1), { lun: 5 });
    expect([0, 5].map((lun) => bench.target.unitAt(lun)?.taskCount)).toEqual([0, 1]);
  });

  it.each([9, null])("[SAM-5 5.11] %s, with no unit, knows INQUIRY and its like alone", (lun) => {
    const bench = new Bench();
    const a = bench.nexus("a");
    expect(dataOf(bench.send(a, LOOK, { lun }))).toBe("vacant");
    expect(bench.send(a, cdb(0x00), { lun }).sense?.code.text).toBe("LOGICAL UNIT NOT SUPPORTED");
  });

  it("[SAM-5 5.11] is answered by a target that has no unit at all", () => {
    const ended: Task[] = [];
    const target = new TargetDevice({
      units: [],
      commands: fakeCommands,
      buffers: new BufferPool({ limit: 4096, waitersMax: 1 }),
      trace: () => {},
    });
    target.attach({ receiveDataOut: () => {}, sendCommandComplete: (task) => ended.push(task) });
    const nexus = makeNexus("a");
    target.nexusEstablished(nexus);
    const fields = { lun: 0, tag: 1, attribute: "simple", dataInMax: 255, dataOutMax: 0 } as const;
    target.commandReceived(new Task({ ...fields, nexus, cdb: LOOK }));
    expect(ended.map(dataOf)).toEqual(["vacant"]);
    const responses: string[] = [];
    target.taskManagementReceived({
      function: "target-warm-reset",
      nexus,
      lun: null,
      referencedTag: 0,
      onDone: (response) => responses.push(response),
    });
    expect(responses).toEqual(["function-complete"]);
  });

  it("is taken once", () => {
    const bench = new Bench();
    const { profile } = bench.unit;
    const unit = { profile, device: bench.device };
    const shared = { commands: fakeCommands, buffers: bench.buffers, trace: () => {} };
    expect(() => new TargetDevice({ ...shared, units: [unit, unit] })).toThrow("one unit at a LUN");
  });
});

describe("the access by a port", () => {
  const states = new Map([[2, "active-non-optimized"]] as const);

  function paired(): { bench: Bench; nexus: Nexus; task: () => string | undefined } {
    const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
    const bench = new Bench({ access: () => new TargetPortGroups(groups) });
    const nexus = bench.nexus("a");
    return { bench, nexus, task: () => bench.send(nexus, cdb(0x00)).sense?.code.text };
  }

  it("[SPC-4 5.11.2.3] that changes is told to every nexus, once", () => {
    const { bench, task } = paired();
    for (let times = 0; times < 2; times++) bench.target.setAccess(0, states);
    expect(bench.unit.access.groupOf(2).state).toBe("active-non-optimized");
    expect([task(), task()]).toEqual(["ASYMMETRIC ACCESS STATE CHANGED", undefined]);
    bench.target.setAccess(0, states);
    expect(task()).toBeUndefined();
  });

  it("is of each unit alone", () => {
    const { bench } = paired();
    bench.target.setAccess(0, states);
    expect(bench.target.unitAt(5)?.access.groupOf(2).state).toBe("active-optimized");
  });

  it("[SPC-4 5.11.2.5] refuses what the state of the port does not let through", () => {
    const { bench, task } = paired();
    bench.target.setAccess(0, new Map([[1, "transitioning"]] as const));
    expect(task()).toBe("ASYMMETRIC ACCESS STATE CHANGED");
    expect(task()).toMatch(/ASYMMETRIC ACCESS STATE TRANSITION/);
  });
});

describe("a nexus", () => {
  it("[SAM-5 5.14] is told of the power on by each unit, once", () => {
    const bench = new Bench();
    const a = bench.nexus("a", true);
    for (const lun of [0, 5]) {
      const tasks = [1, 2].map(() => bench.send(a, cdb(0x00), { lun }));
      expect(tasks.map(({ sense }) => sense?.code.text)).toEqual([POWER_ON, undefined]);
    }
  });

  it("[SAM-5 6.3.4] that is lost takes its tasks and its reservation along, and no other's", () => {
    const bench = new Bench();
    const [a, b] = [bench.nexus("a"), bench.nexus("b")];
    const others = bench.send(b, cdb(0x28, 1, 1));
    bench.send(a, cdb(0x16));
    const own = [0, 5].map((lun) => bench.send(a, cdb(0x28, 1, 1), { lun }));
    bench.target.nexusLost(a);
    expect(own.map((task) => task.isAborted)).toEqual([true, true]);
    expect([others.isAborted, bench.unit.reservation.holdsSpc2(a.name)]).toEqual([false, false]);
    bench.device.finishAll();
    expect(bench.ended.slice(1)).toEqual([others, ...own]);
  });

  it("[SAM-5 6.3.4] that returns is told of the loss", () => {
    const bench = new Bench();
    bench.target.nexusLost(bench.nexus("a"));
    const task = bench.send(bench.nexus("a", true), cdb(0x00));
    expect([task.status, task.sense?.code.text]).toEqual([
      Status.CHECK_CONDITION,
      "I_T NEXUS LOSS OCCURRED",
    ]);
  });

  it("that returns finds its reservation gone", () => {
    const bench = new Bench();
    const a = bench.nexus("a");
    bench.send(a, cdb(0x16));
    bench.target.nexusLost(a);
    expect(bench.send(bench.nexus("b"), cdb(0x00)).status).toBe(Status.GOOD);
  });
});
