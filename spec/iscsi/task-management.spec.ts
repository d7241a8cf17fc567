import type { IscsiConfig } from "../../lib/iscsi/config";
import { NO_TAG } from "../../lib/iscsi/pdu";
import {
  TaskManagementFunctionCode as Code,
  TaskManagementResponseCode as Response,
} from "../../lib/iscsi/pdus/task-management";
import { type Initiator, World, pattern, senseOf } from "./support/initiator";

function begin(changes: Partial<IscsiConfig> = {}): { world: World; initiator: Initiator } {
  const world = new World(changes);
  world.device.isSlow = true;
  return { world, initiator: world.logIn({ InitialR2T: "No" }) };
}

describe("task management", () => {
  it.each([true, false])("[RFC7143 11.5.1] aborts a task, immediate: %s", (immediate) => {
    const { world, initiator } = begin();
    const tag = initiator.read(0, 1);
    initiator.manage(Code.ABORT_TASK, { immediate, referencedTaskTag: tag, refCmdSN: 100 });
    expect(initiator.takeOne()).toMatchObject({
      name: "Task Management Function Response",
      response: Response.FUNCTION_COMPLETE,
    });
    expect(world.device.tasks).toEqual([]);
    expect(world.device.releases).toEqual(["dropped"]);
    expect(initiator.take()).toEqual([]);
  });

  it("[RFC7143 11.5.5] counts a task not yet received as received, and ignores it then", () => {
    const { world, initiator } = begin();
    const fields = { immediate: true, cmdSN: 101, refCmdSN: 100, referencedTaskTag: 77 };
    initiator.manage(Code.ABORT_TASK, fields);
    expect(initiator.takeOne()).toMatchObject({
      response: Response.FUNCTION_COMPLETE,
      expCmdSN: 101,
    });
    initiator.read(0, 1, { cmdSN: 100, initiatorTaskTag: 77 });
    expect(world.device.arrived).toEqual([]);
  });

  it("aborts a task that waits for its turn in CmdSN order", () => {
    const { world, initiator } = begin();
    const tag = initiator.read(0, 1, { cmdSN: 101 });
    initiator.manage(Code.ABORT_TASK, {
      immediate: true,
      cmdSN: 102,
      refCmdSN: 101,
      referencedTaskTag: tag,
    });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    initiator.read(0, 1, { cmdSN: 100 });
    expect(world.device.arrived).toHaveLength(1);
  });

  it.each([
    ["task-does-not-exist", Response.TASK_DOES_NOT_EXIST],
    ["function-complete", Response.FUNCTION_COMPLETE],
  ] as const)("[RFC7143 11.6.1] answers for a task that has ended: %s", (choice, response) => {
    const { world, initiator } = begin({ abortOfEndedTask: choice });
    world.device.isSlow = false;
    const tag = initiator.read(0, 1);
    initiator.take();
    initiator.manage(Code.ABORT_TASK, { referencedTaskTag: tag, refCmdSN: 100 });
    expect(initiator.takeOne()).toMatchObject({ response });
  });

  it("[RFC7143 11.5.4, 11.6.1] knows no task with a RefCmdSN that is still to come", () => {
    const { initiator } = begin();
    initiator.manage(Code.ABORT_TASK, { referencedTaskTag: 5, refCmdSN: 150 });
    expect(initiator.takeOne()).toMatchObject({ response: Response.TASK_DOES_NOT_EXIST });
  });

  it.each([
    Code.ABORT_TASK_SET,
    Code.CLEAR_TASK_SET,
    Code.LOGICAL_UNIT_RESET,
    Code.TARGET_WARM_RESET,
  ])("[RFC7143 11.5.1] function %i ends the tasks, then answers", (code) => {
    const { world, initiator } = begin();
    initiator.read(0, 1);
    initiator.write(0, 1, {}, pattern(512));
    initiator.manage(code, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    expect(world.device.tasks).toEqual([]);
    expect(initiator.closed).toBe(null);
  });

  it("[RFC7143 4.2.3.2, 4.2.3.3] LUN RESET waits for the commands sent before it", () => {
    const { world, initiator } = begin();
    initiator.manage(Code.LOGICAL_UNIT_RESET, { immediate: true, cmdSN: 101 });
    expect(initiator.take()).toEqual([]);
    initiator.read(0, 1, { cmdSN: 100 });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    expect(world.device.tasks).toEqual([]);
  });

  it("[RFC7143 4.2.3.3] a target reset does not wait: what has not come will be ignored", () => {
    const { world, initiator } = begin();
    initiator.manage(Code.TARGET_WARM_RESET, { immediate: true, cmdSN: 103 });
    expect(initiator.takeOne()).toMatchObject({ expCmdSN: 103 });
    initiator.read(0, 1, { cmdSN: 101 });
    expect(world.device.arrived).toEqual([]);
  });

  it("[RFC7143 11.5.1] TARGET COLD RESET closes all sessions behind its response", () => {
    const { world, initiator } = begin();
    const other = world.logIn({}, { isid: "00023d000002" });
    initiator.manage(Code.TARGET_COLD_RESET, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    expect([initiator.closed, other.closed]).toEqual(["end", "end"]);
    expect(world.target.sessions()).toEqual([]);
  });

  it.each([
    [Code.TASK_REASSIGN, Response.TASK_ALLEGIANCE_REASSIGNMENT_NOT_SUPPORTED],
    [Code.QUERY_TASK, Response.TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED],
    [99, Response.TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED],
  ])("[RFC7143 11.6.1] function %i is answered with %i", (code, response) => {
    const { initiator } = begin();
    initiator.manage(code);
    expect(initiator.takeOne()).toMatchObject({ response });
  });

  it("[RFC7143 4.2.3.3] drops a status that waited for data, behind which the response comes", () => {
    const { world, initiator } = begin();
    const initiatorTaskTag = initiator.write(5000, 4, { final: false }, pattern(512));
    world.device.finish(world.device.tasks[0] as never);
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    initiator.dataOut(
      { initiatorTaskTag, targetTransferTag: NO_TAG, bufferOffset: 512 },
      pattern(8),
    );
    expect(initiator.take()).toEqual([]);
  });

  it("[SAM-5 7.4] CLEAR ACA drops no status that waited for data", () => {
    const { world, initiator } = begin();
    const initiatorTaskTag = initiator.write(5000, 2, { final: false }, pattern(512));
    world.device.finish(world.device.tasks[0] as never);
    initiator.manage(Code.CLEAR_ACA, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    initiator.dataOut(
      { initiatorTaskTag, targetTransferTag: NO_TAG, bufferOffset: 512 },
      pattern(512),
    );
    expect(initiator.takeOne()).toMatchObject({ name: "SCSI Response", status: 2 });
  });

  it("aborts a task whose data has failed and is still owed, without a word after", () => {
    const { initiator } = begin();
    const tag = initiator.write(0, 4, { final: false }, pattern(512));
    const fields = { initiatorTaskTag: tag, targetTransferTag: NO_TAG, dataSN: 9 };
    initiator.dataOut({ ...fields, final: false, bufferOffset: 512 }, pattern(512));
    initiator.manage(Code.ABORT_TASK, { referencedTaskTag: tag, refCmdSN: 100 });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    initiator.dataOut({ ...fields, dataSN: 1, bufferOffset: 1024 }, pattern(512));
    expect(initiator.take()).toEqual([]);
  });

  it("[SAM-5 5.3.1] tells TASK ABORTED to those who did not ask for it", () => {
    const { world, initiator } = begin();
    world.device.hasTaskAbortedStatus = true;
    initiator.read(0, 1);
    world.device.abort(world.device.tasks[0] as never);
    world.settle();
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "SCSI Response", status: 0x40 });
    expect(answer.data).toHaveLength(0);
  });

  it("takes no answer of the SCSI layer for a task whose data has failed", () => {
    const { world, initiator } = begin();
    const initiatorTaskTag = initiator.write(0, 4, { final: false }, pattern(512));
    const fields = { initiatorTaskTag, targetTransferTag: NO_TAG, bufferOffset: 512, dataSN: 9 };
    initiator.dataOut(fields, pattern(512));
    expect(senseOf(initiator.takeOne())).toBe("b/47/05");
    expect(world.device.tasks).toEqual([]);
  });
});

describe("the functions of RFC 7144", () => {
  const { QUERY_TASK, QUERY_TASK_SET, I_T_NEXUS_RESET, QUERY_ASYNCHRONOUS_EVENT } = Code;
  const all = [QUERY_TASK, QUERY_TASK_SET, I_T_NEXUS_RESET, QUERY_ASYNCHRONOUS_EVENT];

  function beginUpdated(): { world: World; initiator: Initiator } {
    const world = new World();
    world.device.isSlow = true;
    return { world, initiator: world.logIn({ iSCSIProtocolLevel: "2" }) };
  }

  it.each(all)(
    "[RFC7144 iSCSIProtocolLevel] function %i is refused below iSCSIProtocolLevel 2",
    (code) => {
      const { world, initiator } = begin();
      initiator.manage(code);
      const response = Response.TASK_MANAGEMENT_FUNCTION_NOT_SUPPORTED;
      expect(initiator.takeOne()).toMatchObject({ response });
      expect(world.device.managed).toEqual([]);
    },
  );

  it.each(all)("[RFC7144 4.2.1] function %i is the SCSI layer's at level 2", (code) => {
    const { world, initiator } = beginUpdated();
    initiator.manage(code, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    expect(world.device.managed).toHaveLength(1);
  });

  it("[RFC7144 QUERY TASK] QUERY TASK succeeds for a task that runs, and ends nothing", () => {
    const { world, initiator } = beginUpdated();
    const tag = initiator.read(0, 1);
    initiator.manage(QUERY_TASK, { referencedTaskTag: tag, refCmdSN: 100 });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_SUCCEEDED });
    expect(world.device.tasks).toHaveLength(1);
  });

  it("[RFC7144 QUERY TASK] QUERY TASK succeeds for a task that waits for its turn", () => {
    const { initiator } = beginUpdated();
    const tag = initiator.read(0, 1, { cmdSN: 101 });
    const fields = { immediate: true, cmdSN: 102, refCmdSN: 101, referencedTaskTag: tag };
    initiator.manage(QUERY_TASK, fields);
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_SUCCEEDED });
  });

  it("[RFC7144 QUERY ASYNCHRONOUS EVENT] brings the Additional Response Information", () => {
    const { world, initiator } = beginUpdated();
    world.device.event = Buffer.from("162907", "hex");
    initiator.manage(QUERY_ASYNCHRONOUS_EVENT);
    const answer = initiator.takeOne();
    expect(answer["response"]).toBe(Response.FUNCTION_SUCCEEDED);
    expect(Buffer.from(answer["additionalResponseInformation"]).toString("hex")).toBe("162907");
  });

  it("[RFC7143 4.2.3.3] I_T NEXUS RESET waits for the commands sent before it", () => {
    const { initiator } = beginUpdated();
    initiator.manage(I_T_NEXUS_RESET, { immediate: true, cmdSN: 101 });
    expect(initiator.take()).toEqual([]);
    initiator.read(0, 1, { cmdSN: 100 });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
  });

  it("[RFC7144 PRI] a command may have any priority", () => {
    const world = new World();
    const initiator = world.logIn({ iSCSIProtocolLevel: "2" });
    for (const priority of [0, 1, 15]) {
      initiator.read(0, 1, { priority });
      expect(initiator.takeOne()).toMatchObject({ hasStatus: true, status: 0 });
    }
  });
});

describe("task management in a session of several connections", () => {
  function beginTwo(): { world: World; leading: Initiator; other: Initiator } {
    const world = new World();
    world.device.isSlow = true;
    const leading = world.logIn({ MaxConnections: "2" });
    return { world, leading, other: world.join(leading, 1) };
  }

  it("[RFC7143 11.5.1] does not abort a task by another connection than the one it is allegiant to", () => {
    const { world, leading, other } = beginTwo();
    const referencedTaskTag = leading.read(0, 1);
    other.manage(Code.ABORT_TASK, { immediate: true, referencedTaskTag, refCmdSN: 100 });
    expect(other.takeOne()).toMatchObject({ response: Response.TASK_STILL_ALLEGIANT });
    expect(world.device.tasks).toHaveLength(1);
    leading.manage(Code.ABORT_TASK, { immediate: true, referencedTaskTag, refCmdSN: 100 });
    expect(leading.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    expect(world.device.tasks).toEqual([]);
  });

  it("[RFC7143 11.5.1] aborts a task by any connection once its own was logged out", () => {
    const { world, leading, other } = beginTwo();
    const referencedTaskTag = other.read(0, 1);
    const { taskManagementReceived } = world.device;
    world.device.taskManagementReceived = () => undefined;
    leading.logOut({ reason: 1, cid: 1, immediate: true });
    world.join(leading, 1);
    world.device.taskManagementReceived = taskManagementReceived;
    leading.manage(Code.ABORT_TASK, { immediate: true, referencedTaskTag, refCmdSN: 100 });
    expect(leading.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    expect(world.device.tasks).toEqual([]);
  });

  it.each([Code.ABORT_TASK_SET, Code.CLEAR_TASK_SET, Code.LOGICAL_UNIT_RESET])(
    "[RFC7143 4.2.3.3] function %i waits for earlier commands of all connections, and ends them",
    (code) => {
      const { world, leading, other } = beginTwo();
      other.manage(code, { immediate: true, cmdSN: 102 });
      leading.read(0, 1, { cmdSN: 101 });
      expect([leading.take(), other.take()]).toEqual([[], []]);
      other.read(0, 1, { cmdSN: 100 });
      expect(world.device.tasks).toEqual([]);
      expect(world.device.arrived).toHaveLength(2);
      leading.acknowledge();
      const [response] = other.take();
      expect(response).toMatchObject({ response: Response.FUNCTION_COMPLETE });
      expect(leading.take().map(({ name }) => name)).toEqual(["NOP-In"]);
    },
  );

  it("[RFC7143 4.2.3.3] leaves commands alone that come behind the function", () => {
    const { world, leading, other } = beginTwo();
    const later = leading.read(0, 1, { cmdSN: 102 });
    other.manage(Code.ABORT_TASK_SET, { cmdSN: 101 });
    other.read(0, 1, { cmdSN: 100 });
    expect(world.device.tasks.map(({ tag }) => tag)).toEqual([later]);
    expect(other.take()).toEqual([]);
  });

  it.each([
    ["ABORT TASK SET spares", Code.ABORT_TASK_SET, [101]],
    ["LOGICAL UNIT RESET ends", Code.LOGICAL_UNIT_RESET, []],
  ])("[RFC7143 11.5.1] %s what is behind it and began before it came", (_, code, left) => {
    const { world, leading, other } = beginTwo();
    const tags = new Map([100, 101].map((cmdSN) => [cmdSN, leading.read(0, 1, { cmdSN })]));
    leading.read(0, 1, { immediate: true, cmdSN: 101 });
    other.manage(code, { immediate: true, cmdSN: 101 });
    expect(world.device.tasks.map(({ tag }) => tag)).toEqual(left.map((cmdSN) => tags.get(cmdSN)));
    leading.acknowledge();
    expect(other.take()[0]).toMatchObject({ response: Response.FUNCTION_COMPLETE });
  });

  it("forgets a function that waits when its connection is logged out", () => {
    const { world, leading, other } = beginTwo();
    other.manage(Code.LOGICAL_UNIT_RESET, { cmdSN: 101 });
    leading.logOut({ reason: 1, cid: 1, immediate: true });
    leading.take();
    leading.read(0, 1, { cmdSN: 100 });
    expect(world.device.managed).toEqual([]);
    expect(other.take()).toEqual([]);
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    expect(leading.takeOne()).toMatchObject({ expCmdSN: 102, maxCmdSN: 229 });
  });
});
