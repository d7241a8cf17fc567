/**
 * READ BUFFER and WRITE BUFFER, in the modes that test the way to the unit; there is no microcode
 * to load and no error history. The buffers are `test-buffers.ts`. [SPC-4 6.18, 6.49]
 */
import {
  COMMAND_SEQUENCE_ERROR,
  type Cdb,
  type Sense,
  flag,
  format,
  readBuffer as readRow,
  uint,
  writeBuffer as writeRow,
} from "node-scsi-cdb";
import { assert } from "../../base/assert";
import { limits } from "../../base/limits";
import { command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

/** MODE */
const DATA = 0x02;
const DESCRIPTOR = 0x03;
const ECHO = 0x0a;
const ECHO_DESCRIPTOR = 0x0b;

/** The one BUFFER ID of the buffer for all nexuses. */
const BUFFER_ID = 0;

/** OFFSET BOUNDARY stays 0: any byte. */
const descriptor = format({
  name: "READ BUFFER descriptor",
  length: 4,
  fields: {
    offsetBoundary: uint(0, 1, "OFFSET BOUNDARY"),
    bufferCapacity: uint(1, 3, "BUFFER CAPACITY"),
  },
});

const echoDescriptor = format({
  name: "Echo buffer descriptor",
  length: 4,
  fields: {
    ebos: flag(0, 0, "EBOS"),
    bufferCapacity: uint(2, 2, "BUFFER CAPACITY", { high: 4 }),
  },
});

/** Whether a byte of the buffer for all nexuses stands there. */
function checkPlace(
  row: typeof readRow | typeof writeRow,
  { bufferId, bufferOffset }: { readonly bufferId: number; readonly bufferOffset: number },
): Sense | null {
  if (bufferId !== BUFFER_ID) return refuse(row, "bufferId");
  return bufferOffset < limits.testBufferLength ? null : refuse(row, "bufferOffset");
}

type Read = Cdb<typeof readRow>;

/** What each mode of READ BUFFER gives, or why it does not. */
const READ_MODES: Readonly<
  Record<number, (cdb: Read, task: Task, unit: Unit) => Uint8Array | Sense>
> = {
  [DATA]({ bufferOffset, allocationLength }, _task, unit) {
    const left = limits.testBufferLength - bufferOffset;
    return unit.testBuffers.read(bufferOffset, Math.min(left, allocationLength));
  },
  // Of a buffer that is not there it says zeros.
  [DESCRIPTOR]: ({ bufferId }) =>
    descriptor.encode({ bufferCapacity: bufferId === BUFFER_ID ? limits.testBufferLength : 0 }),
  [ECHO]: (_cdb, { nexus }, unit) =>
    unit.testBuffers.echoOf(nexus) ?? { code: COMMAND_SEQUENCE_ERROR },
  // EBOS: no nexus is given what another has written.
  [ECHO_DESCRIPTOR]: () =>
    echoDescriptor.encode({ ebos: true, bufferCapacity: limits.echoBufferMax }),
};

export const readBuffer = command({
  row: readRow,
  reservation: "read",
  needsMedium: false,
  writes: false,
  check(cdb) {
    if (READ_MODES[cdb.mode] === undefined) return refuse(readRow, "mode");
    return cdb.mode === DATA ? checkPlace(readRow, cdb) : null;
  },
  execute(cdb, task, unit) {
    const read = READ_MODES[cdb.mode];
    assert(read !== undefined, "the mode has been checked");
    const answer = read(cdb, task, unit);
    if ("code" in answer) unit.fail(task, answer);
    else unit.goodWithData(task, answer, cdb.allocationLength);
  },
});

function checkWrite(cdb: Cdb<typeof writeRow>): Sense | null {
  const { mode, modeSpecific, bufferOffset, parameterListLength } = cdb;
  if (mode !== DATA && mode !== ECHO) return refuse(writeRow, "mode");
  if (modeSpecific !== 0) return refuse(writeRow, "modeSpecific");
  const misplaced = mode === DATA ? checkPlace(writeRow, cdb) : null;
  if (misplaced !== null) return misplaced;
  const room = mode === DATA ? limits.testBufferLength - bufferOffset : limits.echoBufferMax;
  return parameterListLength <= room ? null : refuse(writeRow, "parameterListLength");
}

export const writeBuffer = command({
  row: writeRow,
  reservation: "conflict",
  needsMedium: false,
  writes: false,
  check: checkWrite,
  dataOutLength: ({ parameterListLength }) => parameterListLength,
  execute({ mode, bufferOffset }, task, unit) {
    if (mode === ECHO) unit.testBuffers.setEcho(task.nexus, task.dataOut);
    else unit.testBuffers.write(bufferOffset, task.dataOut);
    unit.good(task);
  },
});
