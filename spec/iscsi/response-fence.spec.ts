import {
  BUS_DEVICE_RESET_FUNCTION_OCCURRED,
  LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE,
} from "node-scsi-cdb";
import { TaskManagementFunctionCode as Code } from "../../lib/iscsi/pdus/task-management";
import type { Task } from "../../lib/scsi/task";
import { type Initiator, World } from "./support/initiator";

const RESET = { immediate: true };

function begin(): { world: World; leading: Initiator; other: Initiator } {
  const world = new World();
  world.device.isSlow = true;
  const leading = world.logIn({ MaxConnections: "3" });
  return { world, leading, other: world.join(leading, 1) };
}

/** What came, in short. */
function names(initiator: Initiator): string[] {
  return initiator.take().map(({ name }) => name);
}

const DONE = "Task Management Function Response";

describe("[RFC7143 4.2.2.3] the response fence", () => {
  it("keeps a reset's answer back until every status before it is acknowledged", () => {
    const { world, leading, other } = begin();
    const third = world.join(leading, 2);
    for (const initiator of [other, third]) initiator.read(0, 1);
    for (const task of [...world.device.tasks]) world.device.finish(task);
    world.settle();
    leading.manage(Code.LOGICAL_UNIT_RESET, RESET);
    expect([leading, other, third].map(names)).toEqual([
      [],
      ["SCSI Data-In", "NOP-In"],
      ["SCSI Data-In", "NOP-In"],
    ]);
    other.acknowledge({ expStatSN: 1 });
    third.acknowledge();
    expect(names(leading)).toEqual([]);
    other.acknowledge();
    expect(names(leading)).toEqual([DONE, "NOP-In"]);
  });

  it("keeps the statuses of others back until the answer is acknowledged, in their order", () => {
    const { world, leading, other } = begin();
    leading.manage(Code.ABORT_TASK_SET, RESET);
    const tags = [0, 0].map((expStatSN) => other.read(0, 1, { expStatSN }));
    const own = leading.read(0, 1);
    for (const task of [...world.device.tasks]) world.device.finish(task);
    world.settle();
    expect(leading.takeOne()).toMatchObject({ initiatorTaskTag: own });
    expect(names(other)).toEqual(["NOP-In"]);
    other.acknowledge();
    expect([names(leading), names(other)]).toEqual([[DONE, "NOP-In"], []]);
    leading.acknowledge();
    expect(other.take().map(({ initiatorTaskTag }) => initiatorTaskTag)).toEqual(tags);
    expect(world.device.borrowed).toBe(0);
  });

  it("is acknowledged by any PDU, and needs no answer to its ping", () => {
    const { leading, other } = begin();
    leading.manage(Code.LOGICAL_UNIT_RESET, RESET);
    other.read(0, 1);
    expect(names(leading)).toEqual([DONE, "NOP-In"]);
  });

  it("is raised for a unit attention, not for other statuses", () => {
    const { world, leading, other } = begin();
    const [told, failed] = [leading.read(0, 1), leading.read(0, 1)];
    const [first, second] = world.device.tasks as [Task, Task];
    world.device.dataOutFailed(second, { code: LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE });
    world.settle();
    expect(leading.takeOne()).toMatchObject({ initiatorTaskTag: failed, status: 2 });
    world.device.dataOutFailed(first, { code: BUS_DEVICE_RESET_FUNCTION_OCCURRED });
    world.settle();
    expect([names(leading), names(other)]).toEqual([[], ["NOP-In"]]);
    other.acknowledge();
    expect(leading.take()[0]).toMatchObject({ initiatorTaskTag: told, status: 2 });
  });

  it("answers no unit attention whose command is aborted meanwhile", () => {
    const { world, leading, other } = begin();
    const referencedTaskTag = leading.read(0, 1);
    const [task] = world.device.tasks as [Task];
    world.device.dataOutFailed(task, { code: BUS_DEVICE_RESET_FUNCTION_OCCURRED });
    leading.manage(Code.ABORT_TASK, { immediate: true, referencedTaskTag, refCmdSN: 100 });
    other.acknowledge();
    expect(names(leading)).toEqual([DONE, "NOP-In"]);
    expect(world.device.releases).toEqual(["dropped"]);
  });

  it("is raised again for a function that ends meanwhile", () => {
    const { leading, other } = begin();
    leading.manage(Code.LOGICAL_UNIT_RESET, RESET);
    other.manage(Code.LOGICAL_UNIT_RESET, RESET);
    expect([names(leading), names(other)]).toEqual([[DONE, "NOP-In"], ["NOP-In"]]);
    leading.acknowledge();
    expect([names(leading), names(other)]).toEqual([["NOP-In"], []]);
    leading.acknowledge();
    expect([names(leading), names(other)]).toEqual([[], [DONE, "NOP-In"]]);
  });

  it("answers no command that was aborted while its status was held", () => {
    const { world, leading, other } = begin();
    leading.manage(Code.LOGICAL_UNIT_RESET, RESET);
    const referencedTaskTag = other.read(0, 1, { cmdSN: 100 });
    leading.take();
    other.take();
    world.device.finish(world.device.tasks[0] as never);
    other.manage(Code.ABORT_TASK, { immediate: true, referencedTaskTag, refCmdSN: 100 });
    expect(names(other)).toEqual([]);
    leading.acknowledge();
    expect(names(other)).toEqual([DONE]);
    expect(world.device.releases).toEqual(["dropped"]);
  });

  it.each([
    ["the one it waits for", 1],
    ["its own", 0],
  ])("falls when %s is logged out", (_, cid) => {
    const { world, leading, other } = begin();
    const third = world.join(leading, 2);
    leading.manage(Code.LOGICAL_UNIT_RESET, RESET);
    third.acknowledge();
    third.take();
    third.logOut({ immediate: true, reason: 1, cid });
    other.acknowledge();
    leading.acknowledge();
    const tag = third.read(0, 1, { cmdSN: 100 });
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    expect(third.take().map(({ initiatorTaskTag }) => initiatorTaskTag)).toContain(tag);
    expect(names(leading)).toEqual(cid === 1 ? [DONE, "NOP-In"] : []);
  });

  it("is not raised in a session with one connection", () => {
    const world = new World();
    const initiator = world.logIn({ MaxConnections: "3" });
    initiator.manage(Code.LOGICAL_UNIT_RESET, RESET);
    expect(names(initiator)).toEqual([DONE]);
  });

  it("[RFC7143 11.5.1] TARGET COLD RESET closes other sessions at once, its own behind the answer", () => {
    const { world, leading, other } = begin();
    const stranger = world.logIn({}, { isid: "00023d000002" });
    leading.manage(Code.TARGET_COLD_RESET, RESET);
    expect([stranger, leading, other].map(({ closed }) => closed)).toEqual(["end", null, null]);
    other.acknowledge();
    expect(names(leading)).toEqual([DONE]);
    expect([leading.closed, other.closed]).toEqual(["end", "end"]);
  });
});
