import { Status } from "node-scsi-cdb";
import { DataOut } from "../../lib/iscsi/data-out";
import { residualOf } from "../../lib/iscsi/residual";
import { Transfer } from "../../lib/iscsi/transfer";
import { Task } from "../../lib/scsi/task";

const nexus = { id: 1, name: "", initiatorName: "", initiatorPort: "", relativeTargetPort: 1 };

/** A write that expected `expectedLength` bytes and got `received` of them at once. */
function write(expectedLength: number, received: number): Task {
  const immediate = [Buffer.alloc(received)];
  const max = { immediateMax: 65536, unsolicitedMax: 65536 };
  const data = { immediate, immediateLength: received, hasMore: false, canRecover: false };
  return taskOf(expectedLength, new DataOut({ expectedLength, ...max, ...data }));
}

function taskOf(expectedLength: number, dataOut: DataOut | null): Task {
  const bhs = Buffer.alloc(48);
  const fields = {
    connection: null as never,
    bhs,
    isImmediate: false,
    expectedLength,
    dataOut,
    refusal: null,
    bidirectionalReadLength: 0,
  };
  const [dataInMax, dataOutMax] = dataOut === null ? [expectedLength, 0] : [0, expectedLength];
  const task = { nexus, lun: 0, tag: 1, attribute: "simple", cdb: Buffer.alloc(16) } as const;
  return new Task({ ...task, dataInMax, dataOutMax, transport: new Transfer(fields) });
}

describe("[RFC7143 11.4.5] the residual", () => {
  it("of a read that fails is all that was expected, whatever was read", () => {
    const task = taskOf(512, null);
    task.dataIn = [Buffer.alloc(512)];
    const residual = residualOf(task, Status.CHECK_CONDITION);
    expect(residual).toEqual({ overflow: false, underflow: true, count: 512 });
  });

  it("of a write that fails half-way is what did not come", () => {
    const task = write(2048, 512);
    task.dataOutLength = 2048;
    const residual = residualOf(task, Status.CHECK_CONDITION);
    expect(residual).toEqual({ overflow: false, underflow: true, count: 1536 });
  });

  it("[RFC7143 11.3.4] does not count what came beyond what the command takes", () => {
    const task = write(2048, 2048);
    task.dataOutLength = 512;
    const residual = residualOf(task, Status.GOOD);
    expect(residual).toEqual({ overflow: false, underflow: true, count: 1536 });
  });

  it("of a read cut short by its source is what the command asked for beyond it", () => {
    const task = taskOf(200, null);
    task.dataIn = [Buffer.alloc(512)];
    task.dataInLength = 1024;
    const residual = residualOf(task, Status.GOOD);
    expect(residual).toEqual({ overflow: true, underflow: false, count: 824 });
  });
});
