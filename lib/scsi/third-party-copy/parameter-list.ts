/**
 * The parameter list of EXTENDED COPY (LID1): its header, the descriptors of the units that take
 * part (CSCDs), and those of the segments to copy. What is wrong here is found before any segment
 * is processed; which units are meant is found out then. [SPC-4 6.5, 5.17.7.3]
 */
import {
  type FieldPointer,
  INLINE_DATA_LENGTH_EXCEEDED,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  type SenseCode,
  TOO_MANY_SEGMENT_DESCRIPTORS,
  TOO_MANY_TARGET_DESCRIPTORS,
  UNSUPPORTED_TARGET_DESCRIPTOR_TYPE_CODE,
  bits,
  flag,
  format,
  invalidFieldInParameterList,
  octets,
  uint,
} from "node-scsi-cdb";
import { limits } from "../../base/limits";
import { type Segment, parseSegment, segmentLengthMax, segmentTypes } from "./segment-descriptor";

/** A unit that takes part, as its descriptor says. */
export interface TargetDescriptor {
  /** Where it stands in the parameter list. */
  readonly at: number;
  readonly peripheralDeviceType: number;
  readonly codeSet: number;
  readonly association: number;
  readonly designatorType: number;
  readonly designator: Uint8Array;
  /** PAD: what does not fill its last block is filled up with zeros. */
  readonly pad: boolean;
  /** Bytes of a block; 0: as the unit has it. */
  readonly blockLength: number;
}

export interface CopyList {
  /** null: nobody will ask after this copy. */
  readonly listIdentifier: number | null;
  readonly targets: readonly TargetDescriptor[];
  readonly segments: readonly Segment[];
}

/** LIST ID USAGE; with `NONE` there is no identifier. [SPC-4 6.4.3.2] */
const ListIdUsage = { HOLD: 0, DISCARD: 2, NONE: 3 } as const;
const LIST_ID_USAGES: readonly number[] = Object.values(ListIdUsage);

export const header = format({
  name: "EXTENDED COPY (LID1) parameter list",
  length: 16,
  fields: {
    listIdentifier: uint(0, 1, "LIST IDENTIFIER"),
    str: flag(1, 5, "STR"),
    listIdUsage: bits(1, 4, 3, "LIST ID USAGE"),
    priority: bits(1, 2, 0, "PRIORITY"),
    targetsLength: uint(2, 2, "CSCD DESCRIPTOR LIST LENGTH"),
    segmentsLength: uint(8, 4, "SEGMENT DESCRIPTOR LIST LENGTH"),
    inlineLength: uint(12, 4, "INLINE DATA LENGTH"),
  },
});

/** [SPC-4 6.4.5.6] */
export const targetDescriptor = format({
  name: "Identification Descriptor CSCD descriptor",
  length: 32,
  fields: {
    type: uint(0, 1, "DESCRIPTOR TYPE CODE"),
    luIdType: bits(1, 7, 6, "LU ID TYPE", { ignored: true }),
    nul: flag(1, 5, "Obsolete", { ignored: true }),
    peripheralDeviceType: bits(1, 4, 0, "PERIPHERAL DEVICE TYPE"),
    relativeInitiatorPort: uint(2, 2, "RELATIVE INITIATOR PORT IDENTIFIER", { ignored: true }),
    codeSet: bits(4, 3, 0, "CODE SET"),
    association: bits(5, 5, 4, "ASSOCIATION"),
    designatorType: bits(5, 3, 0, "DESIGNATOR TYPE"),
    designatorLength: uint(7, 1, "DESIGNATOR LENGTH"),
    designator: octets(8, 20, "DESIGNATOR"),
    pad: flag(28, 2, "PAD"),
    blockLength: uint(29, 3, "DISK BLOCK LENGTH"),
  },
});

export const IDENTIFICATION_DESCRIPTOR = 0xe4;

/** DESCRIPTOR TYPE CODEs of all descriptors that are taken, ascending. */
export const implementedDescriptorTypes: readonly number[] = [
  ...segmentTypes,
  IDENTIFICATION_DESCRIPTOR,
];

/** MAXIMUM DESCRIPTOR LIST LENGTH. */
export const descriptorListLengthMax =
  limits.copyTargetsMax * targetDescriptor.length + limits.copySegmentsMax * segmentLengthMax;
/** Bytes of the longest list. */
export const parameterListLengthMax = header.length + descriptorListLengthMax;

export const LENGTH_ERROR: Sense = { code: PARAMETER_LIST_LENGTH_ERROR };

/** Sense that points into the parameter list. */
function wrong(code: SenseCode, pointer: FieldPointer): Sense {
  return { code, field: { ...pointer, in: "data" } };
}

function checkHeader(list: Uint8Array): Sense | null {
  const fields = header.decode(list);
  const { listIdentifier, listIdUsage, targetsLength, segmentsLength, inlineLength } = fields;
  const refuse = (field: keyof typeof fields): Sense =>
    invalidFieldInParameterList(header.pointer(field));
  const reserved = header.firstReservedBit(list);
  if (reserved !== null) return invalidFieldInParameterList(reserved);
  if (!LIST_ID_USAGES.includes(listIdUsage)) return refuse("listIdUsage");
  if (listIdUsage === ListIdUsage.NONE && listIdentifier !== 0) return refuse("listIdentifier");
  const length = targetsLength + segmentsLength;
  if (length > descriptorListLengthMax || header.length + length > list.length) return LENGTH_ERROR;
  // Inline data is for segments of types that are not taken.
  if (inlineLength > 0) return wrong(INLINE_DATA_LENGTH_EXCEEDED, header.pointer("inlineLength"));
  return targetsLength % targetDescriptor.length === 0 ? null : refuse("targetsLength");
}

function parseTarget(list: Uint8Array, at: number): TargetDescriptor | Sense {
  if (list[at] !== IDENTIFICATION_DESCRIPTOR) {
    return wrong(UNSUPPORTED_TARGET_DESCRIPTOR_TYPE_CODE, { byte: at, bit: 7 });
  }
  const reserved = targetDescriptor.firstReservedBit(list, at);
  if (reserved !== null) {
    return invalidFieldInParameterList({ byte: at + reserved.byte, bit: reserved.bit });
  }
  const { designatorLength, designator, ...fields } = targetDescriptor.decode(list, at);
  if (designatorLength > designator.length) {
    return invalidFieldInParameterList(pointerToTarget({ at }, "designatorLength"));
  }
  return { ...fields, designator: designator.subarray(0, designatorLength), at };
}

function parseTargets(list: Uint8Array, end: number): readonly TargetDescriptor[] | Sense {
  const targets: TargetDescriptor[] = [];
  for (let at = header.length; at < end; at += targetDescriptor.length) {
    if (targets.length === limits.copyTargetsMax) {
      return wrong(TOO_MANY_TARGET_DESCRIPTORS, header.pointer("targetsLength"));
    }
    const target = parseTarget(list, at);
    if ("code" in target) return target;
    targets.push(target);
  }
  return targets;
}

function parseSegments(list: Uint8Array, start: number, end: number): readonly Segment[] | Sense {
  const segments: Segment[] = [];
  for (let at = start; at < end;) {
    if (segments.length === limits.copySegmentsMax) {
      return wrong(TOO_MANY_SEGMENT_DESCRIPTORS, header.pointer("segmentsLength"));
    }
    const segment = parseSegment(list, at, end);
    if ("code" in segment) return segment;
    segments.push(segment);
    at += segment.length;
  }
  return segments;
}

/** Where in the parameter list a field of the descriptor of a unit stands. */
export function pointerToTarget(
  { at }: Pick<TargetDescriptor, "at">,
  field: Parameters<typeof targetDescriptor.pointer>[0],
): FieldPointer {
  const { byte, bit } = targetDescriptor.pointer(field);
  return { byte: at + byte, bit };
}

/** What the list asks for; its designators are views of it. */
export function parseCopyList(list: Uint8Array): CopyList | Sense {
  if (list.length < header.length) return LENGTH_ERROR;
  const refusal = checkHeader(list);
  if (refusal !== null) return refusal;
  const { listIdentifier, listIdUsage, targetsLength, segmentsLength } = header.decode(list);
  const targetsEnd = header.length + targetsLength;
  const targets = parseTargets(list, targetsEnd);
  if ("code" in targets) return targets;
  const segments = parseSegments(list, targetsEnd, targetsEnd + segmentsLength);
  if ("code" in segments) return segments;
  const isNamed = listIdUsage !== ListIdUsage.NONE;
  return { listIdentifier: isNamed ? listIdentifier : null, targets, segments };
}
