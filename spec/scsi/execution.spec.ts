import { BufferPool } from "../../lib/base/buffer-pool";
import { Execution } from "../../lib/scsi/execution";
import { Task } from "../../lib/scsi/task";
import { cdb, makeNexus } from "./support/bench";

function borrowed(): { pool: BufferPool; execution: Execution; buffers: Uint8Array[] } {
  const fields = { lun: 0, tag: 1, attribute: "simple", dataInMax: 0, dataOutMax: 0 } as const;
  const execution = new Execution(new Task({ ...fields, nexus: makeNexus("a"), cdb: cdb(0) }));
  const pool = new BufferPool({ limit: 1 << 20, waitersMax: 1 });
  const buffers = [4096, 8192].map((length) => execution.borrow(pool, length));
  return { pool, execution, buffers };
}

describe("what an execution borrows", () => {
  it("becomes the task's Data-In, in order", () => {
    const { execution, buffers } = borrowed();
    expect(execution.task.dataIn).toEqual(buffers);
  });

  it("goes back to the pool when the task has been sent", () => {
    const { pool, execution, buffers } = borrowed();
    execution.task.release?.("sent");
    expect(pool.out).toBe(0);
    expect(pool.take(4096).buffer).toBe(buffers[0]?.buffer);
  });

  it("is not lent again when a dead connection may still hold it", () => {
    const { pool, execution, buffers } = borrowed();
    execution.task.release?.("dropped");
    expect(pool.out).toBe(0);
    expect(pool.take(4096).buffer).not.toBe(buffers[0]?.buffer);
  });
});
