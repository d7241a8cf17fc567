/**
 * EXTENDED COPY (LID1): copies blocks from a unit of the target to the same or another one. The
 * list is read and refused here; the copying is `third-party-copy/`. [SPC-4 6.5]
 */
import {
  INSUFFICIENT_RESOURCES,
  OPERATION_IN_PROGRESS,
  type Sense,
  SenseKey,
  extendedCopyLid1 as row,
  withKey,
} from "node-scsi-cdb";
import { gather } from "../../base/bytes";
import { limits } from "../../base/limits";
import { command } from "../command";
import type { Task } from "../task";
import { CopyOperation } from "../third-party-copy/copy-operations";
import {
  LENGTH_ERROR,
  parameterListLengthMax,
  parseCopyList,
} from "../third-party-copy/parameter-list";
import { ThirdPartyCopy } from "../third-party-copy/third-party-copy";
import type { Unit } from "../unit";

/** Another copy of the nexus has the list identifier, and is under way. [SPC-4 5.17.4.2] */
const IN_USE = withKey(SenseKey.ILLEGAL_REQUEST, OPERATION_IN_PROGRESS);

function begin(task: Task, unit: Unit, listIdentifier: number | null): CopyOperation | Sense {
  if (listIdentifier === null) return new CopyOperation(task);
  const operation = unit.copies.begin(task, listIdentifier);
  if (operation === "in-use") return { code: IN_USE };
  return operation === "full" ? { code: INSUFFICIENT_RESOURCES } : operation;
}

export const extendedCopyLid1 = command({
  row,
  reservation: "conflict",
  // Each unit that takes part is asked when its segment is processed, this one too.
  needsMedium: false,
  writes: false,
  check: (cdb) => (cdb.parameterListLength > parameterListLengthMax ? LENGTH_ERROR : null),
  dataOutLength: (cdb) => cdb.parameterListLength,
  execute({ parameterListLength }, task, unit) {
    if (parameterListLength === 0) return unit.good(task);
    const list = parseCopyList(gather(task.dataOut).subarray(0, parameterListLength));
    if ("code" in list) return unit.fail(task, list);
    unit.borrow(task, limits.copyPortionMax, (buffer) => {
      const operation = begin(task, unit, list.listIdentifier);
      if ("code" in operation) return unit.fail(task, operation);
      new ThirdPartyCopy({ task, unit, list, operation, buffer }).run();
    });
  },
});
