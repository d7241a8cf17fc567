/** UNMAP: gives ranges of blocks of a thin unit back; they read as zeros after. [SBC-3 UNMAP] */
import {
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  format,
  invalidFieldInParameterList,
  uint,
  unmap as row,
} from "node-scsi-cdb";
import { gather } from "../../base/bytes";
import { command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { unmapBlockCountMax, unmapDescriptorCountMax } from "../vpd/block-limits";
import { isThin } from "../vpd/logical-block-provisioning";
import { type BlockRange, checkRange, mustBeStable, refuse } from "./transfer";

const header = format({
  name: "UNMAP parameter list",
  length: 8,
  fields: {
    dataLength: uint(0, 2, "UNMAP DATA LENGTH"),
    blockDescriptorDataLength: uint(2, 2, "UNMAP BLOCK DESCRIPTOR DATA LENGTH"),
  },
});

const blockDescriptor = format({
  name: "UNMAP block descriptor",
  length: 16,
  fields: {
    lba: uint(0, 8, "UNMAP LOGICAL BLOCK ADDRESS"),
    blockCount: uint(8, 4, "NUMBER OF LOGICAL BLOCKS"),
  },
});

/** The ranges of a list; a descriptor that is not whole at its end does not count. */
function parse(list: Uint8Array): readonly BlockRange[] | Sense {
  if (list.length === 0) return [];
  if (list.length < header.length) return { code: PARAMETER_LIST_LENGTH_ERROR };
  const reserved = header.firstReservedBit(list);
  if (reserved !== null) return invalidFieldInParameterList(reserved);
  const { blockDescriptorDataLength } = header.decode(list);
  if (header.length + blockDescriptorDataLength > list.length) {
    return { code: PARAMETER_LIST_LENGTH_ERROR };
  }
  const count = Math.floor(blockDescriptorDataLength / blockDescriptor.length);
  if (count > unmapDescriptorCountMax) {
    return invalidFieldInParameterList(header.pointer("blockDescriptorDataLength"));
  }
  const places = Array.from({ length: count }, (_, index) => placeOf(index));
  for (const at of places) {
    const bit = blockDescriptor.firstReservedBit(list, at);
    if (bit !== null) return invalidFieldInParameterList({ ...bit, byte: at + bit.byte });
  }
  return places.map((at) => blockDescriptor.decode(list, at));
}

/** Where a block descriptor stands in the list. */
function placeOf(index: number): number {
  return header.length + index * blockDescriptor.length;
}

/** All ranges are checked before the first is unmapped. */
function check(ranges: readonly BlockRange[], unit: Unit): Sense | null {
  let blockCount = 0;
  for (const [index, range] of ranges.entries()) {
    const outOfRange = checkRange(range, unit);
    if (outOfRange !== null) return outOfRange;
    blockCount += range.blockCount;
    if (blockCount > unmapBlockCountMax) {
      const { byte, bit } = blockDescriptor.pointer("blockCount");
      return invalidFieldInParameterList({ byte: placeOf(index) + byte, bit });
    }
  }
  return null;
}

/** One after the other: few initiators send more than one, and no order is asked for. */
function unmapAll(ranges: readonly BlockRange[], task: Task, unit: Unit): void {
  const [first, ...others] = ranges;
  if (first === undefined) return unit.good(task);
  const job = { op: "unmap", ...first, fua: mustBeStable(false, unit) } as const;
  unit.run(task, job, () => unmapAll(others, task, unit));
}

export const unmap = command({
  row,
  supported: isThin,
  reservation: "conflict",
  needsMedium: true,
  writes: true,
  // Blocks cannot be anchored: ANC_SUP is 0.
  check: (cdb) => (cdb.anchor ? refuse(row, "anchor") : null),
  dataOutLength: (cdb) => cdb.parameterListLength,
  execute(cdb, task, unit) {
    const ranges = parse(gather(task.dataOut).subarray(0, cdb.parameterListLength));
    if ("code" in ranges) return unit.fail(task, ranges);
    const refusal = check(ranges, unit);
    if (refusal !== null) return unit.fail(task, refusal);
    unmapAll(
      ranges.filter(({ blockCount }) => blockCount > 0),
      task,
      unit,
    );
  },
});
