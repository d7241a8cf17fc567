/**
 * What a segment of a copy comes to: the two units, and which bytes of the one become which of the
 * other; or why it cannot be, as sense that ends the copy. [SPC-4 5.17.7.2, 5.17.7.4]
 */
import {
  COPY_TARGET_DEVICE_NOT_REACHABLE,
  type FieldPointer,
  INCORRECT_COPY_TARGET_DEVICE_TYPE,
  INVALID_FIELD_IN_PARAMETER_LIST,
  NO_ADDITIONAL_SENSE_INFORMATION,
  type Sense,
  type SenseCode,
  SenseKey,
  UNEXPECTED_INEXACT_SEGMENT,
  UNREACHABLE_COPY_TARGET,
  withKey,
} from "node-scsi-cdb";
import type { Unit } from "../unit";
import { Association, designatorsOf } from "../vpd/device-identification";
import { type CopyList, type TargetDescriptor, pointerToTarget } from "./parameter-list";
import { type Segment, pointerInto } from "./segment-descriptor";

/** CSCD DESCRIPTOR ID of the unit that the command came to. [SPC-4 table 148] */
export const OWN_UNIT = 0xffff;
const BLOCK_DEVICE = 0;

const INVALID_SEGMENT = withKey(SenseKey.COPY_ABORTED, NO_ADDITIONAL_SENSE_INFORMATION);
const INVALID_DESCRIPTOR = withKey(SenseKey.COPY_ABORTED, INVALID_FIELD_IN_PARAMETER_LIST);
const INEXACT = withKey(SenseKey.COPY_ABORTED, UNEXPECTED_INEXACT_SEGMENT);

type Role = "source" | "destination";

/** One end of what is copied. */
export interface PlannedEnd {
  readonly unit: Unit;
  /** The first byte, counted from the start of the medium. */
  readonly start: number;
  /** What sense about this unit points at. */
  readonly pointer: FieldPointer;
}

export interface SegmentPlan {
  readonly source: PlannedEnd;
  readonly destination: PlannedEnd;
  /** Bytes to copy. */
  readonly length: number;
  /** Bytes of zeros behind them, up to the end of a block. */
  readonly padding: number;
}

function wrong(code: SenseCode, pointer: FieldPointer): Sense {
  return { code, field: { ...pointer, in: "data" } };
}

/** Whether a descriptor gives the unit one of the names that it has. */
function isNamed(unit: Unit, { codeSet, association, ...name }: TargetDescriptor): boolean {
  if (association !== Association.LOGICAL_UNIT) return false;
  return designatorsOf(unit.profile).some(
    (own) =>
      own.codeSet === codeSet &&
      own.designatorType === name.designatorType &&
      Buffer.compare(own.designator, name.designator) === 0,
  );
}

/** A unit, with what sense about it points at, and whether what it gets may be padded. */
interface Found {
  readonly unit: Unit;
  readonly pointer: FieldPointer;
  readonly pad: boolean;
}

function findUnit(list: CopyList, segment: Segment, role: Role, own: Unit): Found | Sense {
  const id = segment[role].target;
  const pointer = pointerInto(segment, role);
  if (id === OWN_UNIT) return { unit: own, pointer, pad: false };
  const target = list.targets[id];
  if (target === undefined) return wrong(UNREACHABLE_COPY_TARGET, pointer);
  const start = pointerToTarget(target, "type");
  const unit = own.targetUnits.find((each) => isNamed(each, target));
  if (unit === undefined) return wrong(COPY_TARGET_DEVICE_NOT_REACHABLE, start);
  if (target.peripheralDeviceType !== BLOCK_DEVICE) {
    return wrong(INCORRECT_COPY_TARGET_DEVICE_TYPE, start);
  }
  const isBlockLength = [0, unit.device.geometry.blockSize].includes(target.blockLength);
  if (!isBlockLength) return wrong(INVALID_DESCRIPTOR, pointerToTarget(target, "blockLength"));
  return { unit, pointer: start, pad: target.pad };
}

/** Whether all of what is copied from or to a unit lies on its medium; null: it does. */
function checkEnd(unit: Unit, segment: Segment, role: Role, length: number): Sense | null {
  const { blockSize, blockCount } = unit.device.geometry;
  const { lba, offset } = segment[role];
  if (offset >= blockSize) {
    return wrong(INVALID_SEGMENT, pointerInto(segment, `${role}Offset`));
  }
  // Of a sum beyond 2^53 the comparison still holds.
  const isInside = lba * blockSize + offset + length <= blockCount * blockSize;
  return isInside ? null : wrong(INVALID_SEGMENT, pointerInto(segment, `${role}Lba`));
}

/** Bytes that a segment moves. */
function lengthOf({ count, countOf }: Segment, source: Unit, destination: Unit): number {
  if (countOf === "bytes") return count;
  const { device } = countOf === "source-blocks" ? source : destination;
  return count * device.geometry.blockSize;
}

/**
 * What becomes of bytes that do not fill a block, by CAT and PAD. Nothing is kept for another
 * segment: where it would have to be, the segment is refused as inexact. [SPC-4 table 116]
 */
function residueOf(segment: Segment, ends: Ends): Residue | Sense {
  const { length, isLast, source, destination } = ends;
  const { blockSize } = destination.unit.device.geometry;
  const rest = length % blockSize;
  const isReadWhole = length % source.unit.device.geometry.blockSize === 0;
  const exact = { length, padding: 0 };
  if (segment.countOf === "bytes" || (rest === 0 && isReadWhole)) return exact;
  if (rest > 0 && !segment.cat && destination.pad) return { length, padding: blockSize - rest };
  const isPaddedAndLast = !isReadWhole && destination.pad && isLast;
  const isDiscarded = segment.cat ? isLast : source.pad || isPaddedAndLast;
  if (!isDiscarded) return wrong(INEXACT, pointerInto(segment, "type"));
  return { length: length - rest, padding: 0 };
}

type Residue = Pick<SegmentPlan, "length" | "padding">;

interface Ends {
  readonly length: number;
  readonly isLast: boolean;
  readonly source: Found;
  readonly destination: Found;
}

/** Plans segment `index` of a list that came to unit `own`. */
export function planSegment(list: CopyList, index: number, own: Unit): SegmentPlan | Sense {
  const segment = list.segments[index] as Segment;
  const source = findUnit(list, segment, "source", own);
  if ("code" in source) return source;
  const destination = findUnit(list, segment, "destination", own);
  if ("code" in destination) return destination;
  const length = lengthOf(segment, source.unit, destination.unit);
  const isLast = index === list.segments.length - 1;
  const residue = residueOf(segment, { length, isLast, source, destination });
  if ("code" in residue) return residue;
  const written = residue.length + residue.padding;
  const refusal =
    checkEnd(source.unit, segment, "source", length) ??
    checkEnd(destination.unit, segment, "destination", written);
  if (refusal !== null) return refusal;
  const endOf = ({ unit, pointer }: Found, { lba, offset }: Segment[Role]): PlannedEnd => {
    return { unit, pointer, start: lba * unit.device.geometry.blockSize + offset };
  };
  return {
    ...residue,
    source: endOf(source, segment.source),
    destination: endOf(destination, segment.destination),
  };
}
