/**
 * RECEIVE COPY STATUS, OPERATING PARAMETERS and FAILURE DETAILS (LID1): how far a copy of the same
 * nexus is, how it ended, and what copies may ask for. There is no RECEIVE COPY DATA, since no
 * descriptor that is taken has data held. [SPC-4 6.22, 6.23, 6.25]
 */
import {
  bits,
  encodeSense,
  flag,
  format,
  receiveCopyFailureDetailsLid1,
  receiveCopyOperatingParameters,
  receiveCopyStatusLid1,
  uint,
} from "node-scsi-cdb";
import { limits } from "../../base/limits";
import { type Command, command } from "../command";
import type { Task } from "../task";
import type { CopyOperation } from "../third-party-copy/copy-operations";
import {
  descriptorListLengthMax,
  implementedDescriptorTypes,
} from "../third-party-copy/parameter-list";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

/** COPY COMMAND STATUS. */
const CopyStatus = { IN_PROGRESS: 0, NO_ERRORS: 1, ERRORS: 2 } as const;
/** TRANSFER COUNT UNITS: the first of these in which the count fits its field. */
const BYTES = { units: 0, bytes: 1 };
const KIBIBYTES = { units: 1, bytes: 1024 };
const TRANSFER_COUNT_END = 2 ** 32;

const statusData = format({
  name: "RECEIVE COPY STATUS (LID1) parameter data",
  length: 12,
  fields: {
    availableData: uint(0, 4, "AVAILABLE DATA"),
    hdd: flag(4, 7, "HDD"),
    copyStatus: bits(4, 6, 0, "COPY COMMAND STATUS"),
    segmentsProcessed: uint(5, 2, "SEGMENTS PROCESSED"),
    transferCountUnits: uint(7, 1, "TRANSFER COUNT UNITS"),
    transferCount: uint(8, 4, "TRANSFER COUNT"),
  },
});

const operatingParameters = format({
  name: "RECEIVE COPY OPERATING PARAMETERS parameter data",
  length: 44,
  fields: {
    availableData: uint(0, 4, "AVAILABLE DATA"),
    snlid: flag(4, 0, "SNLID"),
    maximumTargetCount: uint(8, 2, "MAXIMUM CSCD DESCRIPTOR COUNT"),
    maximumSegmentCount: uint(10, 2, "MAXIMUM SEGMENT DESCRIPTOR COUNT"),
    maximumDescriptorListLength: uint(12, 4, "MAXIMUM DESCRIPTOR LIST LENGTH"),
    maximumSegmentLength: uint(16, 4, "MAXIMUM SEGMENT LENGTH"),
    maximumInlineDataLength: uint(20, 4, "MAXIMUM INLINE DATA LENGTH"),
    heldDataLimit: uint(24, 4, "HELD DATA LIMIT"),
    maximumStreamTransferSize: uint(28, 4, "MAXIMUM STREAM DEVICE TRANSFER SIZE"),
    totalConcurrentCopies: uint(34, 2, "TOTAL CONCURRENT COPIES"),
    maximumConcurrentCopies: uint(36, 1, "MAXIMUM CONCURRENT COPIES"),
    dataSegmentGranularity: uint(37, 1, "DATA SEGMENT GRANULARITY"),
    inlineDataGranularity: uint(38, 1, "INLINE DATA GRANULARITY"),
    heldDataGranularity: uint(39, 1, "HELD DATA GRANULARITY"),
    descriptorTypesLength: uint(43, 1, "IMPLEMENTED DESCRIPTOR LIST LENGTH"),
  },
});

const failureDetails = format({
  name: "RECEIVE COPY FAILURE DETAILS (LID1) parameter data",
  length: 60,
  fields: {
    availableData: uint(0, 4, "AVAILABLE DATA"),
    status: uint(56, 1, "EXTENDED COPY COMMAND STATUS"),
    senseDataLength: uint(58, 2, "SENSE DATA LENGTH"),
  },
});

/** AVAILABLE DATA counts what comes behind it. */
const AVAILABLE_DATA_LENGTH = 4;

function statusOf({ hasEnded, failure }: CopyOperation): number {
  if (!hasEnded) return CopyStatus.IN_PROGRESS;
  return failure === null ? CopyStatus.NO_ERRORS : CopyStatus.ERRORS;
}

function encodeStatus(operation: CopyOperation): Uint8Array {
  const { segmentsProcessed, bytesWritten } = operation;
  const { units, bytes } = bytesWritten < TRANSFER_COUNT_END ? BYTES : KIBIBYTES;
  return statusData.encode({
    availableData: statusData.length - AVAILABLE_DATA_LENGTH,
    copyStatus: statusOf(operation),
    segmentsProcessed,
    transferCountUnits: units,
    transferCount: Math.floor(bytesWritten / bytes),
  });
}

/** Nothing behind AVAILABLE DATA: no failure, or it has been told of. */
function encodeDetails({ failure, areDetailsHeld }: CopyOperation): Uint8Array {
  if (failure === null || !areDetailsHeld) return Buffer.alloc(AVAILABLE_DATA_LENGTH);
  const { status, sense } = failure;
  const data = sense === null ? Buffer.alloc(0) : encodeSense(sense, "fixed");
  const availableData = failureDetails.length - AVAILABLE_DATA_LENGTH + data.length;
  const head = failureDetails.encode({ availableData, status, senseDataLength: data.length });
  return Buffer.concat([head, data]);
}

/** The limits of the copies of a unit, and nothing of a particular one. */
function encodeParameters(): Uint8Array {
  const types = Uint8Array.from(implementedDescriptorTypes);
  const head = operatingParameters.encode({
    availableData: operatingParameters.length - AVAILABLE_DATA_LENGTH + types.length,
    snlid: true,
    maximumTargetCount: limits.copyTargetsMax,
    maximumSegmentCount: limits.copySegmentsMax,
    maximumDescriptorListLength: descriptorListLengthMax,
    maximumSegmentLength: limits.copySegmentLengthMax,
    totalConcurrentCopies: limits.tasksPerUnitMax,
    maximumConcurrentCopies: limits.copyOperationsMax,
    descriptorTypesLength: types.length,
  });
  return Buffer.concat([head, types]);
}

interface Asked {
  readonly listIdentifier: number;
  readonly allocationLength: number;
}

function answerStatus({ listIdentifier, allocationLength }: Asked, task: Task, unit: Unit): void {
  const operation = unit.copies.find(task, listIdentifier);
  if (operation?.isStatusHeld !== true) {
    return unit.fail(task, refuse(receiveCopyStatusLid1, "listIdentifier"));
  }
  const data = encodeStatus(operation);
  if (operation.hasEnded) operation.isStatusHeld = false;
  unit.copies.told(task, listIdentifier);
  unit.goodWithData(task, data, allocationLength);
}

/** What is not asked for in full is kept, unless nothing at all is: that means it may go. */
function answerDetails({ listIdentifier, allocationLength }: Asked, task: Task, unit: Unit): void {
  const operation = unit.copies.find(task, listIdentifier);
  if (operation?.hasEnded !== true) {
    return unit.fail(task, refuse(receiveCopyFailureDetailsLid1, "listIdentifier"));
  }
  const data = encodeDetails(operation);
  if (allocationLength === 0 || allocationLength >= data.length) operation.areDetailsHeld = false;
  unit.copies.told(task, listIdentifier);
  unit.goodWithData(task, data, allocationLength);
}

const traits = { reservation: "conflict", needsMedium: false, writes: false } as const;

export const receiveCopyResultsCommands: readonly Command[] = [
  command({ ...traits, row: receiveCopyStatusLid1, execute: answerStatus }),
  command({
    ...traits,
    row: receiveCopyOperatingParameters,
    execute: (cdb, task, unit) => unit.goodWithData(task, encodeParameters(), cdb.allocationLength),
  }),
  command({ ...traits, row: receiveCopyFailureDetailsLid1, execute: answerDetails }),
];
