/**
 * Third-party Copy, 8Fh: by which commands blocks are copied, and what one of them may ask for; the
 * same as RECEIVE COPY OPERATING PARAMETERS tells. [SPC-4 Third-party Copy VPD page]
 */
import { extendedCopyLid1, format, receiveCopyStatusLid1, uint } from "node-scsi-cdb";
import { limits } from "../../base/limits";
import { isSupported } from "../command-table";
import {
  descriptorListLengthMax,
  implementedDescriptorTypes,
} from "../third-party-copy/parameter-list";
import { OWN_UNIT } from "../third-party-copy/segment-plan";
import type { Unit } from "../unit";
import { type VpdPage, afterHeader } from "./vpd-page";

const SUPPORTED_COMMANDS = 0x0001;
const PARAMETER_DATA = 0x0004;
const SUPPORTED_DESCRIPTORS = 0x0008;
const SUPPORTED_CSCD_IDS = 0x000c;
const GENERAL_COPY_OPERATIONS = 0x8001;

const descriptorHeader = format({
  name: "Third-party copy descriptor",
  length: 4,
  fields: {
    type: uint(0, 2, "THIRD-PARTY COPY DESCRIPTOR TYPE"),
    length: uint(2, 2, "THIRD-PARTY COPY DESCRIPTOR LENGTH"),
  },
});

const parameterData = format({
  name: "Parameter Data",
  length: 28,
  fields: {
    maximumTargetCount: uint(4, 2, "MAXIMUM CSCD DESCRIPTOR COUNT"),
    maximumSegmentCount: uint(6, 2, "MAXIMUM SEGMENT DESCRIPTOR COUNT"),
    maximumDescriptorListLength: uint(8, 4, "MAXIMUM DESCRIPTOR LIST LENGTH"),
    maximumInlineDataLength: uint(12, 4, "MAXIMUM INLINE DATA LENGTH"),
  },
});

const generalCopyOperations = format({
  name: "General Copy Operations",
  length: 32,
  fields: {
    totalConcurrentCopies: uint(0, 4, "TOTAL CONCURRENT COPIES"),
    maximumConcurrentCopies: uint(4, 4, "MAXIMUM IDENTIFIED CONCURRENT COPIES"),
    maximumSegmentLength: uint(8, 4, "MAXIMUM SEGMENT LENGTH"),
    dataSegmentGranularity: uint(12, 1, "DATA SEGMENT GRANULARITY"),
    inlineDataGranularity: uint(13, 1, "INLINE DATA GRANULARITY"),
  },
});

/** Beside the numbers of descriptors there is one, that of the unit itself. */
const supportedIds = format({
  name: "Supported CSCD IDs",
  length: 4,
  fields: {
    listLength: uint(0, 2, "SUPPORTED CSCD IDS LIST LENGTH"),
    id: uint(2, 2, "SUPPORTED CSCD ID"),
  },
});

/** Its length is a multiple of four, by zeros at the end. */
function descriptor(type: number, parameters: Uint8Array): Uint8Array {
  const length = Math.ceil(parameters.length / 4) * 4;
  const head = descriptorHeader.encode({ type, length });
  return Buffer.concat([head, parameters], head.length + length);
}

/** An operation code, with the service actions of it that the unit runs. */
function commandSupport(opcode: number, unit: Unit): Uint8Array {
  const actions = unit.commands
    .byOpcode(opcode)
    .filter((each) => isSupported(each, unit))
    .map(({ row }) => row.serviceAction ?? 0);
  return Buffer.of(opcode, actions.length, ...actions);
}

function supportedCommands(unit: Unit): Uint8Array {
  const opcodes = [extendedCopyLid1.opcode, receiveCopyStatusLid1.opcode];
  const list = Buffer.concat(opcodes.map((opcode) => commandSupport(opcode, unit)));
  return Buffer.of(list.length, ...list);
}

export const thirdPartyCopy: VpdPage = {
  name: "Third-party Copy",
  pageCode: 0x8f,
  encode: (unit) =>
    afterHeader(
      descriptor(SUPPORTED_COMMANDS, supportedCommands(unit)),
      descriptor(
        PARAMETER_DATA,
        parameterData.encode({
          maximumTargetCount: limits.copyTargetsMax,
          maximumSegmentCount: limits.copySegmentsMax,
          maximumDescriptorListLength: descriptorListLengthMax,
        }),
      ),
      descriptor(
        SUPPORTED_DESCRIPTORS,
        Buffer.of(implementedDescriptorTypes.length, ...implementedDescriptorTypes),
      ),
      descriptor(SUPPORTED_CSCD_IDS, supportedIds.encode({ listLength: 2, id: OWN_UNIT })),
      descriptor(
        GENERAL_COPY_OPERATIONS,
        generalCopyOperations.encode({
          totalConcurrentCopies: limits.tasksPerUnitMax,
          maximumConcurrentCopies: limits.copyOperationsMax,
          maximumSegmentLength: limits.copySegmentLengthMax,
        }),
      ),
    ),
};
