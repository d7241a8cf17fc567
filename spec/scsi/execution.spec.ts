import { BufferPool } from "../../lib/base/buffer-pool";
import { Execution } from "../../lib/scsi/execution";
import { Task } from "../../lib/scsi/task";
import { TaskSet } from "../../lib/scsi/task-set";
import { cdb, makeNexus } from "./support/bench";

function borrowed(): { pool: BufferPool; execution: Execution; buffer: Uint8Array } {
  const fields = { lun: 0, tag: 1, attribute: "simple", dataInMax: 0, dataOutMax: 0 } as const;
  const task = new Task({ ...fields, nexus: makeNexus("a"), cdb: cdb(0) });
  const execution = new Execution(task, new TaskSet());
  const pool = new BufferPool({ limit: 1 << 20, waitersMax: 1 });
  return { pool, execution, buffer: execution.borrow(pool, 4096) };
}

describe("what an execution borrows", () => {
  it("becomes the task's Data-In", () => {
    const { execution, buffer } = borrowed();
    expect(execution.task.dataIn).toEqual([buffer]);
  });

  it("goes back to the pool when the task has been sent", () => {
    const { pool, execution, buffer } = borrowed();
    execution.task.release?.("sent");
    expect(pool.out).toBe(0);
    expect(pool.take(4096).buffer).toBe(buffer.buffer);
  });

  it("is not lent again when a dead connection may still hold it", () => {
    const { pool, execution, buffer } = borrowed();
    execution.task.release?.("dropped");
    expect(pool.out).toBe(0);
    expect(pool.take(4096).buffer).not.toBe(buffer.buffer);
  });
});
