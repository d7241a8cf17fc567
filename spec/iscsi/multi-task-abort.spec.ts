import type { PduRow } from "../../lib/iscsi/pdu";
import { NO_TAG } from "../../lib/iscsi/pdu";
import { AsyncEvent } from "../../lib/iscsi/pdus/async-message";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import {
  TaskManagementFunctionCode as Code,
  TaskManagementResponseCode as Response,
} from "../../lib/iscsi/pdus/task-management";
import { type Initiator, World, pattern } from "./support/initiator";

const LUN_5 = Buffer.from("0005000000000000", "hex");

function begin(TaskReporting?: string): { world: World; initiator: Initiator } {
  const world = new World();
  world.device.isSlow = true;
  const keys = { InitialR2T: "Yes", ImmediateData: "No" };
  const all = TaskReporting === undefined ? keys : { ...keys, TaskReporting };
  return { world, initiator: world.logIn(all) };
}

/** Sends a write of two blocks, and gives what answers its R2T. */
function writing(initiator: Initiator, fields = {}): { tag: number; answer: () => void } {
  const tag = initiator.write(0, 2, fields);
  const { targetTransferTag } = initiator.takeOne();
  const dataOut = { initiatorTaskTag: tag, targetTransferTag, bufferOffset: 0 };
  return { tag, answer: () => initiator.dataOut(dataOut, pattern(1024)) };
}

describe("TaskReporting=ResponseFence", () => {
  it.each([Code.ABORT_TASK_SET, Code.CLEAR_TASK_SET, Code.LOGICAL_UNIT_RESET])(
    "[RFC7143 4.2.3.3] function %i is answered when the R2Ts of its tasks are",
    (code) => {
      const { world, initiator } = begin("ResponseFence");
      const first = writing(initiator);
      const second = writing(initiator);
      initiator.manage(code, { immediate: true });
      expect(world.device.tasks).toEqual([]);
      first.answer();
      expect(initiator.take()).toEqual([]);
      second.answer();
      expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
      expect(world.target.solicitedBytes).toBe(0);
    },
  );

  it("[RFC7143 4.2.3.3] waits for no task of another unit", () => {
    const { initiator } = begin("ResponseFence");
    writing(initiator, { lun: LUN_5 });
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
  });

  it("[RFC7143 4.2.3.3] sends no status behind the response, nor for a task that had ended", () => {
    const { world, initiator } = begin("ResponseFence");
    const { answer } = writing(initiator);
    world.device.finish(world.device.tasks[0] as never);
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    answer();
    expect(initiator.take()).toEqual([]);
  });

  it("[RFC7144 QUERY TASK] knows no task any more that waits for its data only", () => {
    const world = new World();
    world.device.isSlow = true;
    const order = { ImmediateData: "No", InitialR2T: "Yes", iSCSIProtocolLevel: "2" };
    const initiator = world.logIn({ ...order, TaskReporting: "ResponseFence" });
    const { tag } = writing(initiator);
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    initiator.manage(Code.QUERY_TASK, { immediate: true, referencedTaskTag: tag });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    expect(world.device.managed.map((one) => one.function)).toContain("query-task");
  });

  it("does not wait for data for ever", () => {
    const { world, initiator } = begin("ResponseFence");
    writing(initiator);
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    world.advance(2999);
    expect(initiator.take()).toEqual([]);
    world.advance(1);
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
  });

  it("forgets the function when the session ends meanwhile", () => {
    const { world, initiator } = begin("ResponseFence");
    writing(initiator);
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    initiator.disconnect();
    expect(world.target.sessions()).toEqual([]);
    expect(world.target.solicitedBytes).toBe(0);
  });

  it("lets the tag of a task be used again behind the response", () => {
    const { world, initiator } = begin("ResponseFence");
    const { tag, answer } = writing(initiator);
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    answer();
    initiator.take();
    initiator.read(0, 1, { initiatorTaskTag: tag });
    expect(world.device.tasks).toHaveLength(1);
  });
});

describe.each([undefined, "FastAbort"])("TaskReporting=%s", (TaskReporting) => {
  it("[RFC7143 4.2.3.4] answers without the data, and drops it when it comes", () => {
    const { world, initiator } = begin(TaskReporting);
    const { answer } = writing(initiator);
    initiator.manage(Code.ABORT_TASK_SET, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
    answer();
    expect(initiator.take()).toEqual([]);
    expect(world.device.tasks).toEqual([]);
  });
});

describe("an initiator whose tasks another one ends", () => {
  function third(TaskReporting?: string): { world: World; initiator: Initiator; other: Initiator } {
    const { world, initiator } = begin(TaskReporting);
    return { world, initiator, other: world.logIn({}, { isid: "00023d000002" }) };
  }

  it("[RFC7143 4.2.3.4, 11.9] with FastAbort is told once for each unit", () => {
    const { initiator, other } = third("FastAbort");
    writing(initiator);
    writing(initiator);
    initiator.read(0, 1, { lun: LUN_5 });
    other.manage(Code.TARGET_WARM_RESET, { immediate: true });
    const told = initiator.take();
    expect(told).toMatchObject([
      { name: "Asynchronous Message", asyncEvent: AsyncEvent.TASK_TERMINATION },
      { name: "Asynchronous Message", asyncEvent: AsyncEvent.TASK_TERMINATION },
    ]);
    const luns = told.map(({ lun }) => Buffer.from(lun).toString("hex"));
    expect(luns.sort()).toEqual(["0000000000000000", LUN_5.toString("hex")]);
    expect(other.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
  });

  it("[RFC7143 11.9.1] acknowledges by NOP-Out, which is not answered", () => {
    const { initiator, other } = third("FastAbort");
    initiator.read(0, 1);
    other.manage(Code.CLEAR_TASK_SET, { immediate: true });
    initiator.take();
    const fields = { immediate: true, initiatorTaskTag: NO_TAG, targetTransferTag: NO_TAG };
    initiator.send(nopOut as unknown as PduRow, fields);
    expect(initiator.take()).toEqual([]);
  });

  it("[RFC7143 4.2.3.4] is told again of tasks that came after", () => {
    const { initiator, other } = third("FastAbort");
    for (let round = 0; round < 2; round++) {
      initiator.read(0, 1);
      other.manage(Code.CLEAR_TASK_SET, { immediate: true });
      expect(initiator.takeOne()).toMatchObject({ asyncEvent: AsyncEvent.TASK_TERMINATION });
    }
  });

  it("[RFC7143 4.2.3.4] with FastAbort gets TASK ABORTED without the data it owed", () => {
    const { world, initiator, other } = third("FastAbort");
    world.device.hasTaskAbortedStatus = true;
    writing(initiator);
    other.manage(Code.CLEAR_TASK_SET, { immediate: true });
    expect(initiator.take()).toMatchObject([
      { asyncEvent: AsyncEvent.TASK_TERMINATION },
      { name: "SCSI Response", status: 0x40 },
    ]);
  });

  it.each([undefined, "ResponseFence"])("[RFC7143 4.2.3.4] with %s is not told", (reporting) => {
    const { initiator, other } = third(reporting);
    writing(initiator);
    other.manage(Code.CLEAR_TASK_SET, { immediate: true });
    expect(initiator.take()).toEqual([]);
    expect(other.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
  });

  it("is not told of what it ended itself", () => {
    const { initiator } = third("FastAbort");
    initiator.read(0, 1);
    initiator.manage(Code.CLEAR_TASK_SET, { immediate: true });
    expect(initiator.takeOne()).toMatchObject({ response: Response.FUNCTION_COMPLETE });
  });
});
