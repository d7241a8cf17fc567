import { INVALID_FIELD_IN_CDB } from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import type { CopyOperation } from "../../../lib/scsi/third-party-copy/copy-operations";
import { CopyOperations } from "../../../lib/scsi/third-party-copy/copy-operations";
import type { Nexus } from "../../../lib/scsi/nexus";
import { Task } from "../../../lib/scsi/task";
import { makeNexus } from "../support/bench";

function taskOf(nexus: Nexus): Task {
  const fields = { lun: 0, tag: 1, attribute: "simple", cdb: Buffer.alloc(16) } as const;
  return new Task({ ...fields, nexus, dataInMax: 0, dataOutMax: 0 });
}

const [a, b] = [makeNexus("a"), makeNexus("b")];

/** The operation of a copy that begins as it should. */
function begun(operations: CopyOperations, task: Task, listIdentifier: number): CopyOperation {
  const operation = operations.begin(task, listIdentifier);
  if (typeof operation === "string") throw new Error(operation);
  return operation;
}

describe("The copies that a unit knows", () => {
  it("[SPC-4 5.17.4.2] are of a nexus and a list identifier, which is used once at a time", () => {
    const operations = new CopyOperations();
    const first = begun(operations, taskOf(a), 1);
    expect(operations.begin(taskOf(a), 1)).toBe("in-use");
    const other = begun(operations, taskOf(b), 1);
    expect(operations.find(taskOf(a), 1)).toBe(first);
    expect(operations.find(taskOf(b), 1)).toBe(other);
    expect(operations.find(taskOf(a), 2)).toBeNull();
    first.end(null);
    expect(operations.find(taskOf(a), 1)).not.toBe(begun(operations, taskOf(a), 1));
  });

  it("have ended when their task is aborted", () => {
    const task = taskOf(a);
    const operations = new CopyOperations();
    const operation = begun(operations, task, 1);
    expect([operation.hasEnded, operation.failure]).toEqual([false, null]);
    task.isAborted = true;
    expect([operation.hasEnded, operation.failure]).toEqual([true, { status: 0x40, sense: null }]);
    begun(operations, taskOf(a), 1);
  });

  it("are forgotten when all has been told of them", () => {
    const operations = new CopyOperations();
    const failed = begun(operations, taskOf(a), 1);
    failed.end({ code: INVALID_FIELD_IN_CDB });
    failed.isStatusHeld = false;
    operations.told(taskOf(a), 1);
    expect(operations.find(taskOf(a), 1)).toBe(failed);
    failed.areDetailsHeld = false;
    operations.told(taskOf(a), 1);
    expect(operations.find(taskOf(a), 1)).toBeNull();
  });

  it("have their bound: the oldest that has ended goes for a new one", () => {
    const operations = new CopyOperations();
    const all = Array.from({ length: limits.copyOperationsMax }, (_, id) =>
      begun(operations, taskOf(a), id),
    );
    expect(operations.begin(taskOf(b), 0)).toBe("full");
    for (const id of [9, 5]) all[id]?.end(null);
    begun(operations, taskOf(b), 0);
    expect([5, 9].map((id) => operations.find(taskOf(a), id))).toEqual([null, all[9]]);
  });

  it("[SPC-4 6.25] go with their nexus, and with a reset of the unit", () => {
    const operations = new CopyOperations();
    for (const nexus of [a, b]) begun(operations, taskOf(nexus), 1).end(null);
    operations.nexusLost(a);
    expect(operations.find(taskOf(a), 1)).toBeNull();
    expect(operations.find(taskOf(b), 1)).not.toBeNull();
    operations.reset();
    expect(operations.find(taskOf(b), 1)).toBeNull();
  });
});
