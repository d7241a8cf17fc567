/**
 * Segment descriptors of EXTENDED COPY: which blocks of which unit go where, for the types that
 * copy from a disk to a disk. Whether the units have such blocks is not known here. [SPC-4 6.4.6]
 */
import {
  type FieldPointer,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  UNSUPPORTED_SEGMENT_DESCRIPTOR_TYPE_CODE,
  flag,
  format,
  invalidFieldInParameterList,
  uint,
} from "node-scsi-cdb";
import { limits } from "../../base/limits";

/** One end of a segment: the unit, by its number in the list of descriptors, and where in it. */
export interface SegmentEnd {
  readonly target: number;
  readonly lba: number;
  /** In bytes, into the first block. */
  readonly offset: number;
}

export interface Segment {
  /** Where its descriptor stands in the parameter list, and the bytes of it. */
  readonly at: number;
  readonly length: number;
  readonly source: SegmentEnd;
  readonly destination: SegmentEnd;
  /** How much: bytes, or blocks of the one or the other unit. */
  readonly count: number;
  readonly countOf: "bytes" | "source-blocks" | "destination-blocks";
  /** CAT: what does not fill a block is for the next segment. */
  readonly cat: boolean;
}

/** Both types have these at the same places. */
const common = {
  type: uint(0, 1, "DESCRIPTOR TYPE CODE"),
  cat: flag(1, 0, "CAT"),
  descriptorLength: uint(2, 2, "DESCRIPTOR LENGTH"),
  source: uint(4, 2, "SOURCE CSCD DESCRIPTOR ID"),
  destination: uint(6, 2, "DESTINATION CSCD DESCRIPTOR ID"),
  sourceLba: uint(12, 8, "SOURCE BLOCK DEVICE LOGICAL BLOCK ADDRESS"),
  destinationLba: uint(20, 8, "DESTINATION BLOCK DEVICE LOGICAL BLOCK ADDRESS"),
} as const;

/** [SPC-4 6.4.6.4] */
export const blockToBlock = format({
  name: "Block device to block device segment descriptor",
  length: 28,
  fields: {
    ...common,
    dc: flag(1, 1, "DC"),
    blockCount: uint(10, 2, "BLOCK DEVICE NUMBER OF BLOCKS"),
  },
});

/** [SPC-4 6.4.6.12] */
export const blockToBlockWithOffset = format({
  name: "Block device with offset to block device with offset segment descriptor",
  length: 32,
  fields: {
    ...common,
    dc: flag(1, 1, "DC", { ignored: true }),
    byteCount: uint(8, 4, "NUMBER OF BYTES"),
    sourceOffset: uint(28, 2, "SOURCE BLOCK DEVICE BYTE OFFSET"),
    destinationOffset: uint(30, 2, "DESTINATION BLOCK DEVICE BYTE OFFSET"),
  },
});

type Field = Parameters<typeof blockToBlockWithOffset.pointer>[0];

interface SegmentType {
  readonly length: number;
  firstReservedBit(list: Uint8Array, at: number): FieldPointer | null;
  parse(list: Uint8Array, at: number): Omit<Segment, "at" | "length">;
}

/** By DESCRIPTOR TYPE CODE. */
const SEGMENT_TYPES: ReadonlyMap<number, SegmentType> = new Map<number, SegmentType>([
  [0x02, { ...blockToBlock, parse: parseBlocks }],
  [0x0a, { ...blockToBlockWithOffset, parse: parseBytes }],
]);

/** The DESCRIPTOR TYPE CODEs, ascending. */
export const segmentTypes: readonly number[] = [...SEGMENT_TYPES.keys()];
/** Bytes of the longest. */
export const segmentLengthMax = Math.max(...[...SEGMENT_TYPES.values()].map((type) => type.length));

function parseBlocks(list: Uint8Array, at: number): ReturnType<SegmentType["parse"]> {
  const fields = blockToBlock.decode(list, at);
  return {
    source: { target: fields.source, lba: fields.sourceLba, offset: 0 },
    destination: { target: fields.destination, lba: fields.destinationLba, offset: 0 },
    count: fields.blockCount,
    countOf: fields.dc ? "destination-blocks" : "source-blocks",
    cat: fields.cat,
  };
}

function parseBytes(list: Uint8Array, at: number): ReturnType<SegmentType["parse"]> {
  const fields = blockToBlockWithOffset.decode(list, at);
  const { source, sourceLba, sourceOffset } = fields;
  const { destination, destinationLba, destinationOffset } = fields;
  return {
    source: { target: source, lba: sourceLba, offset: sourceOffset },
    destination: { target: destination, lba: destinationLba, offset: destinationOffset },
    count: fields.byteCount,
    countOf: "bytes",
    cat: fields.cat,
  };
}

/** Where in the parameter list a field of the segment stands. */
export function pointerInto({ at }: Pick<Segment, "at">, field: Field): FieldPointer {
  const { byte, bit } = blockToBlockWithOffset.pointer(field);
  return { byte: at + byte, bit };
}

/** The segment at byte `at` of a parameter list whose segments end at `end`. */
export function parseSegment(list: Uint8Array, at: number, end: number): Segment | Sense {
  const type = SEGMENT_TYPES.get(list[at] as number);
  if (type === undefined) {
    const field = { ...pointerInto({ at }, "type"), in: "data" } as const;
    return { code: UNSUPPORTED_SEGMENT_DESCRIPTOR_TYPE_CODE, field };
  }
  const { length } = type;
  if (at + length > end) return { code: PARAMETER_LIST_LENGTH_ERROR };
  const reserved = type.firstReservedBit(list, at);
  if (reserved !== null) {
    return invalidFieldInParameterList({ byte: at + reserved.byte, bit: reserved.bit });
  }
  const { descriptorLength } = blockToBlock.decode(list, at);
  // It counts what comes behind it.
  const isWhole = descriptorLength + 4 === length;
  if (!isWhole) return invalidFieldInParameterList(pointerInto({ at }, "descriptorLength"));
  const segment = { ...type.parse(list, at), at, length };
  // Blocks cannot be as many.
  const isTooLong = segment.countOf === "bytes" && segment.count > limits.copySegmentLengthMax;
  return isTooLong ? invalidFieldInParameterList(pointerInto({ at }, "byteCount")) : segment;
}
